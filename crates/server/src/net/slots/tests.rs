use super::*;

#[test]
fn one_address_does_not_take_all_places() {
    let slots = Slots::new(5, 2);
    let (one, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let mut held: Vec<_> = (0..4).map(|_| slots.take(one, true)).collect();
    assert_eq!(held.iter().filter(|slot| slot.is_some()).count(), 2);
    held.push(slots.take(other, true));
    assert!(slots.take(one, false).is_some(), "a proxy is not counted");
    held.extend([slots.take(other, true), slots.take([10, 0, 0, 3].into(), true)]);
    assert_eq!(slots.taken(), 5);
    assert!(slots.take([10, 0, 0, 4].into(), true).is_none(), "full");
    drop(held);
    assert_eq!(slots.taken(), 0);
    assert!(slots.taken.lock().of.is_empty());
}
