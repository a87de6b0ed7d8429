//! Tokens that are taken back, refused by verifiers in other processes: over real connections, with a network in between that fails.

use axum::routing::get;
use cloakroom::testing::{self, ManualClock};
use cloakroom::{
    Asks, BearerLayer, By, Checked, Cloakroom, Demand, MaxStaleness, NoStream, NotEverywhere, Otherwise,
    Route, Secret, Seen, ServiceId, Span, SubjectId, Tokens, Verdict, Verified, Verifier, VerifierBuilder,
};
use cloakroom_testkit::proxy::{Mode, Proxy};
use core::time::Duration;
use http::{Request, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use tower_layer::Layer;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

struct World {
    clock: ManualClock,
    cloakroom: Cloakroom,
    credential: Secret<String>,
    service: ServiceId,
    address: SocketAddr,
    listens: JoinHandle<()>,
    proxy: Proxy,
}

async fn listens(cloakroom: &Cloakroom, at: &str) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = cloakroom.internal();
    (address, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

async fn world() -> World {
    world_of(Tokens::new()).await
}

async fn world_of(tokens: Tokens) -> World {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).tokens(tokens.scope("notes:read")).build().await.unwrap();
    let (credential, service) = cloakroom.feed_credential(&By::system()).await.unwrap();
    let (address, listens) = listens(&cloakroom, "127.0.0.1:0").await;
    let proxy = Proxy::before(address).await.unwrap();
    World { clock, cloakroom, credential, service, address, listens, proxy }
}

impl World {
    fn verifier(&self) -> Verifier {
        self.verifier_that_tells(|_| {})
    }

    fn verifier_that_tells(&self, tells: fn(&NoStream)) -> Verifier {
        self.builder().tells(tells).start().unwrap()
    }

    fn builder(&self) -> VerifierBuilder {
        Verifier::builder("https://app.example", "https://app.example")
            .authority(&self.proxy.address().to_string())
            .credential(self.credential.expose())
            .clock(Arc::new(self.clock.clone()))
    }

    /// A verifier that follows.
    async fn following(&self) -> Verifier {
        let verifier = self.verifier();
        tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
        verifier
    }

    async fn token(&self, subject: &str) -> String {
        testing::access_token(&self.cloakroom, subject, &["notes:read"]).await.unwrap()
    }

    async fn end_all(&self, subject: &str) {
        self.cloakroom.end_all(&subject.parse::<SubjectId>().unwrap(), &By::system()).await.unwrap();
    }
}

fn is_good(checked: &Checked) -> bool {
    matches!(checked, Checked::Known(Verdict::Valid(_)))
}

fn is_unknown(checked: &Checked) -> bool {
    matches!(checked, Checked::Unknown(_))
}

async fn eventually(is_so: impl Fn() -> bool) {
    let waits = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, waits).await.unwrap();
}

async fn over(verifier: &Verifier, token: &str) -> Checked {
    tokio::time::timeout(LONG, verifier.over(token)).await.unwrap()
}

#[tokio::test]
async fn what_is_taken_back_here_is_refused_there() {
    let world = world().await;
    let verifier = world.verifier();
    let (annas, bobs) = (world.token("anna").await, world.token("bob").await);
    assert!(is_unknown(&verifier.check(&annas)), "nothing is known yet");
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    assert!(is_good(&verifier.check(&annas)) && is_good(&verifier.check(&bobs)));
    world.end_all("anna").await;
    assert!(matches!(over(&verifier, &annas).await, Checked::Known(Verdict::Revoked)));
    assert!(is_good(&verifier.check(&bobs)));
}

/// What was taken back before anybody followed is known, too: all pages of it.
#[tokio::test]
async fn whoever_comes_later_knows_everything() {
    let world = world().await;
    let token = world.token("anna").await;
    world.end_all("anna").await;
    for number in 0..1_500 {
        world.end_all(&format!("user-{number}")).await;
    }
    let verifier = world.following().await;
    assert!(matches!(verifier.check(&token), Checked::Known(Verdict::Revoked)));
    assert!(verifier.guard().facts() > 1_500);
}

/// Nobody is let in by knowledge that is too old, and nobody is told to sign in again because of it.
#[tokio::test]
async fn when_the_authority_is_gone_what_is_known_becomes_too_old() {
    let mut world = world().await;
    let verifier = world.following().await;
    let token = world.token("anna").await;
    assert!(is_good(&verifier.check(&token)));
    world.listens.abort();
    assert!((&mut world.listens).await.unwrap_err().is_cancelled());
    world.proxy.does(Mode::Cut);
    world.clock.advance(Span::seconds(2));
    assert!(is_good(&verifier.check_within(&token, MaxStaleness::sensitive())), "so much is borne");
    world.clock.advance(Span::millis(1));
    assert!(is_unknown(&verifier.check_within(&token, MaxStaleness::sensitive())));
    assert!(is_good(&verifier.check(&token)), "elsewhere more is");
    world.clock.advance(Span::seconds(8));
    let Checked::Unknown(Some(age)) = verifier.check(&token) else { panic!("it is too old") };
    assert!(age > Span::seconds(10));
    // It is there again, at the same place.
    world.end_all("anna").await;
    let (_, _listens) = listens(&world.cloakroom, &world.address.to_string()).await;
    world.proxy.does(Mode::Passes);
    let bobs = world.token("bob").await;
    eventually(|| is_good(&verifier.check(&bobs))).await;
    assert!(
        matches!(verifier.check(&token), Checked::Known(Verdict::Revoked)),
        "it knows what happened meanwhile"
    );
}

/// A network that holds everything back and lets it go together.
#[tokio::test]
async fn held_back_is_not_fresh() {
    let world = world().await;
    let verifier = world.following().await;
    let token = world.token("anna").await;
    assert!(is_good(&verifier.check(&token)));
    world.proxy.does(Mode::Holds);
    world.end_all("anna").await;
    world.clock.advance(Span::millis(10_001));
    assert!(is_unknown(&verifier.check(&token)));
    world.proxy.does(Mode::Passes);
    eventually(|| matches!(verifier.check(&token), Checked::Known(Verdict::Revoked))).await;
}

static SPOILT: AtomicUsize = AtomicUsize::new(0);

/// One bit of a frame, anywhere on the way.
#[tokio::test]
async fn a_frame_that_was_changed_on_the_way_ends_the_stream() {
    let world = world().await;
    let verifier = world.verifier_that_tells(|_| {
        SPOILT.fetch_add(1, Ordering::SeqCst);
    });
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    assert_eq!(SPOILT.load(Ordering::SeqCst), 0);
    world.proxy.spoils_next();
    let token = world.token("anna").await;
    world.end_all("anna").await;
    assert!(matches!(over(&verifier, &token).await, Checked::Known(Verdict::Revoked)), "it was told again");
    assert!(SPOILT.load(Ordering::SeqCst) > 0, "the stream has ended");
}

static IMPOSTOR: AtomicUsize = AtomicUsize::new(0);

/// Whoever sits at the address of the authority and does not have its root key is not believed, whatever it answers.
#[tokio::test]
async fn an_impostor_is_not_followed() {
    let world = world().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _impostor = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.unwrap();
            assert!(!String::from_utf8_lossy(&request[..read]).contains("cks_"), "the key is never sent");
            let welcome = "A".repeat(86);
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: cloakroom-feed/1\r\nCloakroom-Feed: {welcome}\r\n\r\n"
            );
            let _gone_already = stream.write_all(answer.as_bytes()).await;
        }
    });
    let verifier = Verifier::builder("https://app.example", "https://app.example")
        .authority(&address.to_string())
        .credential(world.credential.expose())
        .tells(|no| {
            assert!(matches!(no, NoStream::NotTheAuthority), "{no}");
            IMPOSTOR.fetch_add(1, Ordering::SeqCst);
        })
        .start()
        .unwrap();
    eventually(|| IMPOSTOR.load(Ordering::SeqCst) >= 2).await;
    assert_eq!(verifier.staleness(), None);
}

static ANOTHER: AtomicUsize = AtomicUsize::new(0);

/// Nor does an authority let anybody follow by the credential of another.
#[tokio::test]
async fn a_credential_of_another_authority_follows_nobody() {
    let (ours, theirs) = (world().await, world().await);
    let _verifier = Verifier::builder("https://app.example", "https://app.example")
        .authority(&theirs.address.to_string())
        .credential(ours.credential.expose())
        .tells(|no| {
            assert!(matches!(no, NoStream::NotAllowed), "{no}");
            ANOTHER.fetch_add(1, Ordering::SeqCst);
        })
        .start()
        .unwrap();
    eventually(|| ANOTHER.load(Ordering::SeqCst) >= 2).await;
}

static REVOKED: AtomicUsize = AtomicUsize::new(0);

#[tokio::test]
async fn a_credential_that_is_taken_back_follows_no_more() {
    let world = world().await;
    let verifier = world.verifier_that_tells(|no| {
        assert!(matches!(no, NoStream::NotAllowed), "{no}");
        REVOKED.fetch_add(1, Ordering::SeqCst);
    });
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    world.cloakroom.revoke_service(world.service, &By::system()).await.unwrap();
    eventually(|| REVOKED.load(Ordering::SeqCst) >= 2).await;
    let events = world.cloakroom.recent_events(10).await.unwrap();
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("service_")).count(), 2, "{names:?}");
}

/// A key that is destroyed, and the one that signs in its place at once: nobody waits for it.
#[tokio::test]
async fn keys_come_on_the_stream() {
    let world = world().await;
    let verifier = world.following().await;
    let token = world.token("anna").await;
    assert!(is_good(&verifier.check(&token)));
    let key = world.cloakroom.engine().signing_keys().await.unwrap()[0].id;
    world.cloakroom.engine().destroy_signing_key(key, &By::system()).await.unwrap();
    let gone = over(&verifier, &token).await;
    assert!(!is_good(&gone), "{gone:?}");
    let token = world.token("anna").await;
    eventually(|| is_good(&verifier.check(&token))).await;
}

#[tokio::test]
async fn everywhere_waits_for_each_verifier() {
    let world = world().await;
    // Those who followed the process before are waited for, though nothing that was taken back is left.
    let early = world.cloakroom.everywhere(Duration::from_millis(20)).await;
    assert!(matches!(early, Err(NotEverywhere::Behind(0))), "{early:?}");
    world.clock.advance(Span::seconds(13));
    let (one, other) = (world.following().await, world.following().await);
    let token = world.token("anna").await;
    world.end_all("anna").await;
    world.cloakroom.everywhere(LONG).await.unwrap();
    for verifier in [&one, &other] {
        assert!(matches!(verifier.check(&token), Checked::Known(Verdict::Revoked)));
    }
    // One that cannot be reached may go on until what it knows is too old, by a clock that is slow.
    world.proxy.does(Mode::Holds);
    world.end_all("anna").await;
    let behind = world.cloakroom.everywhere(Duration::from_millis(20)).await;
    assert!(matches!(behind, Err(NotEverywhere::Behind(2))), "{behind:?}");
    world.clock.advance(Span::millis(12_501));
    world.cloakroom.everywhere(Duration::from_millis(500)).await.unwrap();
    for verifier in [one, other] {
        assert!(!is_good(&verifier.check(&token)));
    }
}

#[tokio::test]
async fn after_a_start_those_who_followed_before_are_waited_for() {
    let world = world().await;
    world.end_all("anna").await;
    let behind = world.cloakroom.everywhere(Duration::from_millis(20)).await;
    assert!(matches!(behind, Err(NotEverywhere::Behind(0))), "{behind:?}");
    world.clock.advance(Span::millis(12_501));
    world.cloakroom.everywhere(Duration::from_millis(500)).await.unwrap();
}

/// RFC 6750 for an API that has no sessions: what is wrong is 401, what is missing 403, and what nobody can say 503.
#[tokio::test]
async fn a_layer_by_a_verifier() {
    let world = world().await;
    let token = world.token("anna").await;
    let verifier = world.verifier();
    let inner = tower::service_fn(|request: Request<()>| async move {
        let seen = request.extensions().get::<Arc<Seen>>().unwrap();
        Ok::<_, std::convert::Infallible>(Response::new(seen.token().subject.to_string()))
    });
    let behind = |scope: &[&str]| {
        let scope = scope.iter().map(|word| word.parse().unwrap()).collect();
        let demand = Demand { scope, ..Demand::default() };
        BearerLayer::by(verifier.guard().clone(), MaxStaleness::sensitive(), demand).layer(inner)
    };
    let ask = async |scope: &[&str], token: Option<&str>| {
        let mut request = Request::new(());
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let answer: Response<String> = behind(scope).oneshot(request).await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (
            answer.status().as_u16(),
            header("www-authenticate").or(header("retry-after")),
            answer.body().clone(),
        )
    };
    let (status, retry_after, body) = ask(&[], Some(&token)).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("5")), "nothing is known yet");
    assert!(body.contains("revocation-unknown"));
    tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
    assert_eq!(ask(&["notes:read"], Some(&token)).await, (200, None, "anna".to_owned()));
    let challenge = async |scope: &[&str], token| {
        let (status, challenge, _) = ask(scope, token).await;
        (status, challenge.unwrap())
    };
    assert_eq!(challenge(&[], None).await, (401, "Bearer".to_owned()));
    assert_eq!(challenge(&[], Some("x.y.z")).await, (401, "Bearer error=\"invalid_token\"".to_owned()));
    let (status, missing) = challenge(&["notes:write"], Some(&token)).await;
    assert_eq!((status, &missing[..]), (403, "Bearer error=\"insufficient_scope\", scope=\"notes:write\""));
    world.end_all("anna").await;
    over(&verifier, &token).await;
    assert_eq!(challenge(&[], Some(&token)).await.0, 401);
}

/// Whoever has just taken somebody back, and shows the receipt, is never answered by a verifier that has not heard of it.
#[tokio::test]
async fn a_receipt_is_not_answered_by_less() {
    let world = world().await;
    let verifier = world.following().await;
    let (annas, bobs) = (world.token("anna").await, world.token("bob").await);
    assert!(is_good(&verifier.check(&annas)) && is_good(&verifier.check(&bobs)));
    let inner = tower::service_fn(|_: Request<()>| async {
        Ok::<_, std::convert::Infallible>(Response::new(String::new()))
    });
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
    // Who asks while it is on its way is answered when it has come.
    let brought = [&receipt[..]];
    let (waits, ()) = tokio::join!(ask(&annas, &brought), async {
        tokio::task::yield_now().await;
        world.proxy.does(Mode::Passes);
    });
    assert_eq!(waits.0, 401);
    assert_eq!(ask(&bobs, &[&receipt]).await.0, 200);
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
    // It goes on from there: of what it knows nothing is told again, and bob was taken back since.
    world.end_all("bob").await;
    world.proxy.does(Mode::Passes);
    assert!(!is_good(&over(&second, &bobs).await));
    eventually(|| matches!(second.check(&bobs), Checked::Known(Verdict::Revoked))).await;
    assert!(matches!(second.check(&annas), Checked::Known(Verdict::Revoked)));
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
    let verifier = world.following().await;
    let token = world.token("anna").await;
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
    assert!(there.contains("cloakroom_token_checks_total{outcome=\"refused\"} 1\n"), "{there}");
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
    assert_eq!(
        ask("/", Some(&token), None).await.0,
        200,
        "the authority was asked, or has said so by itself"
    );
    world.end_all("anna").await;
    let receipt = world.cloakroom.receipt().await.unwrap();
    assert_eq!(ask("/perhaps", Some(&token), Some(&receipt)).await.0, 401);
}
