//! Other hosts of the same site, and what they can do with our names.

use crate::app::router;
use crate::kinds::Kind;
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{BindingPolicy, Cloakroom, CloakroomExt, PeerAddress, Protected, Secret, SessionPolicy};
use cloakroom_authority::session::SignIn;
use core::net::IpAddr;

const SHARED: &str = "__Secure-cloakroom";
const JUNK: &str = "ckt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct World {
    cloakroom: Cloakroom,
    browser: Client<Protected>,
}

async fn shared(kind: Kind) -> World {
    let builder = testing::builder(&ManualClock::default()).origin("https://app.example.com");
    let cloakroom = kind.of(builder).shared_domain("example.com").build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    World { cloakroom, browser }
}

impl World {
    fn own(&self) -> String {
        self.browser.cookies()[SHARED].clone()
    }

    async fn of_another(&self, name: &str) -> String {
        let other = self.browser.another();
        other.sign_in(name, &[]).await.unwrap();
        other.cookies()[SHARED].clone()
    }

    /// A request with these cookies of one name, from this network.
    async fn with(&self, path: &str, method: http::Method, values: &[&str], network: u8) -> Answer {
        let mut request = self.browser.request(method, path, false);
        let cookies: Vec<_> = values.iter().map(|value| format!("{SHARED}={value}")).collect();
        request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        request.extensions_mut().insert(PeerAddress(IpAddr::from([192, 0, network, 1])));
        self.browser.another().send(request, "").await
    }

    async fn who(&self, values: &[&str]) -> (u16, String) {
        let answer = self.with("/who", http::Method::GET, values, 2).await;
        (answer.status, answer.text)
    }

    async fn told(&self, reason: &str) -> usize {
        let events = self.cloakroom.recent_events(1_000).await.unwrap();
        events.iter().filter(|event| event.reason.is_some_and(|why| why.as_str() == reason)).count()
    }
}

/// Under a shared domain a neighbour can set our cookie too. What it sets signs nobody in or out.
#[tokio::test]
async fn of_several_cookies_the_one_that_is_live_counts() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let world = shared(kind).await;
        let own = world.own();
        let anna = (200, "anna".to_owned());
        assert_eq!(world.who(&[JUNK, &own]).await, anna, "{kind:?}");
        assert_eq!(world.who(&[&own, "hello", JUNK, "cke_AAAA"]).await, anna);
        assert_eq!(world.who(&[JUNK, "hello"]).await, (200, "nobody".to_owned()));
        assert_eq!(world.who(&[&own, "a", "b", "c", "d"]).await.0, 400, "more than anybody needs");
        let written = world.with("/cart/coat", http::Method::POST, &[JUNK, &own], 2).await;
        assert_eq!((written.status, written.text.as_str()), (200, "coat"));
    }
}

#[tokio::test]
async fn of_two_that_are_live_neither_counts() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let world = shared(kind).await;
        let (own, planted) = (world.own(), world.of_another("mallory").await);
        for values in [[own.as_str(), &planted], [&planted, &own]] {
            assert_eq!(world.who(&values).await, (200, "nobody".to_owned()), "{kind:?}");
            let written = world.with("/cart/coat", http::Method::POST, &values, 2).await;
            assert_eq!((written.status, written.cookies().len()), (400, 0));
            assert!(written.text.contains("urn:cloakroom:problem:duplicate-cookie"), "{}", written.text);
        }
        assert_eq!(world.told("duplicate").await, 1, "told once in a while");
        let left = world.with("/sign-out", http::Method::POST, &[&own, &planted], 2).await;
        assert_eq!(left.text, "bye", "and one can always leave");
        assert_eq!(world.who(&[&own]).await.1, "nobody", "whichever was meant");
    }
}

/// A browser that has it twice, for two paths: it is one session.
#[tokio::test]
async fn the_same_session_twice_is_one_session() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let world = shared(kind).await;
        let own = world.own();
        assert_eq!(world.who(&[&own, &own]).await.1, "anna", "{kind:?}");
    }
}

/// A ticket of anna's, bound to another network than requests come from here.
async fn signed_in_elsewhere(cloakroom: &Cloakroom) -> Secret<String> {
    let engine = cloakroom.engine();
    let proof = engine.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = proof.proven(Vec::new(), cloakroom.now());
    let bound = cloakroom_rules::session::binding::Client {
        address: Some("198.51.100.0/24".into()),
        ..Default::default()
    };
    let sign_in = SignIn {
        proof: &proof,
        host: cloakroom.site().origin().host(),
        class: cloakroom::SignedInClass::Browser,
        groups: &[],
        parent: None,
        own: None,
        client: &bound,
        device: &Default::default(),
        origin: &Default::default(),
        change: &cloakroom_rules::session::patch::NOTHING,
    };
    engine.sign_in(&sign_in).await.unwrap().ticket.to_text()
}

/// A session whose client has changed: every page leads to the one that confirms it, and only there it is somebody.
#[tokio::test]
async fn a_moved_session_is_led_to_the_page_that_confirms_it() {
    let policy = SessionPolicy { binding: BindingPolicy::StepUp, ..SessionPolicy::default() };
    let builder = testing::builder(&ManualClock::default()).policy(policy).confirm_page("/confirm");
    let cloakroom = builder.build().await.unwrap();
    let name = async |user: cloakroom::Authenticated| user.subject.to_string();
    let app = axum::Router::new()
        .route("/notes", axum::routing::get(name))
        .route("/confirm", axum::routing::get(name));
    let browser = Client::of(app.cloakroom(&cloakroom), &cloakroom);
    browser.set_cookie("__Host-Http-cloakroom", signed_in_elsewhere(&cloakroom).await.expose());
    let sent = browser.get("/notes").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/confirm?return_to=/notes"));
    assert_eq!(browser.get("/confirm").await.text, "anna");
    assert_eq!(browser.get("/notes").await.status, 303, "it is not known from there on");
}

/// At an entrance a ticket that opens nothing here is no session; signing out there ends it all the same.
#[tokio::test]
async fn signing_out_at_an_entrance_ends_what_the_ticket_names_too() {
    let policy = SessionPolicy { binding: BindingPolicy::Reject, ..SessionPolicy::default() };
    let builder = testing::builder(&ManualClock::default()).policy(policy);
    let cloakroom = builder.entrance("/sign-out").entrance("/flash/hello").build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    browser.set_cookie("__Host-Http-cloakroom", signed_in_elsewhere(&cloakroom).await.expose());
    assert_eq!(browser.fetch("/flash/hello", "").await.cookies().len(), 1, "a visitor's session beside it");
    let anna = "anna".parse().unwrap();
    assert_eq!(cloakroom.sessions_of(&anna).await.unwrap().len(), 1);
    assert_eq!(browser.fetch("/sign-out", "").await.text, "bye");
    assert!(cloakroom.sessions_of(&anna).await.unwrap().is_empty() && browser.cookies().is_empty());
}

/// Two cookies that carry one session say two things of it: a neighbour that kept an older one must not win.
#[tokio::test]
async fn an_older_cookie_of_the_same_session_does_not_win() {
    let world = shared(Kind::Sealed).await;
    let older = world.own();
    world.browser.fetch("/cart/coat", "").await;
    let newer = world.own();
    for values in [[older.as_str(), &newer], [&newer, &older]] {
        assert_eq!(world.with("/cart/hat", http::Method::POST, &values, 2).await.status, 400);
    }
}

/// Where a moved session must be confirmed, junk in front of it does not hide that it can be.
#[tokio::test]
async fn junk_does_not_hide_what_can_be_done() {
    let policy = SessionPolicy { binding: BindingPolicy::StepUp, ..SessionPolicy::default() };
    let builder = testing::builder(&ManualClock::default()).origin("https://app.example.com").policy(policy);
    let cloakroom = builder.shared_domain("example.com").build().await.unwrap();
    let confirm = async |session: cloakroom::Session| {
        session
            .look_to_confirm()
            .await
            .map(|()| format!("{:?}", session.subject().map(|who| who.to_string())))
    };
    let app = axum::Router::new().route("/who", axum::routing::get(confirm)).cloakroom(&cloakroom);
    let world = World { browser: Client::of(app, &cloakroom), cloakroom };
    let own = signed_in_elsewhere(&world.cloakroom).await;
    for values in [[JUNK, own.expose()], [own.expose(), JUNK]] {
        assert_eq!(world.who(&values).await.1, "Some(\"anna\")", "{values:?}");
    }
}

/// Junk beside a live cookie is nobody's guess: a neighbour could hold up a whole network with it.
#[tokio::test]
async fn a_neighbours_junk_holds_nobody_up() {
    let world = shared(Kind::Stored).await;
    let own = world.own();
    for _ in 0..100 {
        assert_eq!(world.who(&[JUNK, &own]).await.1, "anna");
    }
    for _ in 0..60 {
        assert_eq!(world.who(&[JUNK, "hello"]).await.0, 200);
    }
    assert_eq!(world.who(&[JUNK, "hello"]).await.0, 429, "junk alone is guessing");
    assert_eq!(world.who(&["hello", JUNK]).await.0, 429, "nobody has looked, whatever stands in front");
}

/// A name that only this host can set came twice: that is no browser, and it is told.
#[tokio::test]
async fn a_host_bound_cookie_twice_is_told_of() {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    let value = browser.cookies()["__Host-Http-cloakroom"].clone();
    let world = World { cloakroom, browser };
    for _ in 0..10 {
        let mut request = world.browser.request(http::Method::GET, "/who", true);
        let twice = format!("__Host-Http-cloakroom={value}; __Host-Http-cloakroom={value}");
        request.headers_mut().insert("cookie", twice.parse().unwrap());
        assert_eq!(world.browser.another().send(request, "").await.status, 400);
    }
    assert_eq!(world.told("duplicate").await, 1);
}
