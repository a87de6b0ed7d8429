//! Tokens that are taken back, refused by verifiers in other processes: over real connections, with a network in between that fails.

use cloakroom::testing::{self, ManualClock};
use cloakroom::{
    BearerLayer, By, Checked, Cloakroom, Demand, MaxStaleness, NoStream, NotEverywhere, Secret, Seen,
    ServiceId, Span, SubjectId, Tokens, Verdict, Verifier, VerifierBuilder,
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
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) cloakroom: Cloakroom,
    pub(crate) credential: Secret<String>,
    pub(crate) service: ServiceId,
    pub(crate) address: SocketAddr,
    pub(crate) listens: JoinHandle<()>,
    pub(crate) proxy: Proxy,
}

async fn listens(cloakroom: &Cloakroom, at: &str) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = cloakroom.internal();
    (address, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

pub(crate) async fn world() -> World {
    world_of(Tokens::new()).await
}

pub(crate) async fn world_of(tokens: Tokens) -> World {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).tokens(tokens.scope("notes:read")).build().await.unwrap();
    let (credential, service) = cloakroom.feed_credential(&By::system()).await.unwrap();
    let (address, listens) = listens(&cloakroom, "127.0.0.1:0").await;
    let proxy = Proxy::before(address).await.unwrap();
    World { clock, cloakroom, credential, service, address, listens, proxy }
}

impl World {
    pub(crate) fn verifier(&self) -> Verifier {
        self.verifier_that_tells(|_| {})
    }

    pub(crate) fn verifier_that_tells(&self, tells: fn(&NoStream)) -> Verifier {
        self.builder().tells(tells).start().unwrap()
    }

    pub(crate) fn builder(&self) -> VerifierBuilder {
        Verifier::builder("https://app.example", "https://app.example")
            .authority(&self.proxy.address().to_string())
            .credential(self.credential.expose())
            .clock(Arc::new(self.clock.clone()))
    }

    /// A verifier that follows.
    pub(crate) async fn following(&self) -> Verifier {
        let verifier = self.verifier();
        tokio::time::timeout(LONG, verifier.guard().knows()).await.unwrap();
        verifier
    }

    pub(crate) async fn token(&self, subject: &str) -> String {
        testing::access_token(&self.cloakroom, subject, &["notes:read"]).await.unwrap()
    }

    pub(crate) async fn end_all(&self, subject: &str) {
        self.cloakroom.end_all(&subject.parse::<SubjectId>().unwrap(), &By::system()).await.unwrap();
    }
}

pub(crate) fn is_good(checked: &Checked) -> bool {
    matches!(checked, Checked::Known(Verdict::Valid(_)))
}

pub(crate) fn is_unknown(checked: &Checked) -> bool {
    matches!(checked, Checked::Unknown(_))
}

pub(crate) async fn eventually(is_so: impl Fn() -> bool) {
    let waits = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, waits).await.unwrap();
}

pub(crate) async fn over(verifier: &Verifier, token: &str) -> Checked {
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
