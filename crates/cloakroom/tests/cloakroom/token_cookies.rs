//! Browsers with tokens in two cookies: who is signed in is known without a look-up, and renewing is nobody's business.

use crate::app::router;
use axum::Router;
use axum::routing::{get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    Authenticated, By, Cloakroom, CloakroomExt, Fresh, Protected, Session, SessionError, SignedInClass, Span,
    Tokens,
};
use http::{HeaderValue, Method};

const ACCESS: &str = "__Host-Http-cloakroom_access";
const REFRESH: &str = "__Host-Http-cloakroom_refresh";

struct World {
    cloakroom: Cloakroom,
    clock: ManualClock,
    browser: Client<Protected>,
}

async fn world() -> World {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).tokens(Tokens::new().in_cookies()).build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    World { cloakroom, clock, browser }
}

async fn signed_in() -> World {
    let world = world().await;
    let form = world.browser.get("/sign-in").await;
    let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
    let answer = world.browser.post("/sign-in", &fields).await;
    assert_eq!(answer.text, "welcome", "{answer:?}");
    world
}

async fn who(browser: &Client<Protected>) -> String {
    browser.get("/who").await.text
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.cookies().iter().filter_map(|cookie| cookie.split('=').next()).collect()
}

#[tokio::test]
async fn signing_in_sets_two_cookies_with_all_that_protects_them() {
    let world = world().await;
    let form = world.browser.get("/sign-in").await;
    let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
    let answer = world.browser.post("/sign-in", &fields).await;
    let cookies = answer.cookies();
    let access = cookies.iter().find(|cookie| cookie.starts_with(ACCESS)).unwrap();
    let refresh = cookies.iter().find(|cookie| cookie.starts_with(REFRESH)).unwrap();
    assert!(access.contains("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="));
    assert!(refresh.contains("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age="));
    assert!(cookies.iter().all(|cookie| !cookie.starts_with("__Host-Http-cloakroom=")));
    assert_eq!(who(&world.browser).await, "anna");
}

#[tokio::test]
async fn it_is_renewed_in_silence_with_the_answer_that_needs_it() {
    let world = signed_in().await;
    for _ in 0..30 {
        let before = world.browser.cookies();
        assert_eq!(names(&world.browser.get("/who").await), Vec::<&str>::new(), "nothing to do");
        world.clock.advance(Span::minutes(10));
        let answer = world.browser.get("/who").await;
        assert_eq!(answer.text, "anna");
        assert_eq!(names(&answer), [ACCESS, REFRESH]);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_ne!(world.browser.cookies(), before);
        if world.browser.get("/who").await.text != "anna" {
            break;
        }
    }
    assert_eq!(world.browser.get("/").await.cookies().len(), 0, "a page that does not ask");
}

/// Whoever only has the access token is in until it is over; whoever only has the refresh token gets a new one.
#[tokio::test]
async fn each_of_the_two_cookies_alone() {
    let world = signed_in().await;
    let jar = world.browser.cookies();
    let (access, refresh) = (world.browser.another(), world.browser.another());
    access.set_cookie(ACCESS, &jar[ACCESS]);
    refresh.set_cookie(REFRESH, &jar[REFRESH]);
    assert_eq!(who(&access).await, "anna");
    let renewed = refresh.get("/who").await;
    assert_eq!((renewed.text.as_str(), names(&renewed)), ("anna", vec![ACCESS, REFRESH]));
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&access).await, "nobody");
    let page = access.get("/notes").await;
    assert_eq!((page.status, page.header("location")), (303, "/sign-in?return_to=/notes"));
}

#[tokio::test]
async fn signing_out_ends_both_and_what_was_copied() {
    let world = signed_in().await;
    let thief = world.browser.stolen();
    let bye = world.browser.fetch("/sign-out", "").await;
    assert_eq!(bye.text, "bye");
    assert_eq!(bye.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(world.browser.cookies().is_empty(), "{:?}", world.browser.cookies());
    assert_eq!(who(&thief).await, "nobody");
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&thief).await, "nobody");
}

/// The sign-in of a browser whose access token is over: it is still that sign-in that ends.
#[tokio::test]
async fn signing_out_with_a_token_that_is_over() {
    let world = signed_in().await;
    let thief = world.browser.stolen();
    world.clock.advance(Span::minutes(11));
    assert_eq!(world.browser.fetch("/sign-out", "").await.text, "bye");
    assert!(world.browser.cookies().is_empty());
    assert_eq!(who(&thief).await, "nobody");
}

#[tokio::test]
async fn a_copied_refresh_cookie_is_found_out() {
    let world = signed_in().await;
    let thief = world.browser.stolen();
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&thief).await, "anna", "the thief renews first");
    world.clock.advance(Span::minutes(1));
    assert_eq!(who(&world.browser).await, "nobody", "the owner renews too: two hold it");
    assert_eq!(who(&thief).await, "nobody", "and both are out, at once");
    let events = world.cloakroom.recent_events(10).await.unwrap();
    assert!(events.iter().any(|event| event.name.as_str() == "token_family_theft"));
    // The way back in is open.
    let form = world.browser.get("/sign-in").await;
    let fields = format!("user=anna&password=correct+horse&_csrf={}", form.csrf_token());
    assert_eq!(world.browser.post("/sign-in", &fields).await.text, "welcome");
    assert_eq!(who(&world.browser).await, "anna");
}

#[tokio::test]
async fn stepping_up_makes_every_copy_worthless() {
    let world = signed_in().await;
    world.clock.advance(Span::minutes(11));
    assert_eq!(world.browser.get("/transfer").await.status, 401, "the proof is too old");
    let thief = world.browser.stolen();
    let up = world.browser.fetch("/step-up", "").await;
    assert_eq!((up.status, names(&up)), (200, vec![ACCESS, REFRESH]), "{up:?}");
    assert_eq!(world.browser.get("/transfer").await.text, "anna");
    // It may be a click that was under way: for a moment nobody can tell, and nobody is sent to sign in.
    let overtaken = thief.get("/notes").await;
    assert_eq!((overtaken.status, overtaken.cookies().len()), (409, 0), "{overtaken:?}");
    assert_eq!(thief.get("/sign-in").await.status, 200, "who wants to can");
    world.clock.advance(Span::seconds(11));
    assert_eq!((who(&thief).await, thief.get("/notes").await.status), ("nobody".to_owned(), 303));
    assert_eq!(who(&world.browser).await, "anna", "a copy that is overtaken signs nobody out");
}

#[tokio::test]
async fn everywhere_else_is_out_and_this_browser_goes_on() {
    let world = signed_in().await;
    let other = world.browser.another();
    other.sign_in("anna", &[]).await.unwrap();
    let thief = world.browser.stolen();
    assert_eq!((who(&other).await, who(&thief).await), ("anna".to_owned(), "anna".to_owned()));
    assert_eq!(world.browser.fetch("/elsewhere", "").await.text, "1");
    assert_eq!((who(&other).await, thief.get("/who").await.status), ("nobody".to_owned(), 409));
    world.clock.advance(Span::seconds(11));
    assert_eq!((who(&other).await, who(&thief).await), ("nobody".to_owned(), "nobody".to_owned()));
    assert_eq!(who(&world.browser).await, "anna");
}

#[tokio::test]
async fn forms_show_their_token_as_ever() {
    let world = signed_in().await;
    let form = world.browser.get("/form").await;
    assert_eq!(world.browser.post("/form", "").await.status, 303, "refused");
    assert_eq!(world.browser.post("/form", &format!("_csrf={}", form.csrf_token())).await.text, "meant");
    world.clock.advance(Span::minutes(10));
    // Renewed meanwhile: the form on the screen is still good.
    assert_eq!(world.browser.post("/form", &format!("_csrf={}", form.csrf_token())).await.text, "meant");
    let stranger = world.browser.another();
    stranger.sign_in("bob", &[]).await.unwrap();
    assert_eq!(stranger.post("/form", &format!("_csrf={}", form.csrf_token())).await.status, 303);
}

/// A link on another site brings the Lax cookie along and not the strict one.
#[tokio::test]
async fn a_link_from_another_site_is_sent_back_once_by_a_page_of_ours() {
    let world = signed_in().await;
    world.clock.advance(Span::minutes(10));
    let refresh = world.browser.cookies()[REFRESH].clone();
    let clicked = world.browser.another();
    clicked.set_cookie(ACCESS, &world.browser.cookies()[ACCESS]);
    let click = || {
        let mut request = clicked.request(Method::GET, "/notes?page=2&x=%3Cb%3E", true);
        request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        request
    };
    let page = clicked.send(click(), "").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let to = "/_cloakroom/back?to=/notes%3Fpage%3D2%26x%3D%253Cb%253E";
    assert!(page.text.contains(&format!("content=\"0; url={to}\"")), "{}", page.text);
    assert!(!page.text.contains("<script"));
    // From our own page on, the strict cookie is there.
    clicked.set_cookie(REFRESH, &refresh);
    let back = clicked.get(to).await;
    assert_eq!((back.status, back.header("location")), (303, "/notes?page=2&x=%3Cb%3E"));
    assert_eq!(clicked.get("/notes").await.text, "anna");

    // Without a refresh token even then: once, and then the sign-in page.
    let lost = world.browser.another();
    lost.set_cookie(ACCESS, &world.browser.cookies()[ACCESS]);
    world.clock.advance(Span::minutes(11));
    assert_eq!(lost.send(click(), "").await.status, 200);
    let again = lost.send(click(), "").await;
    assert_eq!((again.status, again.header("location").starts_with("/sign-in")), (303, true));
    // Nobody is sent anywhere else by it.
    for evil in [
        "//evil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%5C%5Cevil.example",
        "%00",
        "",
    ] {
        let back = clicked.get(&format!("/_cloakroom/back?to={evil}")).await;
        assert_eq!(back.header("location"), "/", "{evil}");
    }
    // A stranger's token is no reason to bounce.
    let stranger = world.browser.another();
    stranger.set_cookie(ACCESS, "eyJhbGciOiJub25lIn0.e30.");
    assert_eq!(stranger.send(click(), "").await.status, 303);
}

fn clicked(browser: &Client<Protected>, path: &str) -> http::Request<()> {
    let mut request = browser.request(Method::GET, path, true);
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    request
}

/// Two links of one mail, opened one after the other: neither leads to the sign-in page.
#[tokio::test]
async fn two_links_from_another_site_are_two() {
    let world = signed_in().await;
    world.clock.advance(Span::minutes(10));
    let mail = world.browser.another();
    mail.set_cookie(ACCESS, &world.browser.cookies()[ACCESS]);
    for (path, status) in [("/notes", 200), ("/notes?page=2", 200), ("/notes?page=2", 303)] {
        let request = clicked(&mail, path);
        assert_eq!(mail.send(request, "").await.status, status, "{path}");
    }
}

/// The key that signed it is gone: the refresh token knows more, and a link from elsewhere does not bring that along.
#[tokio::test]
async fn a_link_from_another_site_after_a_key_was_destroyed() {
    let world = signed_in().await;
    let (access, refresh) =
        (world.browser.cookies()[ACCESS].clone(), world.browser.cookies()[REFRESH].clone());
    let engine = world.cloakroom.engine();
    let key = engine.signing_keys().await.unwrap()[0].id;
    assert!(engine.destroy_signing_key(key, &By::system()).await.unwrap());
    let browser = world.browser.another();
    browser.set_cookie(ACCESS, &access);
    let request = clicked(&browser, "/notes");
    assert_eq!(browser.send(request, "").await.status, 200, "a page of ours, and not the sign-in page");
    browser.set_cookie(REFRESH, &refresh);
    assert_eq!(browser.get("/notes").await.text, "anna");
}

/// Whose access token and whose refresh token? Nobody knows whose sign-in is meant, and nothing is changed.
#[tokio::test]
async fn two_cookies_of_two_people_change_nothing() {
    let world = signed_in().await;
    let other = world.browser.another();
    other.sign_in("anna", &[]).await.unwrap();
    let mixed = world.browser.another();
    mixed.set_cookie(ACCESS, &world.browser.cookies()[ACCESS]);
    mixed.set_cookie(REFRESH, &other.cookies()[REFRESH]);
    let answer = mixed.fetch("/step-up", "").await;
    assert_eq!((answer.status, answer.text.contains("duplicate-cookie")), (400, true), "{answer:?}");
    for browser in [&world.browser, &other] {
        assert_eq!(who(browser).await, "anna");
    }
}

/// What was committed early may be over when the answer is there: it must not stand over what came after it.
#[tokio::test]
async fn a_late_answer_puts_no_dead_token_over_a_newer_one() {
    for tokens in [Tokens::new().in_cookies(), Tokens::new().in_memory()] {
        let world = busy(tokens).await;
        let late = world.browser.fetch("/step-up-early", "").await;
        assert_eq!((late.status, names(&late).len()), (200, 0), "{late:?}");
    }
}

#[tokio::test]
async fn a_token_holds_no_data_and_says_so() {
    let world = signed_in().await;
    let written = world.browser.fetch("/visit", "").await;
    assert_eq!(written.status, 400);
    let visitor = world.browser.another();
    assert_eq!(visitor.fetch("/cart/coat", "").await.status, 200, "visitors have sessions as ever");
    assert_eq!(visitor.get("/cart").await.text, "coat");
}

#[tokio::test]
async fn changed_and_foreign_tokens_are_nobody() {
    let world = signed_in().await;
    let jar = world.browser.cookies();
    for (name, value) in [
        (ACCESS, "hello".to_owned()),
        (ACCESS, format!("{}A", jar[ACCESS])),
        (ACCESS, jar[REFRESH].clone()),
        (REFRESH, "hello".to_owned()),
        (REFRESH, format!("{}A", jar[REFRESH])),
        (REFRESH, jar[ACCESS].clone()),
    ] {
        let browser = world.browser.another();
        browser.set_cookie(name, &value);
        assert_eq!(who(&browser).await, "nobody", "{name} {value}");
    }
    assert_eq!(who(&world.browser).await, "anna", "none of it has changed anything");
}

/// An app whose handlers take their time, and do two things at once.
async fn busy(tokens: Tokens) -> World {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).tokens(tokens).build().await.unwrap();
    let (slow, one, two, three) = (clock.clone(), cloakroom.clone(), cloakroom.clone(), cloakroom.clone());
    let four = cloakroom.clone();
    let app = Router::new()
        .route(
            "/who",
            get(|user: Option<Authenticated>| async move {
                user.map_or_else(|| "nobody".to_owned(), |user| user.subject.to_string())
            }),
        )
        .route(
            "/fresh",
            get(
                |user: Authenticated<cloakroom::Account, Fresh<600>>| async move { user.subject.to_string() },
            ),
        )
        .route(
            "/slow",
            get(move |user: Authenticated| async move {
                slow.advance(Span::minutes(1));
                user.subject.to_string()
            }),
        )
        .route("/password", post(move |session: Session| changes_password(one, session)))
        .route("/recover", post(move |session: Session| recovers(two, session)))
        .route("/flash", post(|session: Session| async move { session.flash("hello") }))
        .route("/sign-in", post(move |session: Session| signs_in(three, session)))
        .route("/step-up-early", post(move |session: Session| steps_up_early(four, session)))
        .cloakroom(&cloakroom);
    let browser = Client::of(app, &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    World { cloakroom, clock, browser }
}

async fn proof_of_anna(cloakroom: &Cloakroom) -> cloakroom::LoginProof {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    attempt.proven(Vec::new(), cloakroom.now())
}

/// As the guide has it: the new hash is stored, then everything else of hers ends.
async fn changes_password(cloakroom: Cloakroom, session: Session) -> Result<String, SessionError> {
    session.step_up(proof_of_anna(&cloakroom).await)?;
    session.credential_changed().await.map(|ended| ended.to_string())
}

async fn recovers(cloakroom: Cloakroom, session: Session) -> Result<String, SessionError> {
    session.sign_in(proof_of_anna(&cloakroom).await, SignedInClass::Browser, Vec::new())?;
    session.sign_out_elsewhere().await.map(|ended| ended.to_string())
}

async fn signs_in(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    session.sign_in(proof_of_anna(&cloakroom).await, SignedInClass::Browser, Vec::new())?;
    Ok("welcome")
}

/// Commits before it answers; meanwhile the sign-in ends.
async fn steps_up_early(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    session.step_up(proof_of_anna(&cloakroom).await)?;
    session.commit().await?;
    cloakroom.end_all(&"anna".parse().unwrap(), &By::system()).await?;
    Ok("up")
}

/// A slow handler renews when it answers, and not at all if somebody else has renewed meanwhile: nobody is taken for a thief.
#[tokio::test]
async fn a_slow_answer_makes_nobody_a_thief() {
    let world = busy(Tokens::new().in_cookies()).await;
    for _ in 0..3 {
        world.clock.advance(Span::minutes(10));
        let slow = world.browser.stolen();
        // It has begun, and while it works another tab renews; a minute later it answers.
        let (answer, other) = tokio::join!(slow.get("/slow"), async { world.browser.get("/who").await });
        assert_eq!((answer.text.as_str(), other.text.as_str()), ("anna", "anna"));
        world.clock.advance(Span::minutes(1));
        assert_eq!(who(&world.browser).await, "anna");
    }
    // The other order: it answers long after another one has renewed with the same token.
    world.clock.advance(Span::minutes(10));
    let slow = world.browser.stolen();
    assert_eq!(who(&world.browser).await, "anna");
    let answer = slow.get("/slow").await;
    assert_eq!((answer.text.as_str(), answer.cookies().len()), ("anna", 0), "what it brings would be old");
    world.clock.advance(Span::minutes(11));
    assert_eq!(who(&world.browser).await, "anna");
}

#[tokio::test]
async fn a_password_is_changed_as_the_guide_says() {
    for tokens in [Tokens::new().in_cookies(), Tokens::new().in_memory()] {
        let world = busy(tokens).await;
        let (other, thief) = (world.browser.another(), world.browser.stolen());
        other.sign_in("anna", &[]).await.unwrap();
        let changed = world.browser.fetch("/password", "").await;
        assert_eq!((changed.status, changed.text.as_str()), (200, "1"), "{changed:?}");
        assert_ne!(who(&thief).await, "anna");
        world.clock.advance(Span::seconds(11));
        for left in [&other, &thief] {
            assert_eq!(who(left).await, "nobody");
        }
        let recovered = world.browser.fetch("/recover", "").await;
        assert_eq!(recovered.status, 200, "{recovered:?}");
        assert!(world.browser.cookies().contains_key(REFRESH));
    }
}

/// A token that was granted to a script is no browser's, in whichever cookie it comes.
#[tokio::test]
async fn a_scripts_tokens_open_no_page() {
    let world = world().await;
    let handle = {
        let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
        let kept = slot.clone();
        let app =
            Router::new()
                .route(
                    "/",
                    get(move |session: Session| async move {
                        *kept.lock().unwrap() = Some(session.handle().clone())
                    }),
                )
                .cloakroom(&world.cloakroom);
        Client::of(app, &world.cloakroom).get("/").await;
        slot.lock().unwrap().take().unwrap()
    };
    let grant = world.cloakroom.grant_of(None, &["notes:read"]).unwrap();
    let proof = proof_of_anna(&world.cloakroom).await;
    let granted = world.cloakroom.grant(&proof, &[], &grant, &handle).await.unwrap();
    for (name, value) in [(ACCESS, granted.access.text.expose()), (REFRESH, granted.refresh.expose())] {
        let browser = world.browser.another();
        browser.set_cookie(name, value);
        assert_eq!(who(&browser).await, "nobody", "{name}");
        assert_eq!(browser.fetch("/elsewhere", "").await.status, 401, "{name}");
    }
    let browsers = world.cloakroom.site().settings().lane.as_ref().unwrap().client;
    assert!(world.cloakroom.grant_of(Some(browsers), &[]).is_err());
}

/// Whoever signs in anew leaves nothing of before behind, also where a visitor's session lies beside it.
#[tokio::test]
async fn signing_in_ends_what_was_there() {
    let world = busy(Tokens::new().in_memory()).await;
    let before = world.browser.stolen();
    assert_eq!(
        world.browser.fetch("/flash", "").await.status,
        200,
        "a visitor's session beside the refresh cookie"
    );
    assert_eq!(world.browser.fetch("/sign-in", "").await.text, "welcome");
    assert_eq!(before.fetch("/_cloakroom/token", "").await.status, 400);
    assert_eq!(world.browser.fetch("/_cloakroom/token", "").await.status, 200);
}

/// What was proven before a late retry displaced the current token is no fresh proof of whoever came late.
#[tokio::test]
async fn a_late_retry_brings_no_freshness() {
    let world = busy(Tokens::new().in_cookies().late_retries()).await;
    let late = world.browser.stolen();
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&world.browser).await, "anna");
    assert_eq!(world.browser.fetch("/password", "").await.status, 200);
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&world.browser).await, "anna");
    let forking = world.browser.stolen();
    world.clock.advance(Span::minutes(10));
    assert_eq!(who(&world.browser).await, "anna");
    world.clock.advance(Span::minutes(1));
    let only_refresh = forking.another();
    only_refresh.set_cookie(REFRESH, &forking.cookies()[REFRESH]);
    assert_eq!(who(&only_refresh).await, "anna", "it forks");
    assert_eq!(only_refresh.get("/fresh").await.status, 401);
    assert_eq!(who(&late).await, "nobody");
}
