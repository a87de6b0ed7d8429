use super::*;

#[test]
fn origins_are_as_browsers_write_them() {
    for (text, name, port, loopback) in [
        ("https://app.example.com", "app.example.com", 443, false),
        ("https://app.example.com:8443", "app.example.com", 8443, false),
        ("http://localhost:3000", "localhost", 3000, true),
        ("http://app.localhost:8080", "app.localhost", 8080, true),
        ("http://127.0.0.1", "127.0.0.1", 80, true),
        ("http://[::1]:8080", "[::1]", 8080, true),
        ("http://192.168.0.2", "192.168.0.2", 80, false),
        ("http://localhost.example.com", "localhost.example.com", 80, false),
    ] {
        let origin: WebOrigin = text.parse().unwrap();
        assert_eq!((origin.as_str(), origin.name(), origin.port()), (text, name, port));
        assert_eq!(origin.is_loopback(), loopback, "{text}");
    }
    for bad in [
        "",
        "null",
        "app.example.com",
        "ftp://a",
        "https://",
        "https://app.example.com/",
        "https://App.example.com",
        "https://app.example.com:443",
        "http://a:80",
        "https://user@a",
        "https://a?b",
        "https://a b",
        "HTTPS://a",
    ] {
        assert!(bad.parse::<WebOrigin>().is_err(), "{bad}");
    }
}
