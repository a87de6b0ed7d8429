use super::*;
use crate::session::sample::session;
use proptest::prelude::*;

fn patched(from: &Session, change: &Change) -> Result<Session, Stop> {
    decide(&Request { change }, &Facts { session: from }, &SessionPolicy::default())
}

#[test]
fn sets_removes_and_counts() {
    let mut change = Change::default();
    change.set("cart", &vec![1u32, 2]).unwrap().set("theme", "dark").unwrap().remove("nothing");
    let one = patched(&session(), &change).unwrap();
    assert_eq!(one.version, session().version + 1);
    assert_eq!(read::<Vec<u32>>(&one.data, "cart"), Ok(Some(vec![1, 2])));
    let mut change = Change::default();
    change.remove("cart");
    let two = patched(&one, &change).unwrap();
    assert_eq!(read::<Vec<u32>>(&two.data, "cart"), Ok(None));
    assert_eq!(read::<String>(&two.data, "theme"), Ok(Some("dark".to_owned())));
}

#[test]
fn what_is_there_and_is_something_else_is_refused_not_defaulted() {
    let mut change = Change::default();
    change.set("cart", "a text").unwrap();
    let session = patched(&session(), &change).unwrap();
    assert_eq!(read::<u64>(&session.data, "cart"), Err(Refusal::BadValue));
}

#[test]
fn too_much_is_refused_and_too_long_a_name_too() {
    let mut change = Change::default();
    change.set("blob", &"x".repeat(64 * 1024)).unwrap();
    assert_eq!(patched(&session(), &change), Err(Refusal::DataTooLarge.into()));
    assert_eq!(Change::default().set(&"n".repeat(256), &1).err(), Some(Refusal::BadValue));
}

proptest! {
    /// Two changes of different names, in either order, leave the same: that is what merging means.
    #[test]
    fn different_names_commute(one: u32, two: u32) {
        let (mut a, mut b) = (Change::default(), Change::default());
        a.set("a", &one).unwrap();
        b.set("b", &two).unwrap();
        let ab = patched(&patched(&session(), &a).unwrap(), &b).unwrap();
        let ba = patched(&patched(&session(), &b).unwrap(), &a).unwrap();
        prop_assert_eq!(ab, ba);
    }
}
