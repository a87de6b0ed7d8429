use super::*;

const NOW: Time = Time::from_millis(1_000);
const LATER: Time = Time::from_millis(2_000);

fn name(text: &str) -> LoginName {
    text.parse().unwrap()
}

fn groups(text: &str) -> Vec<Group> {
    text.split_whitespace().map(|group| group.parse().unwrap()).collect()
}

fn anna() -> Account {
    let names = vec![
        KnownName { name: name("anna"), verified: None },
        KnownName { name: name("a@example.com"), verified: None },
    ];
    let password = Some(PasswordHash("old".to_owned()));
    Newcomer { names, called: "Anna".to_owned(), password, groups: groups("b a b"), language: String::new() }
        .account(UserId::from_bytes([1; 16]), Time::from_millis(1))
}

fn emails(account: &Account) -> Vec<(String, Option<Time>)> {
    account.names.iter().map(|known| (known.name.to_string(), known.verified)).collect()
}

#[test]
fn each_edit_is_the_next_version() {
    let anna = anna();
    let hash = || PasswordHash("new".to_owned());
    for next in [
        with_password(&anna, hash(), NOW),
        rehashed(&anna, hash()),
        verified(&anna, &name("a@example.com"), NOW),
        with_address(&anna, &name("b@example.com"), NOW),
        with_undoable_address(&anna, &name("b@example.com"), NOW, LATER).unwrap(),
        called(&anna, "A".to_owned()),
        in_state(&anna, AccountState::Disabled),
        in_groups(&anna, Vec::new()),
    ] {
        assert_eq!((next.version, next.id), (2, anna.id));
        assert_ne!(next, Account { version: 2, ..anna.clone() }, "an edit that changes nothing");
    }
}

#[test]
fn an_address_takes_the_place_of_the_old_one() {
    let anna = anna();
    let moved = with_address(&anna, &name("B@example.com"), NOW);
    assert_eq!(emails(&moved), [("anna".to_owned(), None), ("B@example.com".to_owned(), Some(NOW))]);
    assert!(moved.password.is_some());
    let shown = verified(&anna, &name("A@EXAMPLE.COM"), NOW);
    assert!(is_verified(&shown, &name("a@example.com")) && !is_verified(&anna, &name("a@example.com")));
}

#[test]
fn undoing_a_change_of_address_undoes_what_came_after_it() {
    let (a, b, c) = (name("a@example.com"), name("b@example.com"), name("c@example.com"));
    let anna = verified(&anna(), &a, NOW);
    let first = with_undoable_address(&anna, &b, NOW, LATER).unwrap();
    let second = with_undoable_address(&first, &c, NOW, LATER).unwrap();
    let back = undone(&second, first.version, &a, NOW).unwrap();
    assert!(back.password.is_none() && back.version == second.version + 1 && is_verified(&back, &a));
    assert_eq!(undone(&back, second.version, &b, NOW), None, "whoever made the first made the second too");
    assert_eq!(undone(&back, first.version, &a, NOW), None, "once");
    // The last one undone, the one before it still can be.
    let middle = undone(&second, second.version, &b, NOW).unwrap();
    assert!(undone(&middle, first.version, &a, NOW).is_some());
    assert_eq!(
        (undoable_until(&second, NOW), undoable_until(&second, LATER), undoable_until(&back, NOW)),
        (Some(LATER), None, None)
    );
    let mut moving = anna;
    for _ in 0..UNDOABLE_AT_MOST {
        moving = with_undoable_address(&moving, &b, NOW, LATER).unwrap();
    }
    assert_eq!(with_undoable_address(&moving, &b, NOW, LATER), None);
    assert_eq!(
        with_undoable_address(&moving, &b, LATER, LATER).unwrap().undoable.len(),
        1,
        "old ones are forgotten"
    );
}

#[test]
fn a_better_hash_is_no_new_password() {
    let kept = rehashed(&anna(), PasswordHash("new".to_owned())).password.unwrap();
    assert_eq!((kept.hash.0.as_str(), kept.changed), ("new", Time::from_millis(1)));
}

#[test]
fn what_is_taken_away_is_a_demotion() {
    let anna = anna();
    for (after, expected) in [("a b", false), ("a b c", false), ("a", true), ("a c", true), ("", true)] {
        assert_eq!(is_demotion(&anna, &in_groups(&anna, groups(after))), expected, "{after}");
    }
}
