use super::KeyState::{Active, Destroyed, Next, Retired};

#[test]
fn a_key_only_moves_forward() {
    let order = [Next, Active, Retired, Destroyed];
    for (at, from) in order.iter().enumerate() {
        for (to_at, to) in order.iter().enumerate() {
            assert_eq!(from.may_become(*to), to_at > at, "{from:?} to {to:?}");
        }
    }
}
