use super::*;

#[test]
fn only_who_is_listed_may_read() {
    let listed = ["https://spa.example.com".parse().unwrap(), "https://shop.example.com".parse().unwrap()];
    let ask = |origin: Option<&str>, method: Option<&str>| {
        let request =
            Request { origin: origin.map(str::as_bytes), asks_for_method: method.map(str::as_bytes) };
        decide(&request, &listed)
    };
    assert_eq!(ask(Some("https://spa.example.com"), None), Decision::Allow(&listed[0]));
    assert_eq!(ask(Some("https://shop.example.com"), Some("PUT")), Decision::Preflight(&listed[1]));
    for nobody in [
        None,
        Some("null"),
        Some("*"),
        Some("https://spa.example.com.evil.example"),
        Some("https://spa.example.com:8443"),
        Some("http://spa.example.com"),
        Some("https://SPA.example.com"),
    ] {
        assert_eq!(ask(nobody, Some("GET")), Decision::Nothing, "{nobody:?}");
    }
}
