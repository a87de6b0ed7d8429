use super::*;

fn shared() -> CookiePolicy {
    let origin = "https://app.example.com".parse().unwrap();
    CookiePolicy::shared_domain(SharedDomain::of("example.com", &origin).unwrap())
}

/// What is written for each policy, to the letter.
#[test]
fn every_policy_is_valid_by_construction() {
    let hour = Span::hours(1);
    for (policy, expected) in [
        (CookiePolicy::host_http(), "__Host-Http-a=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"),
        (CookiePolicy::host_only(), "__Host-a=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"),
        (
            CookiePolicy::host_strict(),
            "__Host-Http-a=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600",
        ),
        (shared(), "__Secure-a=v; Path=/; Secure; HttpOnly; SameSite=Lax; Domain=example.com; Max-Age=3600"),
        (
            CookiePolicy::cross_site("a shop embeds us"),
            "__Host-Http-a=v; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=3600",
        ),
        (CookiePolicy::csrf_readable(), "__Host-a=v; Path=/; Secure; SameSite=Strict; Max-Age=3600"),
        (CookiePolicy::dev_loopback(3000), "a_dev_3000=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"),
        (CookiePolicy::dev_readable(3000), "a_dev_3000=v; Path=/; SameSite=Strict; Max-Age=3600"),
        (CookiePolicy::dev_strict(3000), "a_dev_3000=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600"),
        (
            CookiePolicy::host_http().until_browser_closes(),
            "__Host-Http-a=v; Path=/; Secure; HttpOnly; SameSite=Lax",
        ),
    ] {
        assert_eq!(policy.set("a", "v", hour).unwrap(), expected);
        let cleared = policy.clear("a");
        assert!(
            cleared.starts_with(&[&policy.name("a"), "=;"].concat()) && cleared.ends_with("; Max-Age=0"),
            "{cleared}"
        );
    }
}

#[test]
fn prefixes_keep_what_they_promise() {
    for policy in [
        CookiePolicy::host_http(),
        CookiePolicy::host_only(),
        CookiePolicy::host_strict(),
        shared(),
        CookiePolicy::cross_site("x"),
        CookiePolicy::csrf_readable(),
        CookiePolicy::dev_loopback(1),
    ] {
        let written = policy.set("a", "v", Span::hours(1)).unwrap();
        let has = |attribute: &str| written.contains(attribute);
        assert_eq!(written.starts_with("__Host-"), policy.is_host_bound(), "{written}");
        assert!(
            !written.starts_with("__Host-") || (has("Secure") && has("Path=/;") && !has("Domain")),
            "{written}"
        );
        assert!(!written.starts_with("__Host-Http-") || has("HttpOnly"), "{written}");
        assert!(!has("SameSite=None") || (has("Secure") && has("Partitioned")), "{written}");
    }
}

#[test]
fn names_of_dev_cookies_carry_the_port() {
    let dev = CookiePolicy::dev_loopback(8080);
    assert_eq!(dev.name("cloakroom"), "cloakroom_dev_8080");
    assert_eq!(dev.name("cloakroom_anon"), "cloakroom_dev_8080_anon");
}

#[test]
fn what_does_not_fit_is_an_error_and_never_cut() {
    let policy = CookiePolicy::host_http();
    let room = 4_096 - policy.name("a").len();
    assert!(policy.set("a", &"v".repeat(room), Span::hours(1)).is_ok());
    assert_eq!(policy.set("a", &"v".repeat(room + 1), Span::hours(1)), Err(TooLong(4_097)));
}

#[test]
fn no_cookie_is_kept_for_longer_than_browsers_keep_one() {
    let written = CookiePolicy::host_http().set("a", "v", Span::hours(24 * 1_000)).unwrap();
    assert!(written.ends_with("; Max-Age=34560000"), "{written}");
}
