//! Tokens for apps and scripts: granted, presented, renewed, taken back.

use axum::Router;
use axum::extract::Form;
use axum::routing::{get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    AnyScope, Asks, Authenticated, Bearer, BearerLayer, Cloakroom, CloakroomExt, Demand, Granted, Level,
    NotGranted, Protected, Session, SessionError, Span, Tokens,
};
use http::{HeaderValue, Method};
use serde_json::Value;

struct Reads;

impl Asks for Reads {
    const SCOPE: &'static [&'static str] = &["notes:read"];
}

struct Deletes;

impl Asks for Deletes {
    const SCOPE: &'static [&'static str] = &["notes:write"];
    const PROVEN_WITHIN: Option<i64> = Some(300);
    const LEVEL: Option<Level> = Some(Level::Two);
}

async fn grant(cloakroom: Cloakroom, session: Session, factors: &[&str]) -> Result<Granted, NotGranted> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof =
        attempt.proven(factors.iter().map(|factor| factor.parse().unwrap()).collect(), cloakroom.now());
    let grant = cloakroom.grant_of(None, &["notes:read", "notes:write"])?;
    cloakroom.grant(&proof, &["staff".parse().unwrap()], &grant, session.handle()).await
}

async fn steps_up(cloakroom: Cloakroom, refresh: &str, session: Session) -> Result<Granted, NotGranted> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await?;
    let factors = ["pwd", "otp"].map(|factor| factor.parse().unwrap());
    let proof = attempt.proven(factors.to_vec(), cloakroom.now());
    cloakroom.step_up(refresh, None, &proof, session.handle()).await
}

/// The devices page of a program: every sign-in of the user but this one.
async fn ends_others(cloakroom: Cloakroom, token: Bearer, session: Session) -> Result<String, SessionError> {
    let mut ended = 0;
    for other in cloakroom.sessions_of(&token.subject).await? {
        if other.id != token.session && cloakroom.end_session(other.id, session.handle()).await? {
            ended += 1;
        }
    }
    Ok(ended.to_string())
}

fn refresh_of(fields: &[(String, String)]) -> String {
    fields
        .iter()
        .find(|(name, _)| name == "refresh_token")
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

fn router(cloakroom: &Cloakroom) -> Protected {
    let (one, two, renewing, revoking) =
        (cloakroom.clone(), cloakroom.clone(), cloakroom.clone(), cloakroom.clone());
    let (stepping, ending) = (cloakroom.clone(), cloakroom.clone());
    Router::new()
        .route("/grant", post(move |session: Session| grant(one, session, &["pwd"])))
        .route("/grant-two", post(move |session: Session| grant(two, session, &["pwd", "otp"])))
        .route(
            "/renew",
            post(move |session: Session, Form(fields): Form<Vec<(String, String)>>| async move {
                renewing.renew(&refresh_of(&fields), None, session.handle()).await
            }),
        )
        .route(
            "/revoke",
            post(move |session: Session, Form(fields): Form<Vec<(String, String)>>| async move {
                revoking.revoke(&refresh_of(&fields), session.handle()).await.map(|ended| ended.to_string())
            }),
        )
        .route("/me", get(|token: Bearer| async move { token.subject.to_string() }))
        .route(
            "/out",
            post(|_: Bearer, session: Session| async move { session.sign_out().await.map(|()| "bye") }),
        )
        .route(
            "/step-up",
            post(move |session: Session, Form(fields): Form<Vec<(String, String)>>| async move {
                steps_up(stepping, &refresh_of(&fields), session).await
            }),
        )
        .route(
            "/end-others",
            post(move |token: Bearer, session: Session, _looked_at: Option<Authenticated>| async move {
                ends_others(ending, token, session).await
            }),
        )
        .route(
            "/notes",
            get(|token: Bearer<Reads>| async move { token.groups.len().to_string() })
                .post(|token: Bearer<Reads>| async move { token.subject.to_string() }),
        )
        .route("/delete", post(|token: Bearer<Deletes>| async move { token.subject.to_string() }))
        .route(
            "/maybe",
            get(|token: Option<Bearer<AnyScope>>| async move {
                token.map_or_else(|| "nobody".to_owned(), |token| token.subject.to_string())
            }),
        )
        .cloakroom(cloakroom)
}

struct World {
    cloakroom: Cloakroom,
    clock: ManualClock,
    client: Client<Protected>,
}

async fn world() -> World {
    let clock = ManualClock::default();
    let tokens = Tokens::new().scope("notes:read").scope("notes:write");
    let cloakroom = testing::builder(&clock).tokens(tokens).build().await.unwrap();
    let client = Client::of(router(&cloakroom), &cloakroom);
    World { cloakroom, clock, client }
}

impl World {
    async fn granted(&self, path: &str) -> (String, String) {
        tokens(&self.client.fetch(path, "").await)
    }

    /// As a program sends it: no cookies, and nothing of what browsers say.
    async fn ask(&self, method: Method, path: &str, authorization: &[&str]) -> Answer {
        let mut request = self.client.request(method, path, false);
        for name in ["sec-fetch-mode", "sec-fetch-site", "origin"] {
            request.headers_mut().remove(name);
        }
        for value in authorization {
            request.headers_mut().append("authorization", HeaderValue::from_str(value).unwrap());
        }
        self.client.another().send(request, "").await
    }

    async fn get(&self, path: &str, access: &str) -> Answer {
        self.ask(Method::GET, path, &[&format!("Bearer {access}")]).await
    }

    async fn post(&self, path: &str, field: &str) -> Answer {
        let mut request = self.client.request(Method::POST, path, false);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("content-type", kind);
        self.client.send(request, &format!("refresh_token={field}")).await
    }
}

fn tokens(answer: &Answer) -> (String, String) {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!((answer.status, body["token_type"].as_str()), (200, Some("Bearer")));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!((480..=600).contains(&body["expires_in"].as_i64().unwrap()));
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn a_program_gets_tokens_uses_them_and_renews() {
    let world = world().await;
    let (access, refresh) = world.granted("/grant").await;
    assert!(refresh.starts_with("ckr_"));
    let me = world.get("/me", &access).await;
    assert_eq!((me.status, me.text.as_str(), me.header("cache-control")), (200, "anna", "no-store"));
    assert_eq!(world.get("/notes", &access).await.text, "1");
    world.clock.advance(Span::minutes(10));
    assert_eq!(world.get("/me", &access).await.status, 401);
    let (access, newer) = tokens(&world.post("/renew", &refresh).await);
    assert_eq!(world.get("/me", &access).await.text, "anna");
    // The answer was lost: the same again, and no harm.
    assert_eq!(tokens(&world.post("/renew", &refresh).await).1, newer);
    // A copy that comes later ends it.
    world.clock.advance(Span::minutes(1));
    let stolen = world.post("/renew", &refresh).await;
    assert_eq!((stolen.status, stolen.text.contains("\"invalid_grant\"")), (400, true));
    assert_eq!(world.get("/me", &access).await.status, 401);
    assert_eq!(world.post("/renew", &newer).await.status, 400);
}

#[tokio::test]
async fn a_program_posts_without_a_form_token_and_a_form_of_another_site_does_not() {
    let world = world().await;
    let (access, _) = world.granted("/grant").await;
    let bearer = format!("Bearer {access}");
    assert_eq!(world.ask(Method::POST, "/notes", &[&bearer]).await.text, "anna");
    assert_eq!(
        world.ask(Method::POST, "/notes", &["Basic YTpi"]).await.status,
        403,
        "browsers add that by themselves"
    );
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let mut request = world.client.request(Method::POST, "/notes", false);
        request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer).unwrap());
        request.headers_mut().insert(name, HeaderValue::from_static(value));
        assert_eq!(world.client.another().send(request, "").await.status, 403, "{name}: {value}");
    }
}

/// RFC 6750, section 3; RFC 9728, section 5.1; RFC 9470, section 3.
#[tokio::test]
async fn the_challenges() {
    let world = world().await;
    let (access, _) = world.granted("/grant").await;
    let metadata = "resource_metadata=\"https://app.example/.well-known/oauth-protected-resource\"";
    let challenge = |answer: &Answer| (answer.status, answer.header("www-authenticate").to_owned());
    let none = world.ask(Method::GET, "/notes", &[]).await;
    assert_eq!(challenge(&none), (401, format!("Bearer scope=\"notes:read\", {metadata}")));
    let bad = world.get("/notes", "abc").await;
    assert_eq!(challenge(&bad), (401, format!("Bearer error=\"invalid_token\", {metadata}")));
    let twice = world.ask(Method::GET, "/notes", &["Bearer a", "Bearer b"]).await;
    assert_eq!(challenge(&twice), (400, format!("Bearer error=\"invalid_request\", {metadata}")));
    let bearer = format!("Bearer {access}");
    let weak = world.ask(Method::POST, "/delete", &[&bearer]).await;
    assert_eq!(
        challenge(&weak),
        (
            401,
            format!(
                "Bearer error=\"insufficient_user_authentication\", acr_values=\"urn:cloakroom:acr:two-factors\", max_age=300, {metadata}"
            )
        )
    );
    let (strong, _) = world.granted("/grant-two").await;
    let strong = format!("Bearer {strong}");
    assert_eq!(world.ask(Method::POST, "/delete", &[&strong]).await.text, "anna");
    world.clock.advance(Span::seconds(301));
    assert_eq!(world.ask(Method::POST, "/delete", &[&strong]).await.status, 401);
    assert_eq!(world.ask(Method::GET, "/maybe", &[]).await.text, "nobody");
    assert_eq!(world.get("/maybe", "abc").await.status, 401, "a token that is not good is not nobody");
}

#[tokio::test]
async fn a_scope_that_is_missing_is_403_and_says_which() {
    let clock = ManualClock::default();
    let cloakroom = testing::builder(&clock).tokens(Tokens::new()).build().await.unwrap();
    let client = Client::of(router(&cloakroom), &cloakroom);
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), cloakroom.now());
    let handle = handle_of(&cloakroom).await;
    let granted =
        cloakroom.grant(&proof, &[], &cloakroom.grant_of(None, &["other"]).unwrap(), &handle).await.unwrap();
    let mut request = client.request(Method::GET, "/notes", false);
    let bearer = format!("Bearer {}", granted.access.text.expose());
    request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer).unwrap());
    let answer = client.send(request, "").await;
    assert_eq!(answer.status, 403);
    assert!(
        answer
            .header("www-authenticate")
            .starts_with("Bearer error=\"insufficient_scope\", scope=\"notes:read\"")
    );
}

/// A token that is bound to a key is no bearer token, and clients have names of their own.
#[tokio::test]
async fn a_bound_token_is_no_bearer_token_and_a_clients_token_is_its_own() {
    let world = world().await;
    let (handle, cloakroom) = (handle_of(&world.cloakroom).await, &world.cloakroom);
    let client = cloakroom.draw_client().unwrap();
    assert_ne!(client, cloakroom.draw_client().unwrap());
    let kept: cloakroom::ClientId = client.to_string().parse().unwrap();
    let grant = cloakroom.grant_of(Some(kept), &["notes:read"]).unwrap();
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), cloakroom.now());
    let granted = cloakroom.grant(&proof, &[], &grant, &handle).await.unwrap();
    let refresh = granted.refresh.expose();
    assert!(cloakroom.renew(refresh, None, &handle).await.is_err(), "another client");
    assert!(cloakroom.renew(refresh, Some(client), &handle).await.is_ok());

    let bound = cloakroom::Grant { bound_to: Some([7; 32]), ..grant };
    assert!(cloakroom.grant(&proof, &[], &bound, &handle).await.is_err(), "nobody could ever prove it");
    let mut held = cloakroom.engine().holder(refresh).await.unwrap().unwrap();
    let good = cloakroom.site().mint(&held, cloakroom.now()).unwrap();
    assert_eq!(world.get("/me", good.text.expose()).await.status, 200);
    held.family.bound_to = Some([7; 32]);
    let bound = cloakroom.site().mint(&held, cloakroom.now()).unwrap();
    assert_eq!(world.get("/me", bound.text.expose()).await.status, 401);
}

/// The handle of some request.
async fn handle_of(cloakroom: &Cloakroom) -> cloakroom::Handle {
    let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
    let kept = slot.clone();
    let app = Router::new()
        .route(
            "/",
            get(
                move |session: Session| async move { *kept.lock().unwrap() = Some(session.handle().clone()) },
            ),
        )
        .cloakroom(cloakroom);
    Client::of(app, cloakroom).get("/").await;
    let handle = slot.lock().unwrap().take();
    handle.unwrap()
}

#[tokio::test]
async fn revoking_ends_the_access_token_too() {
    let world = world().await;
    let (access, refresh) = world.granted("/grant").await;
    assert_eq!(world.post("/revoke", "ckr_nonsense").await.text, "false", "no error, and no harm");
    assert_eq!(world.get("/me", &access).await.status, 200);
    assert_eq!(world.post("/revoke", &refresh).await.text, "true");
    assert_eq!(world.get("/me", &access).await.status, 401);
    assert_eq!(world.post("/renew", &refresh).await.status, 400);
}

#[tokio::test]
async fn keys_and_metadata_are_published() {
    let world = world().await;
    let keys = world.client.get("/.well-known/jwks.json").await;
    let body: Value = serde_json::from_str(&keys.text).unwrap();
    assert_eq!((keys.status, keys.header("cache-control")), (200, "public, max-age=600"));
    assert_eq!(body["keys"][0]["alg"], "ES256");
    assert!(body["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    let about = world.client.get("/.well-known/oauth-protected-resource").await;
    let body: Value = serde_json::from_str(&about.text).unwrap();
    assert_eq!(body["resource"], "https://app.example");
    assert_eq!(body["jwks_uri"], "https://app.example/.well-known/jwks.json");
    assert!(body.get("authorization_servers").is_none(), "there is none here");
    let tokens = Tokens::new().issuer("https://login.example");
    let elsewhere = testing::builder(&ManualClock::default()).tokens(tokens).build().await.unwrap();
    let about = Client::of(router(&elsewhere), &elsewhere).get("/.well-known/oauth-protected-resource").await;
    let body: Value = serde_json::from_str(&about.text).unwrap();
    assert_eq!(body["authorization_servers"][0], "https://login.example");
    let without = testing::cloakroom(&ManualClock::default()).await.unwrap();
    let app = Router::new().route("/", get(|| async { "" })).cloakroom(&without);
    assert_eq!(Client::of(app, &without).get("/.well-known/jwks.json").await.status, 404);
}

/// The verbs of a session, for whoever shows a token and has none.
#[tokio::test]
async fn who_shows_a_token_signs_out_and_ends_what_is_theirs() {
    let world = world().await;
    let ((one, _), (other, renews)) = (world.granted("/grant").await, world.granted("/grant").await);
    let as_one = format!("Bearer {one}");
    assert_eq!(world.ask(Method::POST, "/end-others", &[&as_one]).await.text, "1");
    assert_eq!((world.get("/me", &other).await.status, world.get("/me", &one).await.status), (401, 200));
    assert_eq!(world.post("/renew", &renews).await.status, 400);
    assert_eq!(world.ask(Method::POST, "/out", &[&as_one]).await.text, "bye");
    assert_eq!(world.get("/me", &one).await.status, 401);
    let events = world.cloakroom.recent_events(10).await.unwrap();
    let closed: Vec<_> = events.iter().filter(|event| event.name.as_str() == "session_closed").collect();
    let anna = cloakroom_model::records::event::Actor::Subject("anna".parse().unwrap());
    assert!(closed.len() == 2 && closed.iter().all(|event| event.actor == anna), "{closed:?}");
}

/// The same behind the layer, where no extractor asks for the token.
#[tokio::test]
async fn signing_out_behind_the_layer() {
    let world = world().await;
    let (access, _) = world.granted("/grant").await;
    let layer = BearerLayer::new(world.cloakroom.site().clone(), Demand::default());
    let out = post(|session: Session| async move { session.sign_out().await.map(|()| "bye") });
    let app = Router::new().route("/out", out.layer(layer)).cloakroom(&world.cloakroom);
    let client = Client::of(app, &world.cloakroom);
    let mut request = client.request(Method::POST, "/out", false);
    request
        .headers_mut()
        .insert("authorization", HeaderValue::from_str(&format!("Bearer {access}")).unwrap());
    assert_eq!(client.send(request, "").await.text, "bye");
    assert_eq!(world.get("/me", &access).await.status, 401);
}

/// The token of one and the cookie of another: nobody is signed out, and what is done is done by whoever showed the token.
#[tokio::test]
async fn a_token_and_a_cookie_of_two_people() {
    let world = world().await;
    let ((access, _), (other, _)) = (world.granted("/grant").await, world.granted("/grant").await);
    let browser = world.client.another();
    browser.sign_in("bob", &[]).await.unwrap();
    let bearer = HeaderValue::from_str(&format!("Bearer {access}")).unwrap();
    let as_both = |path: &str| {
        let mut request = browser.request(Method::POST, path, false);
        request.headers_mut().insert("authorization", bearer.clone());
        browser.send(request, "")
    };
    let answer = as_both("/out").await;
    assert_eq!((answer.status, answer.text.contains("duplicate-cookie")), (400, true), "{answer:?}");
    assert_eq!(as_both("/end-others").await.text, "1");
    assert_eq!((world.get("/me", &access).await.status, world.get("/me", &other).await.status), (200, 401));
    assert_eq!(world.cloakroom.sessions_of(&"bob".parse().unwrap()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_program_steps_up() {
    let world = world().await;
    let (access, refresh) = world.granted("/grant").await;
    let strong = |access: &str| {
        let bearer = format!("Bearer {access}");
        let world = &world;
        async move { world.ask(Method::POST, "/delete", &[&bearer]).await.status }
    };
    assert_eq!(strong(&access).await, 401);
    let (stronger, newer) = tokens(&world.post("/step-up", &refresh).await);
    assert_eq!((strong(&stronger).await, world.get("/me", &access).await.status), (200, 401));
    assert_eq!(world.post("/renew", &refresh).await.status, 409, "overtaken");
    assert_eq!(world.post("/step-up", "ckr_nonsense").await.status, 400);
    assert_eq!(strong(&tokens(&world.post("/renew", &newer).await).0).await, 200);
}

/// That is the app's mistake, and nothing to try again.
#[tokio::test]
async fn an_app_without_tokens_says_so() {
    let cloakroom = testing::cloakroom(&ManualClock::default()).await.unwrap();
    let client = Client::of(router(&cloakroom), &cloakroom);
    let answer = client.fetch("/grant", "").await;
    assert_eq!((answer.status, answer.text.contains("no-tokens")), (500, true), "{answer:?}");
    let mut request = client.request(Method::GET, "/me", false);
    request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer abc"));
    assert_eq!(client.send(request, "").await.status, 500);
}

/// The same without axum's extractors: a plain tower layer.
#[tokio::test]
async fn a_tower_service_behind_the_layer() {
    use tower_layer::Layer;
    use tower_service::Service;
    let world = world().await;
    let (access, _) = world.granted("/grant").await;
    let demand = Demand { scope: vec!["notes:read".parse().unwrap()], ..Demand::default() };
    let inner = tower::service_fn(|request: http::Request<String>| async move {
        let seen = request.extensions().get::<std::sync::Arc<cloakroom::Seen>>().unwrap();
        Ok::<_, core::convert::Infallible>(http::Response::new(seen.token().subject.to_string()))
    });
    let mut service = BearerLayer::new(world.cloakroom.site().clone(), demand).layer(inner);
    for (authorization, status, text) in [
        (Some(format!("Bearer {access}")), 200, "anna"),
        (Some("Bearer x".to_owned()), 401, ""),
        (None, 401, ""),
    ] {
        let mut request = http::Request::new(String::new());
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", HeaderValue::from_str(&value).unwrap());
        }
        let answer = service.call(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(
            answer.headers()["cache-control"],
            "no-store",
            "nobody else's, with no other layer around"
        );
        assert!(text.is_empty() || answer.body() == text);
    }
}
