//! Ids of a weaker kind. The browser holds one; the real cookies that it stands for are kept here.

use super::claims::{Claims, read, written};
use super::cookie::{Dress, taken_out};
use crate::switch::Switch;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use cloakroom::testing::Client;
use cloakroom::{Cloakroom, Protected};
use data_encoding::BASE64URL_NOPAD;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderValue, Response};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tower_service::Service;

type Jar = BTreeMap<String, String>;

/// The switches that need ids of another kind.
const NEED: [Switch; 11] = [
    Switch::OutOfScript,
    Switch::InNoBody,
    Switch::IdsFromCookies,
    Switch::NewIdAtSignIn,
    Switch::Rotation,
    Switch::Digests,
    Switch::RandomIds,
    Switch::LongIds,
    Switch::Revocation,
    Switch::Signature,
    Switch::Authenticated,
];

pub(crate) struct Ids {
    off: Arc<BTreeSet<Switch>>,
    app: Protected,
    cloakroom: Cloakroom,
    ticket: String,
    jars: Mutex<HashMap<String, Jar>>,
    /// Whom a credential names that is believed until it runs out.
    believed: Mutex<HashMap<String, Claims>>,
    drawn: AtomicU64,
}

/// What a request showed.
pub(crate) struct Shown {
    id: Option<String>,
    was_signed_in: bool,
}

impl Ids {
    /// `None`: the real cookies go to the browser.
    pub(crate) fn of(
        off: &Arc<BTreeSet<Switch>>,
        app: &Protected,
        cloakroom: &Cloakroom,
        dress: &Dress,
    ) -> Option<Self> {
        NEED.iter().any(|switch| off.contains(switch)).then(|| Self {
            off: off.clone(),
            app: app.clone(),
            cloakroom: cloakroom.clone(),
            ticket: dress.real_name("cloakroom"),
            jars: Mutex::default(),
            believed: Mutex::default(),
            drawn: AtomicU64::new(0),
        })
    }

    fn is_off(&self, switch: Switch) -> bool {
        self.off.contains(&switch)
    }

    /// The ids themselves, where the table has them.
    pub(crate) fn dump(&self) -> Vec<String> {
        if self.is_off(Switch::Digests) { self.jars.lock().keys().cloned().collect() } else { Vec::new() }
    }

    fn draw(&self) -> String {
        let turn = self.drawn.fetch_add(1, Relaxed);
        if self.is_off(Switch::LongIds) {
            return format!("{:02}", (turn * 7 + 77) % 100);
        }
        if self.is_off(Switch::RandomIds) {
            // The generator of many a textbook.
            let next =
                (0..=turn).fold(20_261_121u64, |state, _| (state * 1_103_515_245 + 12_345) % (1 << 31));
            return format!("{next:08x}");
        }
        let mut id = [0u8; 32];
        match rustls::crypto::aws_lc_rs::default_provider().secure_random.fill(&mut id) {
            Ok(()) => BASE64URL_NOPAD.encode(&id),
            Err(_) => format!("no-randomness-{turn}"),
        }
    }

    fn shown(&self, request: &Request, pairs: &[(String, String)]) -> Option<String> {
        if self.is_off(Switch::IdsFromCookies) {
            let query = request.uri().query().unwrap_or_default();
            if let Some(id) = query.split('&').find_map(|pair| pair.strip_prefix("sid=")) {
                return Some(id.to_owned());
            }
        }
        if self.is_off(Switch::OutOfScript) || self.is_off(Switch::InNoBody) {
            let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            if let Some(id) = header.and_then(|value| value.strip_prefix("Bearer ")) {
                return Some(id.to_owned());
            }
        }
        pairs.iter().find(|(name, _)| *name == self.ticket).map(|(_, id)| id.clone())
    }

    /// Puts the real cookies in the place of the id.
    pub(crate) async fn inbound(&self, request: &mut Request, pairs: &mut Vec<(String, String)>) -> Shown {
        let id = self.shown(request, pairs);
        pairs.retain(|(name, _)| !name.contains("cloakroom"));
        let Some(id) = id else { return Shown { id: None, was_signed_in: false } };
        let jar = match self.jar_of(&id).await {
            Some(jar) => jar,
            None if self.is_off(Switch::IdsFromCookies) => Jar::new(),
            None => {
                // A guess: the app shall know of it.
                let nobody = BASE64URL_NOPAD.encode(&Sha256::digest(id.as_bytes()));
                pairs.push((self.ticket.clone(), format!("ckt_{nobody}")));
                return Shown { id: None, was_signed_in: false };
            }
        };
        let was_signed_in = jar.contains_key(&self.ticket);
        pairs.extend(jar);
        Shown { id: Some(id), was_signed_in }
    }

    async fn jar_of(&self, id: &str) -> Option<Jar> {
        let kept = self.jars.lock().get(id).cloned();
        let claims = self.believed.lock().get(id).cloned().or_else(|| read(id, |switch| self.is_off(switch)));
        let Some(claims) = claims else { return kept };
        if let Some(jar) = kept
            && self.name_of(&jar).await.is_some()
        {
            return Some(jar);
        }
        let client = Client::of(self.app.clone(), &self.cloakroom);
        let groups: Vec<_> = claims.groups.iter().map(String::as_str).collect();
        client.sign_in(&claims.user, &groups).await.ok()?;
        let jar = client.cookies();
        self.jars.lock().insert(id.to_owned(), jar.clone());
        Some(jar)
    }

    /// Who is signed in with these cookies.
    async fn name_of(&self, jar: &Jar) -> Option<String> {
        let cookies: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut asking = Request::new(Body::empty());
        *asking.uri_mut() = "/api/me".parse().ok()?;
        asking.headers_mut().insert(COOKIE, HeaderValue::from_str(&cookies.join("; ")).ok()?);
        let answer = self.app.clone().call(asking).await.ok()?;
        let body = to_bytes(answer.into_body(), 1_000).await.ok()?;
        let me: serde_json::Value = serde_json::from_slice(&body).ok()?;
        Some(me.get("name")?.as_str()?.to_owned())
    }

    /// Keeps the real cookies of an answer, and hands out an id for them.
    pub(crate) async fn outbound(&self, shown: Shown, answer: &mut Response<Body>) {
        let set = taken_out(answer.headers_mut());
        if set.is_empty() {
            return;
        }
        let mut jar = shown.id.as_ref().and_then(|id| self.jars.lock().get(id).cloned()).unwrap_or_default();
        let mut opened = false;
        for cookie in &set {
            let Some((name, rest)) = cookie.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            if cookie.ends_with("; Max-Age=0") {
                jar.remove(name);
            } else {
                opened |= name == self.ticket;
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let stays = match (opened, shown.was_signed_in) {
            (false, _) => true,
            (true, false) => self.is_off(Switch::NewIdAtSignIn),
            (true, true) => self.is_off(Switch::Rotation),
        };
        let ended = shown.was_signed_in && !jar.contains_key(&self.ticket);
        let id = self.id_for(shown.id.filter(|_| stays), &jar, opened).await;
        self.jars.lock().insert(id.clone(), jar);
        let age = if ended { "; Max-Age=0" } else { "" };
        let cookie = format!("{}={id}; Path=/; Secure; HttpOnly; SameSite=Lax{age}", self.ticket);
        let headers = answer.headers_mut();
        if (self.is_off(Switch::OutOfScript) || self.is_off(Switch::InNoBody))
            && let Ok(value) = HeaderValue::from_str(&id)
        {
            headers.insert("x-session-token", value);
        }
        if !self.is_off(Switch::OutOfScript)
            && let Ok(value) = HeaderValue::from_str(&cookie)
        {
            headers.append(SET_COOKIE, value);
        }
    }

    async fn id_for(&self, same: Option<String>, jar: &Jar, opened: bool) -> String {
        if opened && let Some(user) = self.name_of(jar).await {
            let groups = vec![if user == "boss" { "admin" } else { "staff" }.to_owned()];
            let claims = Claims { groups, user };
            if let Some(id) = written(&claims, |switch| self.is_off(switch)) {
                return id;
            }
            let id = same.unwrap_or_else(|| self.draw());
            if self.is_off(Switch::Revocation) {
                self.believed.lock().insert(id.clone(), claims);
            }
            return id;
        }
        same.unwrap_or_else(|| self.draw())
    }
}
