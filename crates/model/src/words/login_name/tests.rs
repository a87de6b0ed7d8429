use super::*;

#[test]
fn addresses_and_names_are_told_apart_and_everything_else_is_refused() {
    for (text, expected) in [
        ("anna", Some(false)),
        ("Anna.Meier-2", Some(false)),
        ("anna@example.com", Some(true)),
        ("Anna+shop@Mail.Example.com", Some(true)),
        ("root@localhost", Some(true)),
        ("", None),
        (".anna", None),
        ("anna meier", None),
        ("anna\r\nBcc: all@example.com", None),
        ("anna@", None),
        ("@example.com", None),
        ("a..b@example.com", None),
        (".a@example.com", None),
        ("\"anna x\"@example.com", None),
        ("anna@exam ple.com", None),
        ("anna@-example.com", None),
        ("anna@example.com:25", None),
        ("anna@[127.0.0.1]", None),
        ("anna@b@example.com", None),
        ("anna@example.com\n", None),
        ("änna@example.com", None),
    ] {
        let parsed = text.parse::<LoginName>().ok().map(|name| name.is_email());
        assert_eq!(parsed, expected, "{text:?}");
    }
    let local = "a".repeat(65);
    assert!(LoginName::email(&format!("{local}@example.com")).is_err());
    assert!(LoginName::email(&format!("{}@example.com", "a".repeat(64))).is_ok());
    assert!(LoginName::email("anna").is_err(), "a name is no address");
}

#[test]
fn case_does_not_make_another_name_and_is_kept() {
    let (one, other) = ("Anna@Example.com".parse::<LoginName>(), "anna@example.COM".parse::<LoginName>());
    assert_eq!(one, other);
    assert_eq!(one.map(|name| name.to_string()), Ok("Anna@Example.com".to_owned()));
}
