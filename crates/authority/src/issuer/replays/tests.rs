use super::*;

const START: Time = Time::from_millis(1_790_000_000_000);
const W: Span = Span::seconds(10);

fn family(number: u8) -> FamilyId {
    FamilyId::from_bytes([number; 16])
}

#[test]
fn each_family_has_so_many_in_a_window() {
    let replays = Replays::default();
    let may = |number, seconds| replays.may(family(number), W, 3, START.plus(Span::seconds(seconds)));
    assert_eq!([0, 1, 2, 3, 9].map(|at| may(1, at)), [true, true, true, false, false]);
    assert!(may(2, 3), "another family is not minded");
    assert!(may(1, 10), "a new window");
    assert!(may(1, -5), "a clock that went back begins one too");
}
