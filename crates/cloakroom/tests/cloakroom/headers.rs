//! What every answer says.

use crate::app::{router, world};
use cloakroom::testing::Client;
use cloakroom::{Cloakroom, MemoryStore};

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

#[tokio::test]
async fn a_nonce_is_in_the_page_and_in_the_policy_and_never_twice() {
    let world = world().await;
    let nonce_of = |answer: &cloakroom::testing::Answer| {
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
