use super::*;

#[test]
fn a_domain_is_ours_and_no_public_suffix() {
    let of = |domain: &str, origin: &str| SharedDomain::of(domain, &origin.parse().unwrap()).map(|_| ());
    assert_eq!(of("example.com", "https://app.example.com"), Ok(()));
    assert_eq!(of("example.com", "https://example.com:8443"), Ok(()));
    assert_eq!(of("app.example.com", "https://app.example.com"), Ok(()));
    for not_ours in ["example.org", "other.example.com", "ample.com", ""] {
        assert_eq!(of(not_ours, "https://app.example.com"), Err(BadDomain::NotOurs), "{not_ours}");
    }
    for (suffix, origin) in [
        ("com", "https://example.com"),
        ("co.uk", "https://shop.co.uk"),
        ("github.io", "https://me.github.io"),
    ] {
        assert_eq!(of(suffix, origin), Err(BadDomain::PublicSuffix), "{suffix}");
    }
}
