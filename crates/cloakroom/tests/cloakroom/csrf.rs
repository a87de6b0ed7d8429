//! Requests that nobody meant.

use crate::app::{self, World, world};
use crate::kinds::Kind;
use cloakroom::Span;
use cloakroom::testing::{self, Answer, Client, ManualClock};
use http::{HeaderValue, Method};

async fn post_from(world: &World, site: Option<&str>, origin: Option<&str>, body: &str) -> Answer {
    let mut request = world.browser.request(Method::POST, "/form", false);
    let headers = request.headers_mut();
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        headers.remove(name);
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    world.browser.send(request, body).await
}

#[tokio::test]
async fn where_a_request_comes_from_decides() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    for (site, origin, status) in [
        (Some("same-origin"), Some("https://app.example"), 200),
        (Some("cross-site"), Some("https://evil.example"), 403),
        (Some("cross-site"), None, 403),
        (Some("same-site"), Some("https://blog.app.example"), 403),
        (None, Some("https://evil.example"), 403),
        (None, Some("null"), 403),
        (None, None, 403),
        (None, Some("https://app.example"), 403),
    ] {
        let answer = post_from(&world, site, origin, "").await;
        assert_eq!(answer.status, status, "{site:?} {origin:?}: {}", answer.text);
    }
}

/// Over HTTP/2 a WebSocket is opened by CONNECT, without an upgrade and without a key. What it would be let in to answers 405
/// here: nobody routes it.
#[tokio::test]
async fn a_websocket_over_http_2_comes_from_us_or_not_at_all() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let own = Some("https://app.example");
    for (site, origin, version, status) in [
        (Some("same-origin"), own, true, 405),
        (None, own, true, 405),
        (Some("cross-site"), Some("https://evil.example"), true, 403),
        (None, Some("https://evil.example"), true, 403),
        (None, None, true, 403),
        (None, own, false, 403),
    ] {
        let mut request = world.browser.request(Method::CONNECT, "/who", false);
        let headers = request.headers_mut();
        for name in ["sec-fetch-site", "sec-fetch-mode", "origin"] {
            headers.remove(name);
        }
        let version = version.then_some("13");
        for (name, value) in
            [("sec-fetch-site", site), ("origin", origin), ("sec-websocket-version", version)]
        {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        let answer = world.browser.send(request, "").await;
        assert_eq!(answer.status, status, "{site:?} {origin:?} {version:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_session() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let token = world.browser.get("/form").await.csrf_token().to_owned();
    assert_eq!(world.browser.post("/form", &format!("a=1&_csrf={token}")).await.text, "meant");
    let other = world.browser.another();
    other.sign_in("bob", &[]).await.unwrap();
    let foreign = other.get("/form").await.csrf_token().to_owned();
    for body in ["".to_owned(), "_csrf=".to_owned(), format!("_csrf={foreign}"), format!("_csrf={token}x")] {
        let refused = world.browser.post("/form", &body).await;
        assert_eq!((refused.status, refused.header("location")), (303, "/_cloakroom/refused"), "{body}");
    }
    let page = world.browser.get("/_cloakroom/refused").await;
    assert!(
        page.status == 403 && page.text.contains("Nothing was changed") && !page.text.contains("<script")
    );
}

#[tokio::test]
async fn script_may_send_the_token_in_a_header() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let token = world.browser.get("/form").await.csrf_token().to_owned();
    for name in ["x-csrf-token", "x-csrftoken"] {
        let mut request = world.browser.request(Method::POST, "/form", false);
        request.headers_mut().remove("sec-fetch-site");
        request.headers_mut().insert(name, HeaderValue::from_str(&token).unwrap());
        assert_eq!(world.browser.send(request, "").await.text, "meant", "{name}");
    }
}

#[tokio::test]
async fn a_form_with_files_has_its_token_in_front() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let token = world.browser.get("/form").await.csrf_token().to_owned();
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let upload = |parts: String| {
        let mut request = world.browser.request(Method::POST, "/form", true);
        let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
        request.headers_mut().insert("content-type", kind);
        let browser = world.browser.clone();
        async move { browser.send(request, &format!("{parts}--x--\r\n")).await.status }
    };
    let file = part("file", &"y".repeat(100_000));
    assert_eq!(upload(part("_csrf", &token) + &file).await, 200);
    assert_eq!(upload(file.clone() + &part("_csrf", &token)).await, 303);
    assert_eq!(upload(file).await, 303);
}

/// Login CSRF: nobody can be signed in by a page that is not ours.
#[tokio::test]
async fn a_sign_in_form_has_a_token_of_its_browser() {
    let world = world().await;
    let attacker = world.browser.another();
    let theirs = attacker.get("/sign-in").await.csrf_token().to_owned();
    let body = |token: &str| format!("_csrf={token}&user=anna&password=correct+horse");
    assert_eq!(
        world.browser.post("/sign-in", &body(&theirs)).await.status,
        303,
        "a browser without a page of ours"
    );
    let ours = world.browser.get("/sign-in").await.csrf_token().to_owned();
    assert_eq!(world.browser.post("/sign-in", &body(&theirs)).await.status, 303, "somebody else's token");
    assert_eq!(world.browser.post("/sign-in", &body(&ours)).await.text, "welcome");
}

/// Invariant 13: forms stay open for long, and survive one periodic rotation, but no other change of the ticket.
#[tokio::test]
async fn a_token_outlives_a_rotation_and_no_step_up() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let token = world.browser.get("/form").await.csrf_token().to_owned();
    let before = world.browser.cookies();
    for minutes in [40, 21] {
        world.clock.advance(Span::minutes(minutes));
        world.browser.get("/who").await;
    }
    assert_ne!(world.browser.cookies(), before, "the ticket was replaced");
    world.browser.get("/who").await;
    assert_eq!(world.browser.post("/form", &format!("_csrf={token}")).await.text, "meant");
    world.browser.fetch("/step-up", "").await;
    assert_eq!(world.browser.post("/form", &format!("_csrf={token}")).await.status, 303);
}

/// BASE-17, and what Django and Angular do: script reads the token from a cookie. A sibling host can plant such a cookie, so
/// the cookie alone is nothing, and neither is a token of somebody else.
#[tokio::test]
async fn script_may_read_its_token_from_a_cookie_and_the_cookie_alone_is_nothing() {
    const READABLE: &str = "__Host-cloakroom_csrf";
    for kind in [Kind::Stored, Kind::Sealed] {
        let clock = ManualClock::default();
        let cloakroom = kind.of(testing::builder(&clock)).csrf_cookie().build().await.unwrap();
        let browser = Client::of(app::router(&cloakroom), &cloakroom);
        let send = async |token: Option<&str>| {
            let mut request = browser.request(Method::POST, "/form", false);
            request.headers_mut().remove("sec-fetch-site");
            if let Some(token) = token {
                request.headers_mut().insert("x-csrftoken", HeaderValue::from_str(token).unwrap());
            }
            browser.send(request, "").await.status
        };
        let shown = || browser.cookies()[READABLE].clone();
        let page = browser.get("/form").await;
        let cookies = page.cookies();
        let readable = cookies.iter().find(|cookie| cookie.starts_with(READABLE)).unwrap();
        assert!(
            readable.contains("; Secure; SameSite=Strict") && !readable.contains("HttpOnly"),
            "{readable}"
        );
        let of_visitor = shown();
        assert_eq!((send(Some(&of_visitor)).await, send(None).await), (200, 403), "{kind:?}");

        let form = format!("user=anna&password=correct+horse&_csrf={of_visitor}");
        assert_eq!(browser.post("/sign-in", &form).await.text, "welcome");
        let of_session = shown();
        assert_eq!((send(Some(&of_session)).await, send(Some(&of_visitor)).await), (200, 403), "{kind:?}");
        let other = browser.another();
        other.sign_in("bob", &[]).await.unwrap();
        other.get("/form").await;
        let planted = other.cookies()[READABLE].clone();
        browser.set_cookie(READABLE, &planted);
        assert_eq!((send(Some(&planted)).await, send(None).await), (403, 403), "{kind:?}");

        browser.set_cookie(READABLE, &of_session);
        assert_eq!(browser.fetch("/step-up", "").await.text, "up");
        assert_eq!((send(Some(&shown())).await, send(Some(&of_session)).await), (200, 403), "{kind:?}");
        browser.fetch("/sign-out", "").await;
        assert!(browser.cookies().is_empty());
    }
}

/// An app that is one page never asks for another one: the token it reads keeps up with the ticket.
#[tokio::test]
async fn the_token_that_script_reads_outlives_every_rotation() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let clock = ManualClock::default();
        let cloakroom = kind.of(testing::builder(&clock)).csrf_cookie().build().await.unwrap();
        let browser = Client::of(app::router(&cloakroom), &cloakroom);
        browser.sign_in("anna", &[]).await.unwrap();
        browser.get("/form").await;
        for round in 0..10 {
            clock.advance(Span::minutes(40));
            browser.get("/who").await;
            let mut request = browser.request(Method::POST, "/form", false);
            request.headers_mut().remove("sec-fetch-site");
            let token = browser.cookies()["__Host-cloakroom_csrf"].clone();
            request.headers_mut().insert("x-csrf-token", HeaderValue::from_str(&token).unwrap());
            assert_eq!(browser.send(request, "").await.text, "meant", "{kind:?} {round}");
        }
    }
}

/// A handler that changes something says so in its signature; a GET never gets there.
#[tokio::test]
async fn reading_is_never_a_request_that_was_meant() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let answer = world.browser.get("/meant").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("csrf-refused"), "{}", answer.text);
    assert_eq!(world.browser.fetch("/meant", "").await.text, "meant");
    let token = world.browser.get("/form").await.csrf_token().to_owned();
    assert_eq!(world.browser.get(&format!("/meant?_csrf={token}")).await.status, 403);
}
