use super::*;

#[test]
fn tls_is_told_of_over_tls_only() {
    let has = |origin: &str, hsts| {
        headers(&origin.parse().unwrap(), hsts).find(|(name, _)| *name == "strict-transport-security")
    };
    assert_eq!(has("http://localhost:3000", Hsts::Preload), None);
    for (hsts, value) in [
        (Hsts::default(), "max-age=300"),
        (Hsts::OneDay, "max-age=86400"),
        (Hsts::TwoYears, "max-age=63072000"),
        (Hsts::TwoYearsWithSubdomains, "max-age=63072000; includeSubDomains"),
        (Hsts::Preload, "max-age=63072000; includeSubDomains; preload"),
    ] {
        assert_eq!(has("https://app.example.com", hsts), Some(("strict-transport-security", value)));
    }
}

#[test]
fn the_others_are_always_there() {
    let names: Vec<_> = headers(&"http://localhost".parse().unwrap(), Hsts::default()).collect();
    for expected in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert!(names.contains(&expected), "{expected:?}");
    }
}
