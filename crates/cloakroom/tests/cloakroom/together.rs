//! Several things in one request, and what is left of them when one fails.

use crate::kinds::Kind;
use axum::Router;
use axum::routing::{get, post};
use cloakroom::testing::{self, Client, ManualClock};
use cloakroom::{
    BindingPolicy, Cloakroom, CloakroomExt, CsrfToken, Key, PeerAddress, Protected, Session, SessionError,
    SessionPolicy, SignedInClass, Span,
};
use std::sync::Arc;
use tokio::sync::Notify;

const BIG: Key<String> = Key::new("big");

struct World {
    clock: ManualClock,
    browser: Client<Protected>,
    hold: Arc<Notify>,
    go_on: Arc<Notify>,
}

async fn proof(cloakroom: &Cloakroom, session: &Session) -> cloakroom::LoginProof {
    let subject = session.subject().unwrap_or_else(|| "anna".parse().unwrap());
    let attempt = cloakroom.begin_login(&subject).await.unwrap();
    attempt.proven(Vec::new(), cloakroom.now())
}

const KINDS: [Kind; 3] = [Kind::Stored, Kind::Sealed, Kind::Signed];

async fn world_with(kind: Kind, policy: SessionPolicy) -> World {
    let clock = ManualClock::default();
    let builder = kind.of(testing::builder(&clock)).policy(policy);
    let cloakroom =
        builder.csrf_exempt("/hook/{id}", "signed by the caller").readable_by("https://spa.example").build();
    let cloakroom = cloakroom.await.unwrap();
    let (hold, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let [a, b, c, d, e] = core::array::from_fn(|_| cloakroom.clone());
    let (held, going) = (hold.clone(), go_on.clone());
    let change_password = move |session: Session| async move {
        session.step_up(proof(&a, &session).await)?;
        session.credential_changed().await.map(|ended| ended.to_string())
    };
    let step_up_and_too_much = move |session: Session| async move {
        session.step_up(proof(&b, &session).await)?;
        session.set(BIG, &"x".repeat(70_000))?;
        Ok::<_, SessionError>("never said")
    };
    let recover = move |session: Session| async move {
        session.sign_in(proof(&c, &session).await, SignedInClass::Browser, Vec::new())?;
        session.commit().await?;
        session.sign_out_elsewhere().await.map(|ended| ended.to_string())
    };
    let slow = move |session: Session| async move {
        held.notify_one();
        going.notified().await;
        session.subject().map(|subject| subject.to_string()).unwrap_or_default()
    };
    // Commit first, charge the card after: the charging takes a while.
    let (paying, paid) = (hold.clone(), go_on.clone());
    let pay = move |session: Session| async move {
        session.step_up(proof(&e, &session).await)?;
        session.set(BIG, &"paid".to_owned())?;
        session.commit().await?;
        paying.notify_one();
        paid.notified().await;
        Ok::<_, SessionError>("paid")
    };
    let step_up = move |session: Session| async move {
        session.look_to_confirm().await?;
        session.step_up(proof(&d, &session).await).map(|()| "up")
    };
    let retried = |session: Session| async move {
        session.set(BIG, &"x".repeat(70_000))?;
        let tries = (session.commit().await.is_err(), session.commit().await.is_err());
        session.remove(BIG)?;
        Ok::<_, SessionError>(format!("{tries:?}"))
    };
    let app =
        Router::new()
            .route("/password", post(change_password))
            .route("/too-much", post(step_up_and_too_much))
            .route("/recover", post(recover))
            .route("/slow", get(slow))
            .route("/pay", post(pay))
            .route("/step-up", post(step_up))
            .route("/retried", post(retried))
            .route(
                "/who",
                get(|session: Session| async move {
                    session.subject().map(|s| s.to_string()).unwrap_or_default()
                }),
            )
            .route(
                "/form",
                get(|csrf: CsrfToken, session: Session| async move {
                    session.flash("look here").map(|()| format!("<input name=_csrf value=\"{csrf}\">"))
                })
                .post(|| async { "meant" }),
            )
            .route(
                "/public",
                get(|session: Session| async move {
                    session.flash("hello").map(|()| ([("cache-control", "public, max-age=600")], "page"))
                }),
            )
            .route(
                "/sign-out",
                post(|session: Session| async move { session.sign_out().await.map(|()| "bye") }),
            )
            .route(
                "/debug",
                get(|session: Session, csrf: CsrfToken| async move {
                    session.flash("my secret note").map(|()| format!("{session:?} {csrf:?}"))
                }),
            )
            .route(
                "/panic",
                post(|session: Session| async move {
                    session.set(BIG, &"staged".to_owned()).unwrap();
                    if session.subject().is_some() {
                        panic!("on purpose")
                    }
                    "no"
                }),
            )
            .route("/hook/{id}", post(|| async { "hooked" }))
            .nest(
                "/admin",
                Router::new().route(
                    "/users",
                    get(|user: cloakroom::Authenticated| async move { user.subject.to_string() }),
                ),
            )
            .cloakroom(&cloakroom);
    World { browser: Client::of(app, &cloakroom), clock, hold, go_on }
}

async fn world() -> World {
    world_of(Kind::Stored).await
}

async fn world_of(kind: Kind) -> World {
    world_with(kind, SessionPolicy::default()).await
}

#[tokio::test]
async fn a_step_up_and_the_end_of_all_others_in_one_request() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        let (thief, phone) = (world.browser.stolen(), world.browser.another());
        phone.sign_in("anna", &[]).await.unwrap();
        let answer = world.browser.fetch("/password", "").await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (200, if kind.is_stored() { "1" } else { "0" }),
            "{kind:?}"
        );
        assert_eq!(world.browser.get("/who").await.text, "anna");
        assert_eq!(
            (thief.get("/who").await.text, phone.get("/who").await.text),
            (String::new(), String::new())
        );
        let again = world.browser.fetch("/recover", "").await;
        assert_eq!((again.status, again.text.as_str()), (200, "0"), "sign-in, commit, everywhere else");
        assert_eq!(world.browser.get("/who").await.text, "anna");
    }
}

/// What is durable is told to the browser, whatever became of the rest.
#[tokio::test]
async fn a_failure_after_a_step_up_signs_nobody_out() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        let answer = world.browser.fetch("/too-much", "").await;
        assert_eq!((answer.status, answer.cookies().len()), (413, 1), "{}", answer.text);
        assert_eq!(world.browser.get("/who").await.text, "anna");
    }
}

#[tokio::test]
async fn what_could_not_be_written_is_not_said_to_be_on_a_second_try() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        assert_eq!(world.browser.fetch("/retried", "").await.text, "(true, true)");
    }
}

/// A slow answer that carries a new ticket, while another request of the browser steps up.
#[tokio::test]
async fn a_late_answer_puts_no_dead_ticket_over_a_newer_one() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        world.clock.advance(Span::minutes(40));
        world.browser.get("/who").await;
        world.clock.advance(Span::minutes(21));
        let slow = {
            let browser = world.browser.clone();
            tokio::spawn(async move { browser.get("/slow").await })
        };
        world.hold.notified().await;
        assert_eq!(world.browser.fetch("/step-up", "").await.text, "up");
        world.go_on.notify_one();
        let late = slow.await.unwrap();
        assert_eq!((late.text.as_str(), late.cookies().len()), ("anna", 0), "{:?}", late.cookies());
        assert_eq!(world.browser.get("/who").await.text, "anna");
    }
}

/// The cookie of an early commit goes out with the answer; by then the browser may hold a newer one.
#[tokio::test]
async fn an_early_commit_whose_answer_is_late_puts_nothing_dead_over_a_newer_cookie() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        // Two tabs of one browser: both requests leave with the same cookie.
        let tab = world.browser.stolen();
        let paying = {
            let tab = tab.clone();
            tokio::spawn(async move { tab.fetch("/pay", "").await })
        };
        world.hold.notified().await;
        let newer = world.browser.another();
        newer.sign_in("anna", &[]).await.unwrap();
        assert_eq!(newer.fetch("/password", "").await.status, 200, "ends every other session of hers");
        world.go_on.notify_one();
        let late = paying.await.unwrap();
        assert_eq!((late.text.as_str(), late.cookies().len()), ("paid", 0), "{kind:?}: {:?}", late.cookies());
    }
}

#[tokio::test]
async fn a_page_with_a_cookie_of_ours_is_in_no_shared_cache() {
    for kind in KINDS {
        let world = world_of(kind).await;
        let first = world.browser.get("/public").await;
        assert_eq!((first.cookies().len(), first.header("cache-control")), (1, "no-store"));
    }
}

/// Or a cache that keeps what looks like a file would be led to keep somebody's page.
#[tokio::test]
async fn a_path_that_looks_like_a_file_is_no_page() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        assert_eq!(world.browser.get("/public").await.status, 200);
        for path in
            ["/public/style.css", "/public/x.js?anna", "/public%2Fstyle.css", "/public;style.css", "/public/"]
        {
            let answer = world.browser.get(path).await;
            assert_eq!((answer.status, answer.text.as_str()), (404, ""), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.cookies().is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_visitors_form_outlives_the_beginning_of_the_visitors_session() {
    for kind in KINDS {
        let world = world_of(kind).await;
        let page = world.browser.get("/form").await;
        assert_eq!(page.cookies().len(), 2, "the session begins, and the form has a cookie of its own");
        let token = page.text.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(world.browser.post("/form", &format!("_csrf={token}")).await.text, "meant");
    }
}

#[tokio::test]
async fn nothing_secret_shows_in_debug_output() {
    for kind in KINDS {
        let world = world_of(kind).await;
        world.browser.get("/form").await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        let shown = format!("{} {:?}", world.browser.get("/debug").await.text, world.browser);
        for secret in ["ckt_", "cke_", "ckm_", "secret note"]
            .into_iter()
            .chain(world.browser.cookies().values().map(String::as_str).collect::<Vec<_>>())
        {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_panic_writes_nothing() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let browser = world.browser.clone();
    assert!(tokio::spawn(async move { browser.fetch("/panic", "").await }).await.is_err());
    assert_eq!(world.browser.fetch("/retried", "").await.status, 200, "the session goes on");
}

#[tokio::test]
async fn a_route_with_a_reason_is_not_looked_at_and_no_other() {
    let world = world().await;
    let forged = |path: &str| {
        let mut request = world.browser.request(http::Method::POST, path, false);
        request.headers_mut().insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
        let browser = world.browser.clone();
        async move { browser.send(request, "").await.status }
    };
    assert_eq!(forged("/hook/7").await, 200);
    assert_eq!((forged("/form").await, forged("/hook").await, forged("/hook/7/x").await), (403, 403, 403));
}

#[tokio::test]
async fn only_listed_origins_may_read() {
    let world = world().await;
    let ask = |origin: &'static str, method: http::Method| {
        let mut request = world.browser.request(method, "/who", false);
        request.headers_mut().insert("origin", http::HeaderValue::from_static(origin));
        request.headers_mut().insert("access-control-request-method", http::HeaderValue::from_static("PUT"));
        let browser = world.browser.clone();
        async move { browser.send(request, "").await }
    };
    let allowed = ask("https://spa.example", http::Method::OPTIONS).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, "https://spa.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), "true");
    for (origin, method) in [("https://evil.example", http::Method::OPTIONS), ("null", http::Method::GET)] {
        let refused = ask(origin, method).await;
        assert!(
            refused.header("access-control-allow-origin").is_empty() && refused.header("vary") == "origin"
        );
    }
}

#[tokio::test]
async fn a_nested_route_comes_back_to_where_the_browser_was() {
    let world = world().await;
    assert_eq!(world.browser.get("/admin/users").await.header("location"), "/sign-in?return_to=/admin/users");
    for (path, expected) in [
        ("/a?b=c", "/a?b=c"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ] {
        assert_eq!(cloakroom::safe_return(path), expected);
    }
}

/// A session that has moved: it opens nothing, can be confirmed, and can always be ended.
#[tokio::test]
async fn a_moved_session_can_be_confirmed_and_ended() {
    for kind in KINDS {
        let policy = SessionPolicy { binding: BindingPolicy::StepUp, ..SessionPolicy::default() };
        let world = world_with(kind, policy).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        let from = |last: u8| {
            let mut request = world.browser.request(http::Method::POST, "/recover", false);
            request.extensions_mut().insert(PeerAddress(core::net::IpAddr::from([192, 0, last, 1])));
            request
        };
        // Signed in anew, bound to a network.
        assert_eq!(world.browser.send(from(2), "").await.status, 200);
        let at = |path: &str, last: u8, method: http::Method| {
            let mut request = from(last);
            (*request.uri_mut(), *request.method_mut()) = (path.parse().unwrap(), method);
            let browser = world.browser.clone();
            async move { browser.send(request, "").await.text }
        };
        assert_eq!(at("/who", 2, http::Method::GET).await, "anna");
        assert_eq!(at("/who", 3, http::Method::GET).await, "", "elsewhere it opens nothing");
        assert_eq!(at("/step-up", 3, http::Method::POST).await, "up");
        assert_eq!(at("/who", 3, http::Method::GET).await, "anna", "confirmed there");
        let copy = world.browser.stolen();
        assert_eq!(at("/sign-out", 2, http::Method::POST).await, "bye", "from where it opens nothing");
        let mut request = from(3);
        (*request.uri_mut(), *request.method_mut()) = ("/who".parse().unwrap(), http::Method::GET);
        assert_eq!(copy.send(request, "").await.text, "", "a copy is ended too");
    }
}
