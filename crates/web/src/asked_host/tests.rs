use super::name;

#[test]
fn a_port_is_no_part_of_a_name() {
    for (authority, expected) in [
        ("app.example", "app.example"),
        ("app.example:8443", "app.example"),
        ("app.example:", "app.example"),
        ("[::1]:3000", "[::1]"),
        ("[::1]", "[::1]"),
        ("user@app.example", "user@app.example"),
        ("app.example:80@evil.example", "app.example:80@evil.example"),
    ] {
        assert_eq!(name(authority), expected, "{authority}");
    }
}
