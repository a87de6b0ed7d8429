//! Testing an app: a client with a jar, without a network, and a clock that is set by hand.
//!
//! ```
//! use axum::{Router, routing::get};
//! use cloakroom::testing::{self, Client, ManualClock};
//! use cloakroom::{Authenticated, CloakroomExt, Span};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::default();
//! let cloakroom = testing::cloakroom(&clock).await?;
//! let notes = |user: Authenticated| async move { user.subject.to_string() };
//! let browser = Client::of(Router::new().route("/notes", get(notes)).cloakroom(&cloakroom), &cloakroom);
//!
//! assert_eq!(browser.get("/notes").await.header("location"), "/sign-in?return_to=/notes");
//! browser.sign_in("anna", &["staff"]).await?;
//! assert_eq!(browser.get("/notes").await.text, "anna");
//! clock.advance(Span::hours(2));
//! assert_eq!(browser.get("/notes").await.status, 303);
//! # Ok(())
//! # }
//! ```

use crate::builder::Builder;
use crate::cloakroom::Cloakroom;
use crate::misuse::Misuse;
use crate::store::MemoryStore;
use bytes::Bytes;
use cloakroom_authority::Denied;
use cloakroom_authority::session::SignIn;
use cloakroom_model::ports::Clock;
pub use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Device;
use cloakroom_model::words::subject::Group;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client as Noted;
use cloakroom_rules::session::patch::NOTHING;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_web::lane::Keeps;
use cloakroom_web::site::{ACCESS, REFRESH, TICKET};
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tower_service::Service;

/// An engine in memory, on a clock of yours.
pub async fn cloakroom(clock: &ManualClock) -> Result<Cloakroom, Misuse> {
    builder(clock).build().await
}

/// The same, to choose more.
#[must_use]
pub fn builder(clock: &ManualClock) -> Builder {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Cloakroom::builder().store(MemoryStore::default()).origin("https://app.example").clock(clock)
}

/// As if somebody had proven who they are.
async fn proven(cloakroom: &Cloakroom, name: &str) -> Result<LoginProof, Denied> {
    let subject = name.parse().map_err(|_| Refusal::BadValue)?;
    let attempt = cloakroom.engine().begin_login(&subject).await?;
    Ok(attempt.proven(Vec::new(), cloakroom.now()))
}

/// An access token of somebody who has just signed in as a client with these scopes, for tests of whoever checks tokens.
pub async fn access_token(cloakroom: &Cloakroom, name: &str, scope: &[&str]) -> Result<String, Denied> {
    let proof = proven(cloakroom, name).await?;
    let sign_in = SignIn {
        proof: &proof,
        host: cloakroom.site().origin().host(),
        class: SignedInClass::Renewed,
        groups: &[],
        parent: None,
        own: None,
        client: &Noted::default(),
        device: &Device::default(),
        origin: &Origin::default(),
        change: &NOTHING,
    };
    let grant = cloakroom.grant_of(None, scope).map_err(|not| not.0)?;
    let begun = cloakroom.engine().begin(&sign_in, &grant).await?;
    Ok(cloakroom.site().mint(&begun.held, begun.read_at)?.text.expose().clone())
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// A header, empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Every cookie it sets, as it stands in the header.
    #[must_use]
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The CSRF token of the first form in the page.
    #[must_use]
    pub fn csrf_token(&self) -> &str {
        let after = self.text.split("name=_csrf value=\"").nth(1);
        after.and_then(|rest| rest.split('"').next()).unwrap_or_default()
    }
}

/// A browser, as far as sessions go: it keeps cookies and says where its requests come from.
#[derive(Clone)]
pub struct Client<S> {
    app: S,
    cloakroom: Cloakroom,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

impl<S> core::fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Client(..)")
    }
}

impl<S, B> Client<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: core::fmt::Debug,
    B: Body,
    B::Error: core::fmt::Debug,
{
    /// A browser in front of an app.
    pub fn of(app: S, cloakroom: &Cloakroom) -> Self {
        Self { app, cloakroom: cloakroom.clone(), jar: Arc::default() }
    }

    fn with_jar<T>(&self, act: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        act(&mut self.jar.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another browser in front of the same app.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { jar: Arc::default(), ..self.clone() }
    }

    /// A browser with a copy of this one's cookies: a thief.
    #[must_use]
    pub fn stolen(&self) -> Self {
        Self { jar: Arc::new(Mutex::new(self.with_jar(|jar| jar.clone()))), ..self.clone() }
    }

    /// The cookies it holds.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.with_jar(|jar| jar.clone())
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.with_jar(|jar| jar.insert(name.to_owned(), value.to_owned()));
    }

    /// Signs somebody in without a password, as if they had proven who they are.
    pub async fn sign_in(&self, name: &str, groups: &[&str]) -> Result<(), Denied> {
        let (engine, settings) = (self.cloakroom.engine(), self.cloakroom.site().settings());
        let groups: Result<Vec<Group>, _> = groups.iter().map(|group| group.parse()).collect();
        let proof = proven(&self.cloakroom, name).await?;
        let sign_in = SignIn {
            proof: &proof,
            host: settings.origin.host(),
            class: SignedInClass::Browser,
            groups: &groups.map_err(|_| Refusal::BadValue)?,
            parent: None,
            own: None,
            client: &Noted::default(),
            device: &Device::default(),
            origin: &Origin::default(),
            change: &NOTHING,
        };
        let site = self.cloakroom.site();
        if let Some(lane) = settings.lane.as_ref().filter(|lane| lane.keeps != Keeps::Sessions) {
            let begun = engine.begin(&sign_in, &lane.grant()).await?;
            self.set_cookie(&lane.refresh_cookie.name(REFRESH), begun.refresh.expose());
            if lane.keeps == Keeps::InCookies {
                let minted = site.mint(&begun.held, begun.read_at)?;
                self.set_cookie(&settings.cookie.name(ACCESS), minted.text.expose());
            }
            return Ok(());
        }
        let value = match site.carrier() {
            Some(carrier) => carrier.sign_in(&sign_in, None).await?.value,
            None => engine.sign_in(&sign_in).await?.ticket.to_text(),
        };
        self.set_cookie(&settings.cookie.name(TICKET), value.expose());
        Ok(())
    }

    /// Goes to a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, true), "").await
    }

    /// Posts a form, as a browser does from a page of the app.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        let mut request = self.request(Method::POST, path, true);
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        self.send(request, form).await
    }

    /// Posts as script of the app does, with a body of no type.
    pub async fn fetch(&self, path: &str, body: &str) -> Answer {
        self.send(self.request(Method::POST, path, false), body).await
    }

    /// Posts JSON as script of the app does.
    pub async fn fetch_json(&self, path: &str, json: &str) -> Answer {
        let mut request = self.request(Method::POST, path, false);
        request.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        self.send(request, json).await
    }

    /// A request as it leaves a page of the app, to change before it is sent.
    #[must_use]
    pub fn request(&self, method: Method, path: &str, is_navigation: bool) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = path.parse().unwrap_or_default();
        let changes = method != Method::GET;
        *request.method_mut() = method;
        let headers = request.headers_mut();
        let mode = if is_navigation { "navigate" } else { "cors" };
        headers.insert("sec-fetch-mode", http::HeaderValue::from_static(mode));
        headers.insert("sec-fetch-site", http::HeaderValue::from_static("same-origin"));
        let origin = http::HeaderValue::from_str(self.cloakroom.site().origin().as_str());
        if let (true, Ok(origin)) = (changes, origin) {
            headers.insert("origin", origin);
        }
        request
    }

    /// Sends a request with the cookies of the jar, and keeps those of the answer.
    pub async fn send(&self, request: Request<()>, body: &str) -> Answer {
        let mut request = request.map(|()| Full::from(body.to_owned()));
        let cookies: Vec<_> =
            self.with_jar(|jar| jar.iter().map(|(name, value)| format!("{name}={value}")).collect());
        if let (false, Ok(cookies)) = (cookies.is_empty(), http::HeaderValue::from_str(&cookies.join("; "))) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let answered = self.app.clone().call(request).await;
        let (parts, body) = match answered {
            Ok(answer) => answer.into_parts(),
            Err(error) => return Answer { status: 0, headers: HeaderMap::new(), text: format!("{error:?}") },
        };
        let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, text };
        for cookie in answer.cookies() {
            self.keep(cookie);
        }
        answer
    }

    fn keep(&self, cookie: &str) {
        let Some((name, rest)) = cookie.split_once('=') else { return };
        let value = rest.split(';').next().unwrap_or_default();
        self.with_jar(|jar| match cookie.ends_with("; Max-Age=0") {
            true => drop(jar.remove(name)),
            false => drop(jar.insert(name.to_owned(), value.to_owned())),
        });
    }
}
