use super::*;

#[test]
fn one_spelling_for_each_host() {
    for good in [
        "app.example.com",
        "localhost:8080",
        "app.localhost:1",
        "127.0.0.1",
        "[::1]",
        "[::1]:8443",
        "a_b.test",
    ] {
        assert_eq!(good.parse::<Host>().map(|host| host.to_string()).as_deref(), Ok(good));
    }
    let long = format!("{}.test", "a".repeat(64));
    for bad in [
        "",
        ".",
        "a.",
        ".a",
        "App.example",
        "a b",
        "a:0",
        "a:65536",
        "a:080",
        "a:",
        "a:1:2",
        "-a",
        "a-",
        "[::1",
        "::1",
        "[0:0:0:0:0:0:0:1]",
        "[fe80::1%eth0]",
        "a/b",
        "a@b",
        long.as_str(),
    ] {
        assert!(bad.parse::<Host>().is_err(), "{bad:?}");
    }
}
