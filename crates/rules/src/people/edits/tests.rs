use super::*;

const NOW: Time = Time::from_millis(1_000);

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
        undone(&anna, &name("b@example.com"), NOW),
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
    assert!(moved.password.is_some() && undone(&moved, &name("a@example.com"), NOW).password.is_none());
    let shown = verified(&anna, &name("A@EXAMPLE.COM"), NOW);
    assert!(is_verified(&shown, &name("a@example.com")) && !is_verified(&anna, &name("a@example.com")));
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
