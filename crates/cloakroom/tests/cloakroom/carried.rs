//! Sessions that their cookies carry, as browsers meet them. What they share with the others is in `kinds` and `together`.

use crate::kinds::{Kind, signed_in, who, world};
use cloakroom::Span;

const CARRIED: [Kind; 2] = [Kind::Sealed, Kind::Signed];
const SIGNED_IN: &str = "__Host-Http-cloakroom";
const VISITOR: &str = "__Host-Http-cloakroom_anon";

#[tokio::test]
async fn a_changed_cookie_is_nobody_for_reads_and_400_for_writes_and_can_always_be_left() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        let value = world.browser.cookies()[SIGNED_IN].clone();
        let browser = world.browser.another();
        let (front, back) = value.split_at(60);
        let other = if back.starts_with('A') { 'B' } else { 'A' };
        browser.set_cookie(SIGNED_IN, &format!("{front}{other}{}", &back[1..]));
        assert_eq!(who(&browser).await, "nobody");
        let page = browser.get("/notes").await;
        assert_eq!((page.status, page.header("location")), (303, "/sign-in?return_to=/notes"));
        let written = browser.fetch("/cart/coat", "").await;
        assert_eq!((written.status, written.cookies().len()), (400, 0), "{kind:?}");
        assert!(written.text.contains("urn:cloakroom:problem:tampered-cookie"), "{}", written.text);
        let form = browser.get("/sign-in").await;
        let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
        assert_eq!(browser.post("/sign-in", &fields).await.text, "welcome", "{kind:?}");
        assert_eq!(who(&browser).await, "anna");
        browser.set_cookie(SIGNED_IN, "cke_AAAA");
        assert_eq!(browser.fetch("/sign-out", "").await.text, "bye", "signing out is never refused");
        assert!(browser.cookies().is_empty());
    }
}

/// What no key of ours ever made is dead, and nothing more: a key that was destroyed, the other kind, a ticket.
#[tokio::test]
async fn what_we_never_made_is_nobody_for_reads_and_401_for_writes() {
    let (sealed, signed) = (signed_in(Kind::Sealed).await, signed_in(Kind::Signed).await);
    let (of_sealed, of_signed) =
        (sealed.browser.cookies()[SIGNED_IN].clone(), signed.browser.cookies()[SIGNED_IN].clone());
    let unknown_key = format!("cke_AQAJ{}", &of_sealed[8..]);
    let ticket = format!("ckt_{}", "A".repeat(43));
    for (world, value) in [
        (&sealed, of_signed.as_str()),
        (&sealed, &unknown_key),
        (&sealed, &ticket),
        (&sealed, "cke_"),
        (&sealed, "cke_AAAA"),
        (&sealed, "hello"),
        (&signed, &of_sealed),
        (&signed, "ckm_"),
    ] {
        let browser = world.browser.another();
        browser.set_cookie(SIGNED_IN, value);
        assert_eq!(who(&browser).await, "nobody", "{value}");
        let written = browser.fetch("/cart/coat", "").await;
        assert_eq!((written.status, written.cookies().len()), (401, 0), "{value}: {}", written.text);
    }
}

/// The cookie is made anew once in a twentieth of the idle limit, and not with every answer.
#[tokio::test]
async fn the_cookie_comes_once_in_a_while_and_not_on_every_answer() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        for (span, cookies) in [
            (Span::minutes(0), 0),
            (Span::minutes(2), 0),
            (Span::minutes(1), 1),
            (Span::minutes(1), 0),
            (Span::minutes(2), 1),
        ] {
            world.clock.advance(span);
            let answer = world.browser.get("/who").await;
            assert_eq!(
                (answer.text.as_str(), answer.cookies().len()),
                ("anna", cookies),
                "{kind:?} {span:?}"
            );
            assert_eq!(world.browser.get("/").await.cookies().len(), 0, "a page that does not ask");
        }
    }
}

/// An answer to a WebSocket's handshake is read by nobody who keeps cookies in order.
#[tokio::test]
async fn a_websocket_takes_no_cookie_along() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        world.clock.advance(Span::minutes(10));
        let mut request = world.browser.request(http::Method::GET, "/who", false);
        for (name, value) in
            [("upgrade", "websocket"), ("connection", "upgrade"), ("origin", "https://app.example")]
        {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = world.browser.send(request, "").await;
        assert_eq!((answer.text.as_str(), answer.cookies().len()), ("anna", 0), "{kind:?}");
        assert_eq!(world.browser.get("/who").await.cookies().len(), 1);
    }
}

#[tokio::test]
async fn a_visitors_cart_is_carried_and_left_behind_at_sign_in() {
    for kind in CARRIED {
        let world = world(kind).await;
        world.browser.fetch("/cart/coat", "").await;
        assert!(world.browser.cookies()[VISITOR].starts_with("ck"));
        let visitor = world.browser.stolen();
        assert_eq!(visitor.get("/cart").await.text, "coat");
        assert_eq!(world.cloakroom.engine().known_sessions(), 0, "in nobody's place in memory");
        let form = world.browser.get("/sign-in").await;
        let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
        assert_eq!(world.browser.post("/sign-in", &fields).await.text, "welcome");
        assert!(!world.browser.cookies().contains_key(VISITOR), "{kind:?}");
        assert_eq!(world.browser.get("/cart").await.text, "", "nothing was declared to come along");
        assert_eq!(who(&visitor).await, "nobody", "a pre-sign-in cookie never authenticates");
        // Under the other name it is not what it was made for.
        let value = visitor.cookies()[VISITOR].clone();
        visitor.set_cookie(SIGNED_IN, &value);
        assert_eq!(visitor.fetch("/cart/hat", "").await.status, 400);
    }
}

/// A cookie says itself when it was made. That this process has seen it since does not prolong it: another one has not.
#[tokio::test]
async fn a_copy_that_takes_no_new_cookie_runs_out() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        let cookie = world.browser.cookies()[SIGNED_IN].clone();
        let shown = async || {
            let copy = world.browser.another();
            copy.set_cookie(SIGNED_IN, &cookie);
            who(&copy).await
        };
        for _ in 0..59 {
            assert_eq!(shown().await, "anna", "{kind:?}");
            world.clock.advance(Span::minutes(1));
        }
        assert_eq!(shown().await, "anna");
        world.clock.advance(Span::minutes(1));
        assert_eq!(shown().await, "nobody", "{kind:?}");
    }
}

/// Longer than any cookie we make: nobody's, and neither hashed nor decrypted.
#[tokio::test]
async fn what_is_longer_than_a_cookie_is_nobody() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        let value = world.browser.cookies()[SIGNED_IN].clone();
        let browser = world.browser.another();
        browser.set_cookie(SIGNED_IN, &format!("{value}{}", "A".repeat(5_000)));
        assert_eq!(who(&browser).await, "nobody");
        assert_eq!(browser.fetch("/cart/coat", "").await.status, 401, "{kind:?}: not even looked at");
    }
}

/// However full it is, what protects the session still fits.
#[tokio::test]
async fn a_full_session_can_be_stepped_up_and_ended_elsewhere() {
    for kind in CARRIED {
        let world = signed_in(kind).await;
        let (mut fits, mut too_much) = (0, 4_000);
        while too_much - fits > 1 {
            let middle = (fits + too_much) / 2;
            let copy = world.browser.stolen();
            match copy.fetch(&format!("/cart/{}", "x".repeat(middle)), "").await.status {
                200 => fits = middle,
                _ => too_much = middle,
            }
        }
        assert_eq!(world.browser.fetch(&format!("/cart/{}", "x".repeat(fits)), "").await.status, 200);
        assert_eq!(world.browser.fetch("/step-up", "").await.text, "up", "{kind:?}");
        assert_eq!(world.browser.fetch("/elsewhere", "").await.status, 200, "{kind:?}");
    }
}
