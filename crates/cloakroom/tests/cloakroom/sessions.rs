//! Data, lazily and in one piece.

use crate::app::world;
use cloakroom::Span;

#[tokio::test]
async fn reading_opens_nothing_and_sets_no_cookie() {
    let world = world().await;
    for path in ["/", "/cart", "/who"] {
        let answer = world.browser.get(path).await;
        assert_eq!((answer.status, answer.cookies().len()), (200, 0), "{path}");
    }
    assert!(world.browser.get("/").await.header("cache-control").is_empty(), "it depends on nobody");
    assert_eq!(world.browser.get("/cart").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_first_write_opens_a_visitors_session_and_the_cookie_comes_once() {
    let world = world().await;
    let first = world.browser.fetch("/cart/coat", "").await;
    assert_eq!(first.text, "coat");
    let cookies = first.cookies();
    assert!(cookies[0].starts_with("__Host-Http-cloakroom_anon=ckt_"), "{cookies:?}");
    assert!(cookies[0].contains("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=") && cookies.len() == 1);
    let second = world.browser.fetch("/cart/hat", "").await;
    assert_eq!((second.text.as_str(), second.cookies().len()), ("coat,hat", 0), "not on every answer");
    assert_eq!(world.browser.get("/cart").await.text, "coat,hat");
    assert_eq!(world.browser.another().get("/cart").await.text, "", "another browser, another cart");
}

#[tokio::test]
async fn an_answer_of_500_drops_what_was_staged_and_keeps_what_was_committed() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    assert_eq!(world.browser.fetch("/fail", "").await.status, 500);
    assert_eq!(visits(&world).await, None);
    assert_eq!(world.browser.fetch("/committed-and-failed", "").await.status, 500);
    assert_eq!(visits(&world).await, Some(7));
}

async fn visits(world: &crate::app::World) -> Option<u32> {
    let anna = "anna".parse().unwrap();
    let session = world.cloakroom.sessions_of(&anna).await.unwrap().remove(0);
    session.data.value("visits").and_then(|value| value.first().copied()).map(u32::from)
}

#[tokio::test]
async fn a_session_runs_out_when_it_is_not_used_and_slides_when_it_is() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    for _ in 0..5 {
        world.clock.advance(Span::minutes(50));
        assert_eq!(world.browser.get("/notes").await.text, "anna");
    }
    world.clock.advance(Span::minutes(61));
    let late = world.browser.fetch("/cart/coat", "").await;
    assert_eq!(late.status, 401, "a write to a session that ran out: {}", late.text);
    assert!(late.cookies().is_empty(), "nothing is opened, nothing is cleared");
    assert_eq!(world.browser.get("/who").await.text, "nobody");
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let world = world().await;
    world.browser.fetch("/flash/saved", "").await;
    world.browser.fetch("/flash/really", "").await;
    assert_eq!(world.browser.get("/flashes").await.text, "saved|really");
    assert_eq!(world.browser.get("/flashes").await.text, "");
}

#[tokio::test]
async fn our_cookie_twice_is_refused() {
    let world = world().await;
    let mut request = world.browser.request(http::Method::GET, "/who", true);
    request
        .headers_mut()
        .append("cookie", "__Host-Http-cloakroom=a; __Host-Http-cloakroom=b".parse().unwrap());
    let answer = world.browser.send(request, "").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("urn:cloakroom:problem:duplicate-cookie"), "{}", answer.text);
    assert!(!answer.header("content-security-policy").is_empty(), "headers on errors too");
}

#[tokio::test]
async fn a_ticket_nobody_was_given_is_nobody_for_reads_and_401_for_writes() {
    let world = world().await;
    for forged in ["ckt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "hello", "ckt_"] {
        let browser = world.browser.another();
        browser.set_cookie("__Host-Http-cloakroom", forged);
        assert_eq!(browser.get("/who").await.text, "nobody", "{forged}");
        let written = browser.fetch("/cart/coat", "").await;
        assert_eq!((written.status, written.cookies().len()), (401, 0), "{forged}");
        let page = browser.get("/notes").await;
        assert_eq!((page.status, page.header("location")), (303, "/sign-in?return_to=/notes"));
    }
}

/// Guessing: a network that presents many tickets of nobody is held up; sessions that are known go on, and so do others.
#[tokio::test]
async fn who_guesses_is_held_up_and_who_is_known_is_not() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let from = |browser: &cloakroom::testing::Client<cloakroom::Protected>, network: u8| {
        let mut request = browser.request(http::Method::GET, "/who", true);
        let address = core::net::IpAddr::from([192, 0, network, 1]);
        request.extensions_mut().insert(cloakroom::PeerAddress(address));
        let browser = browser.clone();
        async move { browser.send(request, "").await }
    };
    assert_eq!(from(&world.browser, 2).await.text, "anna");
    let guesser = world.browser.another();
    for guess in 0..60 {
        guesser.set_cookie("__Host-Http-cloakroom", &format!("ckt_AAAA{guess:A<39}"));
        assert_eq!(from(&guesser, 2).await.status, 200, "guess {guess}");
    }
    let held_up = from(&guesser, 2).await;
    assert_eq!((held_up.status, held_up.cookies().len()), (429, 0), "{}", held_up.text);
    assert_eq!(from(&world.browser, 2).await.text, "anna", "known, in the same network");
    assert_eq!(from(&guesser, 3).await.status, 200, "another network");
    world.clock.advance(Span::minutes(1));
    assert_eq!(from(&guesser, 2).await.text, "nobody");
}

/// In an address it would stand in histories and logs, in another header anybody's script could send it.
#[tokio::test]
async fn a_ticket_is_taken_from_its_cookie_and_from_nowhere_else() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let ticket = world.browser.cookies()["__Host-Http-cloakroom"].clone();
    for (path, header) in [
        (format!("/who?__Host-Http-cloakroom={ticket}"), None),
        (format!("/who?session={ticket}"), None),
        ("/who".to_owned(), Some(("authorization", format!("Bearer {ticket}")))),
        ("/who".to_owned(), Some(("x-session", ticket.clone()))),
        ("/who".to_owned(), Some(("cookie", format!("session={ticket}")))),
        ("/who".to_owned(), Some(("cookie", format!("__Host-Http-cloakroom%20={ticket}")))),
        ("/who".to_owned(), Some(("cookie", format!("__host-http-cloakroom={ticket}")))),
        ("/who".to_owned(), Some(("cookie", format!("__Host-Http-cloakroom=\"{ticket}\"")))),
    ] {
        let other = world.browser.another();
        let mut request = other.request(http::Method::GET, &path, true);
        if let Some((name, value)) = &header {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        assert_eq!(other.send(request, "").await.text, "nobody", "{path} {header:?}");
    }
}
