use super::*;

#[test]
fn length_and_what_everybody_tries_count_and_nothing_else_does() {
    let policy = PeoplePolicy { context: vec!["cloakroom".to_owned()], ..PeoplePolicy::default() };
    let known = ["anna.meier@example.com", "Anna Meier", "anna.meier"];
    let long = "x".repeat(AT_MOST - 1) + "yz";
    for (password, expected) in [
        ("correct horse", Ok(())),
        ("ünïcödé ", Ok(())),
        ("        tab	 ", Ok(())),
        ("xkqzwvpm", Ok(())),
        ("short", Err(Weak::TooShort)),
        ("éééé", Err(Weak::TooShort)),
        ("password", Err(Weak::Common)),
        ("PassWord", Err(Weak::Common)),
        ("password1!", Err(Weak::Common)),
        ("iloveyou2026!", Err(Weak::Common)),
        ("aaaaaaaaaaaa", Err(Weak::Common)),
        ("abcabcabcabc", Err(Weak::Common)),
        ("anna.meier", Err(Weak::Guessable)),
        ("Anna.Meier1", Err(Weak::Guessable)),
        ("example.com", Err(Weak::Guessable)),
        ("cloakroom123", Err(Weak::Guessable)),
        ("cloakroom-tiger-9", Ok(())),
        (long.as_str(), Err(Weak::TooLong)),
    ] {
        assert_eq!(decide(&Request { password, known: &known }, &policy), expected, "{password:?}");
    }
    let strict = PeoplePolicy { password_at_least: 15, ..policy };
    assert_eq!(decide(&Request { password: "fourteen chars", known: &[] }, &strict), Err(Weak::TooShort));
}

#[test]
fn the_list_of_common_ones_is_in_order_and_long_enough() {
    let all: Vec<_> = COMMON.lines().collect();
    assert!(all.len() > 3_000 && all.is_sorted());
    assert!(all.iter().all(|common| common.len() >= 8 && *common == common.to_lowercase()));
}
