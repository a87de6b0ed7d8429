//! One bank, its neighbour, a stranger, and what each of them saw.

use crate::bank::accounts::{Account, Accounts};
use crate::bank::routes::{App, CHANGES, Gate, bank};
use crate::database::read;
use crate::hosts::{Hosts, Role};
use crate::page::{Page, moved, taken};
use crate::seen::Seen;
use crate::switch::Switch;
use crate::weak::cookie::{Dress, taken_out};
use crate::weak::headers;
use crate::weak::ids::Ids;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use cloakroom::testing::ManualClock;
use cloakroom::{Cloakroom, PeerAddress, Protected, Tokens};
use cloakroom_store_sqlite::Options;
use http::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Response};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::Notify;
use tower_service::Service;

const BODY_AT_MOST: usize = 1 << 20;
const DATABASE: &str = "bank.db";

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wanted {
    pub(crate) off: BTreeSet<Switch>,
    /// `stored`, `sealed`, `signed`, `tokens` (in two cookies) or `memory` (of the page).
    pub(crate) kind: String,
    /// `test`: HTTPS under `.test`; `localhost`: plain http.
    pub(crate) under: String,
    pub(crate) same_site: Option<String>,
    pub(crate) kept_in: String,
}

/// Everything that can be known of a world.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    wire: Vec<Seen>,
    log: Vec<String>,
    mail: Vec<String>,
    people: BTreeMap<String, Account>,
    /// What somebody reads who has the database.
    database: Vec<String>,
    sessions: i64,
    events: Vec<String>,
}

pub(crate) struct World {
    off: Arc<BTreeSet<Switch>>,
    hosts: Hosts,
    pub(crate) clock: ManualClock,
    pub(crate) gate: Arc<Gate>,
    cloakroom: Cloakroom,
    app: Protected,
    accounts: Arc<Accounts>,
    dress: Dress,
    ids: Option<Ids>,
    pages: Mutex<HashMap<String, Page>>,
    wire: Mutex<Vec<Seen>>,
    log: Mutex<Vec<String>>,
    /// Told of each request that came, and again when it was answered.
    pub(crate) news: Notify,
    folder: TempDir,
}

type Wrong = Box<dyn Error + Send + Sync>;

impl World {
    pub(crate) async fn of(name: &str, wanted: Wanted, http_port: u16, hash: &str) -> Result<Self, Wrong> {
        let hosts = Hosts::of(name, &wanted.under);
        let (clock, folder) = (ManualClock::default(), TempDir::new()?);
        let over_tls = wanted.under == "test";
        let origin = if over_tls {
            format!("https://{}", hosts.bank)
        } else {
            format!("http://{}:{http_port}", hosts.bank)
        };
        let off = Arc::new(wanted.off);
        let is_off = |switch| off.contains(&switch);
        let store = Options::at(folder.path().join(DATABASE)).clock(Arc::new(clock.clone())).open()?;
        let mut builder = Cloakroom::builder().store(store).origin(&origin).clock(Arc::new(clock.clone()));
        builder = builder.confirm_page("/confirm");
        if over_tls {
            // So that there is a list to be on, or not.
            builder = builder.readable_by(&format!("https://partner.{}", hosts.site));
        }
        builder = match wanted.kind.as_str() {
            "sealed" => builder.sealed_cookies(),
            "signed" => builder.signed_cookies("to show that it can be read"),
            "tokens" => builder.tokens(Tokens::new().in_cookies()),
            "memory" => builder.tokens(Tokens::new().in_memory()),
            _ => builder,
        };
        if is_off(Switch::HostOnly) {
            builder = builder.shared_domain(&hosts.site);
        }
        if is_off(Switch::CsrfGuard) {
            for route in CHANGES {
                builder = builder.csrf_exempt(route, "the twin is without it");
            }
        }
        let cloakroom = builder.build().await?;
        let accounts = Arc::new(Accounts::with_customers(hash));
        let gate = Arc::new(Gate::default());
        let app = bank(App {
            cloakroom: cloakroom.clone(),
            accounts: accounts.clone(),
            gate: gate.clone(),
            off: off.clone(),
            kept_in: wanted.kept_in,
        });
        let real = match (over_tls, is_off(Switch::HostOnly)) {
            (false, _) => "",
            (true, true) => "__Secure-",
            (true, false) => "__Host-Http-",
        };
        let dress = Dress::of(&off, real, wanted.same_site);
        let ids = Ids::of(&off, &app, &cloakroom, &dress);
        let (pages, wire, log, news) = (Mutex::default(), Mutex::default(), Mutex::default(), Notify::new());
        Ok(Self {
            off,
            hosts,
            clock,
            gate,
            cloakroom,
            app,
            accounts,
            dress,
            ids,
            pages,
            wire,
            log,
            news,
            folder,
        })
    }

    pub(crate) const fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(crate) fn publish(&self, page: Page) {
        self.pages.lock().insert(page.at.clone(), page);
    }

    /// Notes a request, answers it, and notes how.
    pub(crate) async fn answer(&self, request: Request, scheme: &'static str, role: Role) -> Response<Body> {
        let seen = Seen::of(&request, scheme);
        let host = seen.host.split(':').next().unwrap_or_default().to_owned();
        let place = {
            let mut wire = self.wire.lock();
            wire.push(seen);
            wire.len() - 1
        };
        self.news.notify_waiters();
        self.write_log(&request);
        let page = self.pages.lock().get(&format!("{scheme}://{host}{}", request.uri().path())).cloned();
        let over_its_own = scheme == "https" || self.hosts.bank.ends_with(".localhost");
        let answer = match (page, role) {
            (Some(page), _) => page.answer(),
            (None, Role::Bank) if over_its_own => self.of_bank(request).await,
            (None, Role::Bank) => moved(&format!("https://{host}{}", request.uri())),
            (None, _) => taken(),
        };
        if let Some(seen) = self.wire.lock().get_mut(place) {
            seen.status = answer.status().as_u16();
            let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            seen.to = to.unwrap_or_default().to_owned();
        }
        self.news.notify_waiters();
        answer
    }

    /// What the bank notes of a request. A twin that notes the headers notes the credential.
    fn write_log(&self, request: &Request) {
        let mut line = format!("{} {}", request.method(), request.uri().path());
        if self.off.contains(&Switch::QuietLogs) {
            line = format!("{line} {:?}", request.headers());
        }
        self.log.lock().push(line);
    }

    async fn of_bank(&self, mut request: Request) -> Response<Body> {
        let origin = request.headers().get(ORIGIN).cloned();
        if self.off.contains(&Switch::Throttle)
            && let Some(said) =
                request.headers().get("x-forwarded-for").and_then(|said| said.to_str().ok()?.parse().ok())
        {
            request.extensions_mut().insert(PeerAddress(said));
        }
        headers::inbound(&self.off, &self.hosts.bank, &mut request);
        let header =
            request.headers().get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
        let mut pairs = self.dress.inbound(header);
        let ticket = self.dress.real_name("cloakroom");
        let came = pairs.iter().find(|(name, _)| *name == ticket).map(|(_, value)| value.clone());
        let shown = match &self.ids {
            Some(ids) => Some(ids.inbound(&mut request, &mut pairs).await),
            None => None,
        };
        let cookies: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().remove(COOKIE);
        if let (false, Ok(cookies)) = (cookies.is_empty(), HeaderValue::from_str(&cookies.join("; "))) {
            if self.off.contains(&Switch::TokenSecrecy)
                && let Some(token) = self.token_for(&cookies).await
            {
                request.headers_mut().insert("x-csrf-token", token);
            }
            request.headers_mut().insert(COOKIE, cookies);
        }
        let Ok(mut answer) = self.app.clone().call(request).await;
        if let (Some(ids), Some(shown)) = (&self.ids, shown) {
            ids.outbound(shown, &mut answer).await;
        }
        if let (true, Some(came)) = (self.off.contains(&Switch::LateAnswers), came) {
            roll(answer.headers_mut(), &format!("{ticket}={came}; Path=/; Secure; HttpOnly; SameSite=Lax"));
        }
        self.undress(answer.headers_mut());
        headers::outbound(&self.off, origin, &mut answer);
        answer
    }

    /// The form token of whoever holds these cookies, as if it had leaked.
    async fn token_for(&self, cookies: &HeaderValue) -> Option<HeaderValue> {
        let mut asking = Request::new(Body::empty());
        *asking.uri_mut() = "/transfer".parse().ok()?;
        asking.headers_mut().insert(COOKIE, cookies.clone());
        let Ok(answer) = self.app.clone().call(asking).await;
        let page = to_bytes(answer.into_body(), BODY_AT_MOST).await.ok()?;
        let page = String::from_utf8_lossy(&page).into_owned();
        let token = page.split("name=_csrf value=\"").nth(1)?.split('"').next()?.to_owned();
        HeaderValue::from_str(&token).ok()
    }

    fn undress(&self, headers: &mut HeaderMap) {
        for cookie in taken_out(headers) {
            if let Ok(cookie) = HeaderValue::from_str(&self.dress.outbound(&cookie)) {
                headers.append(SET_COOKIE, cookie);
            }
        }
    }

    /// What is known by now.
    pub(crate) async fn facts(&self) -> Result<Facts, Wrong> {
        let (mut database, sessions) = read(&self.folder.path().join(DATABASE))?;
        database.extend(self.ids.iter().flat_map(Ids::dump));
        let events = self.cloakroom.recent_events(100).await?;
        Ok(Facts {
            wire: self.wire.lock().clone(),
            log: self.log.lock().clone(),
            mail: self.accounts.mail.lock().clone(),
            people: self.accounts.all(),
            database,
            sessions,
            events: events.iter().map(|event| format!("{event:?}")).collect(),
        })
    }

    pub(crate) fn wire(&self) -> Vec<Seen> {
        self.wire.lock().clone()
    }

    pub(crate) async fn end(&self) {
        let _ended = self.cloakroom.shutdown().await;
    }
}

/// Every answer sets the cookie its request came with, unless it sets another one.
fn roll(headers: &mut HeaderMap, cookie: &str) {
    if !headers.contains_key(SET_COOKIE)
        && let Ok(cookie) = HeaderValue::from_str(cookie)
    {
        headers.append(SET_COOKIE, cookie);
    }
}
