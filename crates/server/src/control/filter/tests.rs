use super::Filter;

#[test]
fn conditions_are_read() {
    for (text, read) in [
        ("host=App.Example.com", Some(Filter::Host("app.example.com".to_owned()))),
        ("address=203.0.113.", Some(Filter::Address("203.0.113.".to_owned()))),
        ("device=FireFox", Some(Filter::Device("firefox".to_owned()))),
        ("group=staff", Some(Filter::Group("staff".to_owned()))),
        ("older=7d", Some(Filter::Older(604_800_000))),
        ("idle=90s", Some(Filter::Idle(90_000))),
        ("older=7", None),
        ("idle=", None),
        ("host", None),
        ("Host=x", None),
        ("", None),
    ] {
        assert_eq!(text.parse::<Filter>().ok(), read, "{text}");
    }
}
