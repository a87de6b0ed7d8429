//! Signing in, stepping up, signing out.

use crate::app::{router, world};
use crate::kinds::Kind;
use cloakroom::Span;
use cloakroom::testing::{self, Client, ManualClock};

#[tokio::test]
async fn sign_in_with_a_password_from_a_form() {
    let world = world().await;
    let page = world.browser.get("/sign-in").await;
    assert!(page.cookies()[0].starts_with("__Host-Http-cloakroom_pre="), "{:?}", page.cookies());
    let token = page.csrf_token().to_owned();
    let post = |user: &str, password: &str| {
        let form = format!("_csrf={token}&user={user}&password={password}");
        let browser = world.browser.clone();
        async move { browser.post("/sign-in", &form).await }
    };
    for (user, password) in [("anna", "wrong"), ("nobody", "correct+horse"), ("nobody", "nobody's+password")]
    {
        let answer = post(user, password).await;
        assert_eq!((answer.status, answer.cookies().len()), (401, 0), "{user} {password}");
    }
    let welcome = post("anna", "correct+horse").await;
    assert_eq!(welcome.text, "welcome");
    assert!(welcome.cookies()[0].starts_with("__Host-Http-cloakroom=ckt_"));
    assert_eq!(world.browser.get("/notes").await.text, "anna");
}

/// Fixation: what a visitor's ticket opened before is not what the signed-in one opens, and the old one is dead.
#[tokio::test]
async fn a_visitors_ticket_never_becomes_somebodys() {
    let world = world().await;
    world.browser.fetch("/cart/coat", "").await;
    let planted = world.browser.stolen();
    let token = world.browser.get("/sign-in").await.csrf_token().to_owned();
    let signed_in =
        world.browser.post("/sign-in", &format!("_csrf={token}&user=anna&password=correct+horse")).await;
    assert_eq!(signed_in.text, "welcome", "a visitor with a session has the token of that session");
    assert_eq!(world.browser.get("/who").await.text, "anna");
    assert_eq!(world.browser.get("/cart").await.text, "", "nothing comes along that was not declared");
    assert!(
        !world.browser.cookies().contains_key("__Host-Http-cloakroom_anon"),
        "the visitor's cookie is cleared"
    );
    assert_eq!(planted.get("/who").await.text, "nobody");
    assert_eq!(planted.get("/cart").await.text, "");
}

#[tokio::test]
async fn sign_out_is_durable_at_once_and_clears_our_cookies() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let thief = world.browser.stolen();
    assert_eq!(thief.get("/who").await.text, "anna");
    world.browser.set_cookie("__Host-Http-cloakroom_pre", "known to whoever used this browser before");
    let bye = world.browser.fetch("/sign-out", "").await;
    assert_eq!(bye.text, "bye");
    assert!(bye.cookies().iter().all(|cookie| cookie.ends_with("; Max-Age=0")), "{:?}", bye.cookies());
    assert!(world.browser.cookies().is_empty(), "{:?}", world.browser.cookies());
    assert_eq!(bye.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(thief.get("/who").await.text, "nobody", "a stolen ticket after sign-out");
}

#[tokio::test]
async fn sign_out_elsewhere_ends_the_others_and_renews_this_one() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let (thief, phone) = (world.browser.stolen(), world.browser.another());
    phone.sign_in("anna", &[]).await.unwrap();
    assert_eq!(world.browser.fetch("/elsewhere", "").await.text, "1");
    assert_eq!(phone.get("/who").await.text, "nobody");
    assert_eq!(thief.get("/who").await.text, "nobody", "a copy of the old ticket");
    assert_eq!(world.browser.get("/who").await.text, "anna");
}

#[tokio::test]
async fn a_fresh_proof_opens_what_an_old_one_does_not() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    assert_eq!(world.browser.get("/transfer").await.status, 200);
    world.clock.advance(Span::minutes(10));
    let stale = world.browser.get("/transfer").await;
    assert!(stale.status == 401 && stale.text.contains("step-up-required"), "{}", stale.text);
    let thief = world.browser.stolen();
    assert_eq!(world.browser.fetch("/step-up", "").await.text, "up");
    assert_eq!(world.browser.get("/transfer").await.status, 200);
    assert_eq!(thief.get("/transfer").await.status, 303, "the ticket from before");
}

#[tokio::test]
async fn roles_are_asked_for_by_type() {
    let world = world().await;
    assert_eq!(world.browser.get("/admin").await.status, 303);
    world.browser.sign_in("anna", &["staff"]).await.unwrap();
    assert_eq!(world.browser.get("/admin").await.status, 403);
    let boss = world.browser.another();
    boss.sign_in("root", &["admin"]).await.unwrap();
    assert_eq!(boss.get("/admin").await.text, "root");
}

#[tokio::test]
async fn script_gets_401_where_a_browser_is_sent_to_the_sign_in_page() {
    let world = world().await;
    let asked =
        world.browser.send(world.browser.request(http::Method::GET, "/notes?a=1&b=2", false), "").await;
    assert_eq!((asked.status, asked.header("content-type")), (401, "application/problem+json"));
    let went = world.browser.get("/notes?a=1&b=2").await;
    assert_eq!(went.header("location"), "/sign-in?return_to=/notes%3Fa%3D1%26b%3D2");
}

/// Periodic rotation, as a browser sees it: a new cookie once, both work for a while.
#[tokio::test]
async fn tickets_are_replaced_without_anybody_noticing() {
    let world = world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let old = world.browser.cookies();
    for minutes in [40, 21] {
        world.clock.advance(Span::minutes(minutes));
        assert_eq!(world.browser.get("/who").await.text, "anna");
    }
    let new = world.browser.cookies();
    assert_ne!(old, new, "a new ticket was handed out");
    assert_eq!(world.browser.get("/who").await.text, "anna");
    assert!(world.browser.get("/who").await.cookies().is_empty());
    let straggler = world.browser.another();
    old.iter().for_each(|(name, value)| straggler.set_cookie(name, value));
    assert_eq!(straggler.get("/who").await.text, "anna", "a request that was under way");
    world.clock.advance(Span::seconds(31));
    assert_eq!(straggler.get("/who").await.text, "nobody", "two holders");
    assert_eq!(world.browser.get("/who").await.text, "nobody", "for both");
}

/// An account without a password (`!`, from an import) is no other than one that does not exist, and no error.
#[tokio::test]
async fn an_account_without_a_password_lets_nobody_in_and_shows_nothing() {
    let world = world().await;
    let token = world.browser.get("/sign-in").await.csrf_token().to_owned();
    for user in ["locked", "nobody"] {
        let form = format!("_csrf={token}&user={user}&password=correct+horse");
        let answer = world.browser.post("/sign-in", &form).await;
        assert_eq!((answer.status, answer.text.as_str()), (401, ""), "{user}");
    }
}

/// Whose session is over comes to the sign-in page with a dead cookie. What is left for them there arrives; anywhere else a
/// write is refused, because it would go into a session they do not know of.
#[tokio::test]
async fn at_an_entrance_a_session_that_is_over_is_none() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let clock = ManualClock::default();
        let builder = kind.of(testing::builder(&clock)).entrance("/flash/wrong").entrance("/flashes");
        let cloakroom = builder.build().await.unwrap();
        let browser = Client::of(router(&cloakroom), &cloakroom);
        browser.sign_in("anna", &[]).await.unwrap();
        clock.advance(Span::hours(2));
        assert_eq!(browser.fetch("/flash/elsewhere", "").await.status, 401, "{kind:?}");
        let answer = browser.fetch("/flash/wrong", "").await;
        assert_eq!((answer.status, answer.cookies().len()), (200, 1), "{kind:?}: {}", answer.text);
        assert_eq!(browser.get("/flashes").await.text, "wrong", "{kind:?}");
        assert_eq!(browser.get("/flashes").await.text, "", "shown once");
        assert_eq!(browser.get("/who").await.text, "nobody");
        let form = browser.get("/sign-in").await;
        let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
        assert_eq!(browser.post("/sign-in", &fields).await.text, "welcome", "{kind:?}");
        assert_eq!(browser.get("/who").await.text, "anna");
        assert_eq!(browser.get("/flashes").await.text, "", "nobody else's message");
    }
}

/// A live session is one at an entrance too.
#[tokio::test]
async fn at_an_entrance_a_live_session_goes_on() {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).entrance("/who").build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    assert_eq!(browser.get("/who").await.text, "anna");
}

/// What a browser is shown whose proof is too old, or who has not the role.
#[tokio::test]
async fn a_stale_proof_leads_to_the_page_that_asks_for_a_fresh_one_and_back() {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).confirm_page("/confirm").build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    assert_eq!(browser.get("/transfer").await.text, "anna");
    clock.advance(Span::minutes(20));
    let sent = browser.get("/transfer").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/confirm?return_to=/transfer"));
    let script = browser.send(browser.request(http::Method::GET, "/transfer", false), "").await;
    assert_eq!((script.status, script.header("content-type")), (401, "application/problem+json"));
    assert_eq!(browser.fetch("/step-up", "").await.text, "up");
    assert_eq!(browser.get("/transfer").await.text, "anna");

    let page = browser.get("/admin").await;
    assert_eq!((page.status, page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text.contains("urn:cloakroom:problem:forbidden"), "{}", page.text);
}
