//! What a route of an API says where something is missing: receipts, questions, longer staleness; what a verifier keeps and counts.

use crate::feed::{LONG, eventually, is_good, is_unknown, over, world, world_of};
use axum::routing::get;
use cloakroom::{
    Asks, BearerLayer, Checked, Demand, MaxStaleness, NoStream, NotEverywhere, Otherwise, Route, Span,
    Tokens, Verdict, Verified,
};
use cloakroom_testkit::proxy::Mode;
use core::time::Duration;
use http::{Request, Response};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;
use tower_layer::Layer;

/// Whoever has just taken somebody back, and shows the receipt, is never answered by a verifier that has not heard of it.
#[tokio::test]
async fn a_receipt_is_not_answered_by_less() {
    let world = world().await;
    world.end_all("somebody").await;
    let verifier = world.following().await;
    let (annas, bobs) = (world.token("anna").await, world.token("bob").await);
    assert!(is_good(&verifier.check(&annas)) && is_good(&verifier.check(&bobs)));
    let inner =
        tower::service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    let layer = BearerLayer::by(verifier.guard().clone(), MaxStaleness::standard(), Demand::default());
    let ask = async |token: &str, receipts: &[&str]| {
        let mut request = Request::new(());
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        for receipt in receipts {
            request.headers_mut().append("cloakroom-receipt", receipt.parse().unwrap());
        }
        let answer: Response<String> = layer.layer(inner).oneshot(request).await.unwrap();
        (answer.status().as_u16(), answer.into_body())
    };
    world.proxy.does(Mode::Holds);
    world.end_all("anna").await;
    let receipt = world.cloakroom.receipt().await.unwrap();
    assert_eq!(ask(&annas, &[]).await.0, 200, "so much is borne");
    for token in [&annas, &bobs] {
        let (status, body) = ask(token, &[&receipt]).await;
        assert!(status == 503 && body.contains("revocation-unknown"), "{status} {body}");
    }
    for wrong in [&["x"][..], &[&receipt, &receipt], &[&receipt[1..]], &[""]] {
        let (status, body) = ask(&bobs, wrong).await;
        assert!(status == 400 && body.contains("malformed-receipt"), "{wrong:?}: {status} {body}");
    }
    // Who asks while it is on its way is answered when it has come; on a machine that is busy, at the second try.
    let until_known = async |token: &str| loop {
        let status = ask(token, &[&receipt]).await.0;
        if status != 503 {
            return status;
        }
    };
    let (waits, ()) = tokio::join!(until_known(&annas), async {
        tokio::task::yield_now().await;
        world.proxy.does(Mode::Passes);
    });
    assert_eq!(waits, 401);
    assert_eq!(until_known(&bobs).await, 200);
}

/// Where nothing new enough is known, the authority is asked for what this one token depends on.
#[tokio::test]
async fn a_route_may_ask_instead_of_answering_503() {
    let world = world().await;
    let verifier = world.following().await;
    let token = world.token("anna").await;
    let asks = Route { bears: MaxStaleness::sensitive(), otherwise: Otherwise::Introspect };
    let by_asking = async || {
        loop {
            world.clock.advance(Span::seconds(3));
            let decided = verifier.decide(&token, asks, None).await.unwrap();
            if is_unknown(&decided) {
                // On a machine that is busy.
                continue;
            }
            // If a proof has come meanwhile it was not the question that let it in.
            if verifier.staleness().is_some_and(|old| old >= Span::seconds(3)) || !is_good(&decided) {
                return decided;
            }
        }
    };
    assert!(is_good(&by_asking().await));
    world.end_all("anna").await;
    assert!(matches!(by_asking().await, Checked::Known(Verdict::Revoked)));
    let bobs = world.token("bob").await;
    world.proxy.does(Mode::Cut);
    world.clock.advance(Span::seconds(11));
    assert!(is_unknown(&verifier.decide(&bobs, asks, None).await.unwrap()), "nobody answers");
}

static TOO_MUCH: AtomicUsize = AtomicUsize::new(0);

/// A verifier that bears more than the authority waits for does not follow: nothing would hold everywhere.
#[tokio::test]
async fn a_longer_staleness_must_be_known_to_the_authority() {
    let stale = Route { bears: MaxStaleness::standard(), otherwise: Otherwise::AllowStale(Span::minutes(5)) };
    let too_stale = world().await.builder().allows_stale(Span::minutes(61)).start();
    assert!(too_stale.unwrap_err().to_string().starts_with("CK5006"));
    let unaware = world().await;
    let verifier = unaware.builder().allows_stale(Span::minutes(5)).tells(|no| {
        assert!(matches!(no, NoStream::BearsTooMuch), "{no}");
        TOO_MUCH.fetch_add(1, Ordering::SeqCst);
    });
    let verifier = verifier.start().unwrap();
    eventually(|| TOO_MUCH.load(Ordering::SeqCst) >= 2).await;
    assert_eq!(verifier.staleness(), None);

    let world = world_of(Tokens::new().verifiers_bear(Span::minutes(5))).await;
    let verifier = world.builder().allows_stale(Span::minutes(5)).start().unwrap();
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    // Those who followed before may bear as much.
    world.clock.advance(Span::seconds(376));
    let token = world.token("anna").await;
    eventually(|| is_good(&verifier.check(&token))).await;
    world.proxy.does(Mode::Holds);
    world.end_all("anna").await;
    world.clock.advance(Span::minutes(4));
    let decide = async |route: Route| verifier.decide(&token, route, None).await.unwrap();
    let standard = decide(MaxStaleness::standard().into()).await;
    assert!(is_unknown(&standard), "{standard:?}");
    assert!(is_good(&decide(stale).await), "it was asked for by name");
    let behind = world.cloakroom.everywhere(Duration::from_millis(20)).await;
    assert!(matches!(behind, Err(NotEverywhere::Behind(1))), "{behind:?}");
    world.clock.advance(Span::seconds(136));
    assert!(is_unknown(&decide(stale).await));
    world.cloakroom.everywhere(Duration::from_millis(500)).await.unwrap();
}

/// With another signature.
fn forged(token: &str) -> String {
    let (start, end) = token.split_at(token.len() - 9);
    let other: String = end.chars().map(|letter| if letter == 'A' { 'B' } else { 'A' }).collect();
    format!("{start}{other}")
}

static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);

/// What one process knew the next one knows, too, before anybody has told it; but of now it knows nothing.
#[tokio::test]
async fn what_was_kept_need_not_be_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept");
    let world = world().await;
    let (annas, bobs) = (world.token("anna").await, world.token("bob").await);
    world.end_all("anna").await;
    for number in 0..1_500 {
        world.end_all(&format!("user-{number}")).await;
    }
    let first = world.builder().keeps(&file).start().unwrap();
    tokio::time::timeout(LONG, first.guard().knows()).await.unwrap();
    eventually(|| file.exists()).await;
    let known = first.guard().facts();
    drop(first);
    let kept = std::fs::read(&file).unwrap();
    // Nobody is there to ask.
    world.proxy.does(Mode::Cut);
    let second = world.builder().keeps(&file).start().unwrap();
    assert_eq!(second.guard().facts(), known);
    assert_eq!(second.staleness(), None);
    assert!(is_unknown(&second.check(&bobs)), "of now it knows nothing");
    assert!(matches!(second.check(&annas), Checked::Known(Verdict::Revoked)), "bad news is never too old");
    assert!(matches!(second.check(&forged(&annas)), Checked::Known(Verdict::Invalid(_))));
    // It goes on from there: of what it knows nothing is told again, and bob was taken back since.
    world.end_all("bob").await;
    let carried = world.proxy.carried();
    world.proxy.does(Mode::Passes);
    assert!(!is_good(&over(&second, &bobs).await));
    eventually(|| matches!(second.check(&bobs), Checked::Known(Verdict::Revoked))).await;
    assert!(matches!(second.check(&annas), Checked::Known(Verdict::Revoked)));
    let told = world.proxy.carried() - carried;
    assert!(told < 15_000, "{told} bytes, for 1,500 facts");
    drop(second);
    // Whoever has changed it has only made it useless.
    world.proxy.does(Mode::Cut);
    let mut changed = kept.clone();
    changed[40] ^= 1;
    std::fs::write(&file, changed).unwrap();
    let third = world.builder().keeps(&file).tells(|no| {
        if matches!(no, NoStream::NothingKept(..)) {
            LEFT_OUT.fetch_add(1, Ordering::SeqCst);
        }
    });
    let third = third.start().unwrap();
    assert_eq!((third.guard().facts(), LEFT_OUT.load(Ordering::SeqCst)), (0, 1));
    // One that is older than what happened since is no harm: it goes on from there.
    std::fs::write(&file, kept).unwrap();
    world.proxy.does(Mode::Passes);
    let fourth = world.builder().keeps(&file).start().unwrap();
    for verifier in [third, fourth] {
        eventually(|| matches!(verifier.check(&bobs), Checked::Known(Verdict::Revoked))).await;
        assert!(matches!(verifier.check(&annas), Checked::Known(Verdict::Revoked)));
    }
}

/// What can be measured, and that nobody is named in it.
#[tokio::test]
async fn figures_without_names() {
    let world = world().await;
    let (verifier, token) = (world.verifier(), world.token("anna").await);
    let layer = BearerLayer::by(verifier.guard().clone(), MaxStaleness::standard(), Demand::default());
    let inner =
        tower::service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    let request = Request::builder().header("authorization", format!("Bearer {token}")).body(()).unwrap();
    assert_eq!(
        layer.layer(inner).oneshot(request).await.unwrap().status().as_u16(),
        503,
        "nothing is known yet"
    );
    assert!(verifier.metrics().contains("cloakroom_token_checks_total{outcome=\"unknown\"} 1\n"), "once");
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    assert!(is_good(&verifier.check(&token)));
    world.end_all("anna").await;
    over(&verifier, &token).await;
    assert!(!is_good(&verifier.check(&token)));
    let all = || (world.cloakroom.feed_metrics(), verifier.metrics());
    eventually(|| all().0.contains("cloakroom_revoke_to_deny_seconds_count 1\n")).await;
    let (here, there) = all();
    assert!(here.contains("cloakroom_followers 1\n"), "{here}");
    assert!(there.contains("cloakroom_revocation_staleness_seconds 0\n"), "{there}");
    assert!(there.contains("cloakroom_token_checks_total{outcome=\"valid\"} 1\n"), "{there}");
    assert!(there.contains("cloakroom_token_checks_total{outcome=\"revoked\"} 1\n"), "{there}");
    assert!(!format!("{here}{there}").contains("anna"));
}

struct Reads;

impl Asks for Reads {
    const SCOPE: &'static [&'static str] = &["notes:read"];
    const ROUTE: Route = Route { bears: MaxStaleness::sensitive(), otherwise: Otherwise::Introspect };
}

struct Writes;

impl Asks for Writes {
    const SCOPE: &'static [&'static str] = &["notes:write"];
}

/// The same answers from an extractor, which a route chooses by what it asks.
#[tokio::test]
async fn an_extractor_by_a_verifier() {
    let world = world().await;
    let (token, verifier) = (world.token("anna").await, world.verifier());
    let app = axum::Router::new()
        .route("/", get(async |token: Verified<Reads>| token.subject.to_string()))
        .route("/write", get(async |_: Verified<Writes>| "written"))
        .route(
            "/perhaps",
            get(async |token: Option<Verified>| if token.is_some() { "somebody" } else { "nobody" }),
        )
        .with_state(verifier.guard().clone());
    let ask = async |path: &str, token: Option<&str>, receipt: Option<&str>| {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(receipt) = receipt {
            request = request.header("cloakroom-receipt", receipt);
        }
        let answer = app.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    world.proxy.does(Mode::Cut);
    assert_eq!(ask("/write", Some(&token), None).await.0, 503, "nothing is known yet");
    assert_eq!(ask("/", None, None).await.0, 401);
    world.proxy.does(Mode::Passes);
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    assert_eq!(ask("/", Some(&token), None).await, (200, "anna".to_owned()));
    assert_eq!(ask("/write", Some(&token), None).await.0, 403);
    assert_eq!(ask("/perhaps", None, None).await, (200, "nobody".to_owned()));
    assert_eq!(ask("/perhaps", Some(&token), None).await, (200, "somebody".to_owned()));
    assert_eq!(ask("/perhaps", Some("x.y.z"), None).await.0, 401);
    assert_eq!(ask("/", Some(&token), Some("x")).await.0, 400);
    world.clock.advance(Span::seconds(3));
    // On a machine that is busy, at the second try.
    let until_known = async |path: &str, receipt: Option<&str>| loop {
        let status = ask(path, Some(&token), receipt).await.0;
        if status != 503 {
            return status;
        }
    };
    assert_eq!(until_known("/", None).await, 200, "the authority was asked, or has said so by itself");
    world.end_all("anna").await;
    let receipt = world.cloakroom.receipt().await.unwrap();
    assert_eq!(until_known("/perhaps", Some(&receipt)).await, 401);
}
