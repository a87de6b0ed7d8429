//! What is known of a request's session, and what is staged for it.

use crate::client::{Sender, is_navigation, is_websocket};
use crate::cookies::Cookies;
use crate::safe_return::safe_return;
use crate::session_error::SessionError;
use crate::site::Site;
use cloakroom_authority::packed::Packed;
use cloakroom_authority::session::Checked;
use cloakroom_authority::token::Held;
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::records::session::{Device, Session};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::patch::Change;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_verifier::tokens::Seen as Bearer;
use http::{Request, Uri};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The session of a request. Clones are the same session.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Shared>);

/// It holds tickets, and what an app keeps: neither is for logs.
impl core::fmt::Debug for Handle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Handle").field(&self.session().map(|session| session.id)).finish()
    }
}

pub(super) struct Shared {
    pub(super) site: Site,
    pub(super) cookies: Cookies,
    pub(super) sender: Sender,
    pub(super) client: OnceLock<Client>,
    pub(super) uri: Uri,
    pub(super) is_navigation: bool,
    pub(super) renewable: bool,
    pub(super) state: Mutex<State>,
}

/// What is known of the session.
#[derive(Clone, Default)]
pub(super) enum Seen {
    /// Nobody has looked.
    #[default]
    Unseen,
    /// There is none.
    Nobody,
    /// A ticket of a signed-in session was presented, and it opens nothing.
    Dead(Refusal),
    /// There is one.
    Live(Arc<Live>),
}

/// A session, taken apart when somebody asks for more than who it is.
pub(super) struct Live {
    pub(super) own: Own,
    record: Mutex<Option<Arc<Session>>>,
}

/// Where the session of a request is.
pub(super) enum Own {
    /// In the store, seen through this ticket.
    Stored(Checked),
    /// In the store; a visitor's, that this request has opened.
    New,
    /// In its cookie.
    Carried(Packed),
    /// In the cookie that goes out with this answer.
    Wrapped,
    /// In the store; known by an access token, and renewed by another.
    Token,
}

impl Live {
    pub(super) fn seen(own: Own) -> Seen {
        Seen::Live(Arc::new(Self { own, record: Mutex::new(None) }))
    }

    /// One whose record this request has just written.
    pub(super) fn written(own: Own, record: Session) -> Seen {
        Seen::Live(Arc::new(Self { own, record: Mutex::new(Some(Arc::new(record))) }))
    }

    /// Whether a ticket was handed out with the check.
    pub(super) fn offers(&self) -> bool {
        matches!(&self.own, Own::Stored(checked) if checked.offered().is_some())
    }

    const fn packed(&self) -> Option<&Packed> {
        match &self.own {
            Own::Stored(checked) => Some(checked.packed()),
            Own::Carried(packed) => Some(packed),
            Own::New | Own::Wrapped | Own::Token => None,
        }
    }

    /// What is packed was packed by us: it comes apart, or there is no session.
    pub(super) fn record(&self) -> Option<Arc<Session>> {
        let mut record = self.record.lock();
        if record.is_none() {
            *record = self.packed()?.session().ok().map(Arc::new);
        }
        record.clone()
    }

    /// The record as it was just written.
    pub(super) fn is_now(&self, record: Session) {
        *self.record.lock() = Some(Arc::new(record));
    }

    pub(super) fn account(&self) -> Option<(Option<SubjectId>, Vec<Group>)> {
        let record = self.record.lock().clone();
        match (record, self.packed()) {
            (None, Some(packed)) => packed.account().ok(),
            (record, _) => record.map(|record| (record.subject.clone(), record.groups.clone())),
        }
    }
}

pub(super) struct Staged {
    pub(super) proof: LoginProof,
    pub(super) class: SignedInClass,
    pub(super) groups: Vec<Group>,
    /// The session it shall hang from: of another host.
    pub(super) parent: Option<SessionId>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) seen: Seen,
    pub(super) change: Change,
    pub(super) sign_in: Option<Staged>,
    pub(super) step_up: Option<LoginProof>,
    /// Cookies to set, by name: each name once.
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) pre_session: Option<String>,
    /// The cookie that carries the session should be made anew.
    pub(super) is_due: bool,
    /// A cookie was made before the handler had answered.
    pub(super) was_early: bool,
    pub(super) signed_out: bool,
    pub(super) is_spent: bool,
    /// The family that this request's sign-in goes on with, once it has changed.
    pub(super) held: Option<Arc<Held>>,
    /// The token that whoever asked has shown, where a handler asked for it.
    pub(super) bearer: Option<Arc<Bearer>>,
}

impl Handle {
    pub(crate) fn of<Q>(site: &Site, cookies: Cookies, request: &Request<Q>) -> Self {
        let headers = request.headers();
        Self(Arc::new(Shared {
            site: site.clone(),
            cookies,
            sender: Sender::of(headers, request.extensions()),
            client: OnceLock::new(),
            uri: request.uri().clone(),
            is_navigation: is_navigation(headers),
            renewable: !is_websocket(request.method(), headers),
            state: Mutex::default(),
        }))
    }

    pub(super) fn client(&self) -> &Client {
        self.0.client.get_or_init(|| self.0.sender.client())
    }

    /// Who sent the request, as far as a sign-in notes it.
    #[must_use]
    pub fn sender_client(&self) -> &Client {
        self.client()
    }

    /// What the devices page shows of whoever sent the request.
    #[must_use]
    pub fn device(&self) -> Device {
        self.0.sender.device()
    }

    pub(super) fn origin(&self) -> Origin {
        self.0.sender.origin()
    }

    /// The app.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    /// Whether a browser is on its way to a page.
    #[must_use]
    pub fn is_navigation(&self) -> bool {
        self.0.is_navigation
    }

    /// The network the request came from, as far as it is known.
    #[must_use]
    pub fn network(&self) -> String {
        self.client().address.clone().unwrap_or_default()
    }

    /// Whether this is a page for people who are not signed in.
    pub(super) fn is_entrance(&self) -> bool {
        let (settings, path) = (self.0.site.settings(), self.0.uri.path());
        let sign_in = settings.sign_in_page.split('?').next().unwrap_or_default();
        path == sign_in || settings.entrances.iter().any(|entrance| entrance == path)
    }

    /// Whether this is the page that asks for a fresh proof.
    pub(crate) fn is_confirm_page(&self) -> bool {
        let page = self.0.site.settings().confirm_page.as_deref();
        page.is_some_and(|page| page.split('?').next() == Some(self.0.uri.path()))
    }

    /// The path and query of the request as the browser has them, to come back to.
    #[must_use]
    pub fn path(&self) -> &str {
        safe_return(self.0.uri.path_and_query().map_or("/", |path| path.as_str()))
    }

    /// Who this request acts for, in the event log.
    #[must_use]
    pub fn by(&self) -> By {
        By { actor: self.subject().map_or(Actor::Nobody, Actor::Subject), origin: self.origin() }
    }

    /// Who is signed in: by the token that was asked for, or by the session that was looked at.
    #[must_use]
    pub fn subject(&self) -> Option<SubjectId> {
        let by_token = self.bearer().map(|seen| seen.token().subject.clone());
        by_token.or_else(|| self.account().and_then(|(subject, _)| subject))
    }

    /// The session, if there is one, as it was when it was looked at.
    #[must_use]
    pub fn session(&self) -> Option<Arc<Session>> {
        self.live()?.record()
    }

    /// Who the session is about, and with which groups; not taken apart further than that. `None`: there is no session.
    #[must_use]
    pub fn account(&self) -> Option<(Option<SubjectId>, Vec<Group>)> {
        self.live()?.account()
    }

    /// The session of this request, and where it is.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        match &self.0.state.lock().seen {
            Seen::Live(live) => Some(live.clone()),
            Seen::Unseen | Seen::Nobody | Seen::Dead(_) => None,
        }
    }

    /// Why a ticket that was presented opens nothing.
    #[must_use]
    pub fn dead(&self) -> Option<Refusal> {
        match self.0.state.lock().seen {
            Seen::Dead(refusal) => Some(refusal),
            Seen::Unseen | Seen::Nobody | Seen::Live(..) => None,
        }
    }

    pub(super) fn staging<T>(
        &self,
        stage: impl FnOnce(&mut State) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let mut state = self.0.state.lock();
        if state.is_spent { Err(SessionError::Spent) } else { stage(&mut state) }
    }

    pub(super) fn own(&self) -> Result<Arc<Live>, SessionError> {
        self.live().ok_or(Refusal::NotSignedIn.into())
    }

    /// Whether the answer says goodbye to somebody, and not hello to somebody else.
    pub(crate) fn has_signed_out(&self) -> bool {
        let state = self.0.state.lock();
        state.signed_out && !matches!(state.seen, Seen::Live(..))
    }

    /// Whether the answer depends on who asked.
    pub(crate) fn was_seen(&self) -> bool {
        let state = self.0.state.lock();
        state.bearer.is_some() || !matches!(state.seen, Seen::Unseen)
    }

    /// Whoever asks is known by a token: the answer is nobody else's, and what is done is done by them.
    pub(crate) fn is_by_bearer(&self, seen: &Arc<Bearer>) {
        self.0.state.lock().bearer = Some(seen.clone());
    }

    pub(super) fn bearer(&self) -> Option<Arc<Bearer>> {
        self.0.state.lock().bearer.clone()
    }
}
