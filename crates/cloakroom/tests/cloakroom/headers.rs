//! What every answer says.

use crate::app::{router, world};
use cloakroom::testing::{self, Client};
use cloakroom::{Cloakroom, MemoryStore};
use http::Method;

#[tokio::test]
async fn every_answer_carries_them() {
    let world = world().await;
    for path in ["/", "/nowhere", "/notes", "/admin", "/_cloakroom/refused"] {
        let answer = world.browser.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=300"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
}

/// Links would be made of the name, caches keep answers under it, and a page of a name that resolves to here would talk to us.
#[tokio::test]
async fn who_asks_under_another_name_is_told_where_the_app_lives() {
    let clock = testing::ManualClock::default();
    let builder =
        testing::builder(&clock).answers_to("10.0.0.7").answers_to("[::1]").answers_to("App.example");
    let cloakroom = builder.readable_by("https://reader.example").build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    for (host, status) in [
        ("app.example", 200),
        ("APP.example:8443", 200),
        ("10.0.0.7:3000", 200),
        ("[::1]:3000", 200),
        ("evil.example", 421),
        ("app.example.evil.example", 421),
        ("app.example:80@evil.example", 421),
        ("127.0.0.1", 421),
        ("", 421),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let mut request = browser.request(method.clone(), "/", false);
            request.headers_mut().insert("host", host.parse().unwrap());
            // Also a question that is asked before the request itself.
            request.headers_mut().insert("origin", "https://reader.example".parse().unwrap());
            request.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
            let answer = browser.send(request, "").await;
            assert_eq!(answer.status == 421, status == 421, "{method} {host}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
    let mut twice = browser.request(Method::GET, "/", false);
    twice.headers_mut().append("host", "app.example".parse().unwrap());
    twice.headers_mut().append("host", "evil.example".parse().unwrap());
    assert_eq!(browser.send(twice, "").await.status, 421);
    let mut unreadable = browser.request(Method::GET, "/", false);
    unreadable.headers_mut().insert("host", http::HeaderValue::from_bytes(b"app.example\xff").unwrap());
    assert_eq!(browser.send(unreadable, "").await.status, 421);
    // HTTP/2 has the name in the address.
    let by_address = browser.request(Method::GET, "https://evil.example/", true);
    let answer = browser.send(by_address, "").await;
    assert_eq!(answer.status, 421);
    assert!(answer.text.contains("https://app.example/") && !answer.text.contains("evil"), "{}", answer.text);
    assert_eq!(answer.header("strict-transport-security"), "", "another name is not ours to pin");
}

#[tokio::test]
async fn a_nonce_is_in_the_page_and_in_the_policy_and_never_twice() {
    let world = world().await;
    let nonce_of = |answer: &testing::Answer| {
        let nonce = answer.text.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(&format!("script-src 'nonce-{nonce}' 'strict-dynamic'")), "{policy}");
        nonce
    };
    let (one, other) = (world.browser.get("/form").await, world.browser.get("/form").await);
    assert_ne!(nonce_of(&one), nonce_of(&other));
    assert!(!world.browser.get("/").await.header("content-security-policy").contains("nonce"));
}

#[tokio::test]
async fn what_a_policy_stopped_can_be_told() {
    let world = world().await;
    for told in 1..=3 {
        assert_eq!(world.browser.fetch("/_cloakroom/csp-report", "{}").await.status, 204);
        assert_eq!(world.cloakroom.site().csp_reports(), told);
    }
    let policy = world.browser.get("/").await;
    assert!(policy.header("content-security-policy").ends_with("report-uri /_cloakroom/csp-report"));
}

/// While one looks at what a policy would stop, pages still cannot be framed, nor moved by a `<base>`.
#[tokio::test]
async fn report_only_leaves_the_least_in_force() {
    let builder = Cloakroom::builder().store(MemoryStore::default()).origin("https://app.example");
    let cloakroom = builder.csp_report_only().build().await.unwrap();
    let answer = Client::of(router(&cloakroom), &cloakroom).get("/").await;
    assert!(answer.header("content-security-policy-report-only").contains("script-src"));
    let enforced = answer.header("content-security-policy");
    assert!(
        enforced.contains("frame-ancestors 'none'") && enforced.contains("base-uri 'none'"),
        "{enforced}"
    );
    assert!(!enforced.contains("script-src"), "scripts are only reported: {enforced}");
}
