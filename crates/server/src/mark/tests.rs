use super::*;

fn mark(of: &str, lanes: &[(u32, u64, u64)]) -> Mark {
    let lanes = lanes.iter().map(|(lane, facts, events)| (*lane, (*facts, *events))).collect();
    Mark { of: of.to_owned(), lanes }
}

#[test]
fn less_of_anything_is_behind_and_another_store_is_not() {
    let earlier = mark("a", &[(1, 5, 7), (2, 1, 1)]);
    for (now, is_behind) in [
        (mark("a", &[(1, 5, 7), (2, 1, 1)]), false),
        (mark("a", &[(1, 9, 7), (2, 1, 1), (3, 1, 0)]), false),
        (mark("a", &[(1, 4, 9), (2, 1, 1)]), true),
        (mark("a", &[(1, 9, 6), (2, 1, 1)]), true),
        (mark("a", &[(1, 9, 9)]), true),
        (mark("b", &[]), false),
    ] {
        assert_eq!(now.is_behind(&earlier), is_behind, "{now:?}");
    }
}

#[test]
fn what_is_written_is_read_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("cloakroom");
    assert_eq!(Mark::read(&beside).unwrap(), None);
    let one = mark("key_1", &[(1, 5, 7), (8, 0, u64::MAX)]);
    one.write(&beside).unwrap();
    assert_eq!(Mark::read(&beside).unwrap(), Some(one));
    for text in ["", "cloakroom-mark/1 1 2 3", "cloakroom-mark/2 a\n1 2", "cloakroom-mark/2 a\n1 2 x"] {
        std::fs::write(path(&beside), text).unwrap();
        assert!(Mark::read(&beside).is_err(), "{text:?}");
    }
    Mark::forget(&beside).unwrap();
    Mark::forget(&beside).unwrap();
    assert_eq!(Mark::read(&beside).unwrap(), None);
}
