//! The session of one request: looked at when it is first asked for, changed in memory, written once.

use crate::client::{Sender, is_navigation, is_websocket};
use crate::cookies::{Cookies, Presented};
use crate::detached::Detached;
use crate::safe_return::safe_return;
use crate::site::{PRE_SESSION, Site, TICKET, VISITOR};
use cloakroom_authority::Denied;
use cloakroom_authority::session::{Checked, Presented as Showing, SignIn, SignedIn};
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::text::base64url;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::csrf::token::Bearer;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::{Change, read};
use cloakroom_rules::session::raise::Why as RaiseWhy;
use cloakroom_rules::session::sign_in::SignedInClass;
use http::{Request, Uri};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The session of a request. Clones are the same session.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

/// It holds tickets, and what an app keeps: neither is for logs.
impl core::fmt::Debug for Handle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Handle").field(&self.session().map(|session| session.id)).finish()
    }
}

struct Shared {
    site: Site,
    cookies: Cookies,
    sender: Sender,
    client: OnceLock<Client>,
    uri: Uri,
    is_navigation: bool,
    renewable: bool,
    state: Mutex<State>,
}

/// What is known of the session.
#[derive(Clone, Default)]
enum Seen {
    /// Nobody has looked.
    #[default]
    Unseen,
    /// There is none.
    Nobody,
    /// A ticket of a signed-in session was presented, and it opens nothing.
    Dead(Refusal),
    /// There is one.
    Live(Arc<Session>, Option<Arc<Checked>>),
}

struct Staged {
    proof: LoginProof,
    class: SignedInClass,
    groups: Vec<Group>,
}

#[derive(Default)]
struct State {
    seen: Seen,
    change: Change,
    sign_in: Option<Staged>,
    step_up: Option<LoginProof>,
    /// Cookies to set, by name: each name once.
    cookies: BTreeMap<String, String>,
    pre_session: Option<String>,
    signed_out: bool,
    is_spent: bool,
}

/// What went wrong with a session in a handler.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    /// The engine says no, or the store does not answer.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The answer has begun: nothing that is changed now would be written. Streams use `detach`.
    #[error("the answer has begun, nothing can be written to the session any more")]
    Spent,
}

impl From<Refusal> for SessionError {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
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
            renewable: !is_websocket(headers),
            state: Mutex::default(),
        }))
    }

    fn client(&self) -> &Client {
        self.0.client.get_or_init(|| self.0.sender.client())
    }

    /// Where the event log should say the request came from.
    fn origin(&self) -> Origin {
        Origin { address: self.client().address.clone().unwrap_or_default(), request: String::new() }
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

    /// The path and query of the request as the browser has them, to come back to.
    #[must_use]
    pub fn path(&self) -> &str {
        safe_return(self.0.uri.path_and_query().map_or("/", |path| path.as_str()))
    }

    /// Who this request acts for, in the event log.
    #[must_use]
    pub fn by(&self) -> By {
        match self.session() {
            Some(session) => By::holder(&session, self.origin()),
            None => By { actor: Actor::Nobody, origin: self.origin() },
        }
    }

    /// Looks at the session, once: in memory where it is known, else in the store.
    pub async fn look(&self) -> Result<(), Denied> {
        if !matches!(self.0.state.lock().seen, Seen::Unseen) {
            return Ok(());
        }
        let seen = self.seen(Purpose::Use).await?;
        self.0.state.lock().seen = seen;
        Ok(())
    }

    /// Looks at the session to confirm who it is: one whose client has changed opens nothing else (`BindingPolicy::StepUp`).
    /// For the page that asks for the fresh proof, and for nothing beside it.
    pub async fn look_to_confirm(&self) -> Result<(), Denied> {
        self.look().await?;
        if self.dead() == Some(Refusal::StepUpRequired) {
            let seen = self.seen(Purpose::StepUp).await?;
            self.0.state.lock().seen = seen;
        }
        Ok(())
    }

    async fn seen(&self, purpose: Purpose) -> Result<Seen, Denied> {
        match (&self.0.cookies.ticket, &self.0.cookies.visitor) {
            (Presented::Ticket(ticket), _) => self.opened(ticket, purpose, Seen::Dead).await,
            (Presented::Garbage, _) => Ok(Seen::Dead(Refusal::NotSignedIn)),
            // A visitor loses nothing that was theirs alone: the next write opens a new session.
            (Presented::Nothing, Presented::Ticket(ticket)) => {
                self.opened(ticket, purpose, |_| Seen::Nobody).await
            }
            (Presented::Nothing, Presented::Garbage | Presented::Nothing) => Ok(Seen::Nobody),
        }
    }

    async fn opened(
        &self,
        ticket: &Ticket,
        purpose: Purpose,
        refused: fn(Refusal) -> Seen,
    ) -> Result<Seen, Denied> {
        match self.check(ticket, purpose).await {
            // Nobody has looked: that says nothing of the ticket.
            Err(Denied::Refused(refusal)) if refusal != Refusal::TooMany => Ok(refused(refusal)),
            seen => seen,
        }
    }

    async fn check(&self, ticket: &Ticket, purpose: Purpose) -> Result<Seen, Denied> {
        let Shared { site, renewable, .. } = &*self.0;
        let (client, origin) = (self.client(), &self.origin());
        let showing = Showing { ticket, host: &site.0.host, client, origin, renewable: *renewable, purpose };
        let checked = match site.authority().known(&showing) {
            Some(answer) if purpose == Purpose::Use => answer?,
            _ => self.check_unknown(&showing).await?,
        };
        Ok(Seen::Live(Arc::new(checked.session()?), Some(Arc::new(checked))))
    }

    /// Asks the truth, unless the network has guessed too often: then only what is known already is let in.
    async fn check_unknown(&self, showing: &Showing<'_>) -> Result<Checked, Denied> {
        let (site, network) = (&self.0.site, self.client().address.as_deref());
        let now = site.settings().clock.now();
        if network.is_some_and(|network| site.0.guesses.lock().are_too_many(network, now)) {
            return Err(Refusal::TooMany.into());
        }
        let answer = site.authority().check(showing).await;
        if let (Err(Denied::Refused(Refusal::NotSignedIn)), Some(network)) = (&answer, network) {
            site.0.guesses.lock().count(network, now);
        }
        answer
    }

    /// The session, if there is one, as it was when it was looked at.
    #[must_use]
    pub fn session(&self) -> Option<Arc<Session>> {
        match &self.0.state.lock().seen {
            Seen::Live(session, _) => Some(session.clone()),
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

    /// A value, as it was or as this request has set it.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        let state = self.0.state.lock();
        match (state.change.value(name)?, &state.seen) {
            (Some(staged), _) => Ok(staged),
            (None, Seen::Live(session, _)) => Ok(read(&session.data, name)?),
            (None, _) => Ok(None),
        }
    }

    fn staging<T>(
        &self,
        stage: impl FnOnce(&mut State) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let mut state = self.0.state.lock();
        if state.is_spent { Err(SessionError::Spent) } else { stage(&mut state) }
    }

    /// Sets a value. It is written when the handler has answered.
    pub fn set<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), SessionError> {
        self.staging(|state| Ok(state.change.set(name, value).map(drop)?))
    }

    /// Removes a value.
    pub fn remove(&self, name: &str) -> Result<(), SessionError> {
        self.staging(|state| {
            state.change.remove(name);
            Ok(())
        })
    }

    /// Signs in: a new session under a new ticket, when the handler has answered.
    pub fn sign_in(
        &self,
        proof: LoginProof,
        class: SignedInClass,
        groups: Vec<Group>,
    ) -> Result<(), SessionError> {
        self.staging(|state| {
            state.sign_in = Some(Staged { proof, class, groups });
            Ok(())
        })
    }

    /// A fresh proof for the session there is: a new ticket, when the handler has answered.
    pub fn step_up(&self, proof: LoginProof) -> Result<(), SessionError> {
        self.staging(|state| {
            state.step_up = Some(proof);
            Ok(())
        })
    }

    /// Signs out. It is durable when this returns; the cookies go with the answer.
    pub async fn sign_out(&self) -> Result<(), SessionError> {
        self.look().await?;
        self.staging(|_| Ok(()))?;
        let (authority, by) = (self.0.site.authority(), self.by());
        match (self.session(), &self.0.cookies.ticket) {
            (Some(session), _) => drop(authority.end(session.id, CloseWhy::SignOut, &by).await?),
            (None, Presented::Ticket(ticket)) => {
                authority.end_of_ticket(ticket, CloseWhy::SignOut, &by).await?;
            }
            (None, Presented::Nothing | Presented::Garbage) => {}
        }
        let mut state = self.0.state.lock();
        (state.seen, state.change) = (Seen::Nobody, Change::default());
        (state.sign_in, state.step_up, state.signed_out) = (None, None, true);
        for base in [TICKET, VISITOR, PRE_SESSION] {
            let cleared = self.0.site.settings().cookie.clear(base);
            state.cookies.insert(base.to_owned(), cleared);
        }
        Ok(())
    }

    /// Ends every other session of the user. This one goes on under a new ticket.
    pub async fn end_others(&self, why: &RaiseWhy) -> Result<u32, SessionError> {
        self.staging(|_| Ok(()))?;
        // What was staged before is meant to hold when this does.
        self.write().await?;
        let checked = self.own()?;
        let by = self.by();
        let (ended, kept) = self.0.site.authority().end_others(&checked, why, &by).await?;
        self.goes_on_under(&kept)?;
        Ok(ended)
    }

    fn own(&self) -> Result<Arc<Checked>, SessionError> {
        match &self.0.state.lock().seen {
            Seen::Live(_, Some(checked)) => Ok(checked.clone()),
            Seen::Live(_, None) => Err(Refusal::Conflict.into()),
            Seen::Unseen | Seen::Nobody | Seen::Dead(_) => Err(Refusal::NotSignedIn.into()),
        }
    }

    /// Writes what was staged now, and not after the handler: before something is done that cannot be undone.
    pub async fn commit(&self) -> Result<(), SessionError> {
        if self.0.state.lock().is_spent {
            return Err(SessionError::Spent);
        }
        self.write().await
    }

    /// Writes what is staged. What could not be written is staged again, so that a second try is one.
    async fn write(&self) -> Result<(), SessionError> {
        let (sign_in, step_up, change) = {
            let mut state = self.0.state.lock();
            let change = core::mem::take(&mut state.change);
            (state.sign_in.take(), state.step_up.take(), change)
        };
        if let Some(staged) = sign_in {
            let written = self.write_sign_in(&staged, &change).await;
            if written.is_err() {
                self.stage_again(Some(staged), step_up, change);
            }
            return written;
        }
        if let Some(proof) = step_up
            && let Err(error) = self.write_step_up(&proof).await
        {
            self.stage_again(None, Some(proof), change);
            return Err(error);
        }
        if change.is_empty() {
            return Ok(());
        }
        let written = self.write_change(&change).await;
        if written.is_err() {
            self.stage_again(None, None, change);
        }
        written
    }

    fn stage_again(&self, sign_in: Option<Staged>, step_up: Option<LoginProof>, change: Change) {
        let mut state = self.0.state.lock();
        state.sign_in = state.sign_in.take().or(sign_in);
        state.step_up = state.step_up.take().or(step_up);
        let newer = core::mem::take(&mut state.change);
        state.change = change.under(newer);
    }

    async fn write_sign_in(&self, staged: &Staged, change: &Change) -> Result<(), SessionError> {
        self.look().await?;
        let signed_in = self
            .0
            .site
            .authority()
            .sign_in(&SignIn {
                proof: &staged.proof,
                host: &self.0.site.0.host,
                class: staged.class,
                groups: &staged.groups,
                parent: None,
                own: self.session().map(|session| session.id),
                client: self.client(),
                device: &self.0.sender.device(),
                origin: &self.origin(),
                change,
            })
            .await?;
        self.goes_on_under(&signed_in)
    }

    async fn write_step_up(&self, proof: &LoginProof) -> Result<(), SessionError> {
        self.look_to_confirm().await?;
        let (checked, authority) = (self.own()?, self.0.site.authority());
        let stepped = authority.step_up(&checked, proof, self.client(), &self.origin()).await?;
        self.goes_on_under(&stepped)
    }

    async fn write_change(&self, change: &Change) -> Result<(), SessionError> {
        self.look().await?;
        let authority = self.0.site.authority();
        match (self.session(), self.dead()) {
            (Some(session), _) => {
                let written = authority.patch(session.id, change).await?;
                let mut state = self.0.state.lock();
                if let Seen::Live(session, _) = &mut state.seen {
                    *session = Arc::new(written.session);
                }
                Ok(())
            }
            (None, Some(refusal)) => Err(refusal.into()),
            (None, None) => {
                let written = authority.open_anonymous(&self.0.site.0.host, self.client(), change).await?;
                if let Some(ticket) = &written.ticket {
                    self.sends(VISITOR, ticket, &written.session)?;
                }
                self.0.state.lock().seen = Seen::Live(Arc::new(written.session), None);
                Ok(())
            }
        }
    }

    fn goes_on_under(&self, new: &SignedIn) -> Result<(), SessionError> {
        self.sends(TICKET, &new.ticket, &new.session)?;
        let mut state = self.0.state.lock();
        if !matches!(self.0.cookies.visitor, Presented::Nothing) {
            let cleared = self.0.site.settings().cookie.clear(VISITOR);
            state.cookies.insert(VISITOR.to_owned(), cleared);
        }
        let checked = self.0.site.authority().newly(new, &self.0.site.0.host, self.client());
        state.seen = Seen::Live(Arc::new(new.session.clone()), Some(Arc::new(checked)));
        Ok(())
    }

    fn sends(&self, base: &str, ticket: &Ticket, session: &Session) -> Result<(), SessionError> {
        let settings = self.0.site.settings();
        let lives = session.absolute.since(settings.clock.now());
        let cookie = settings.cookie.set(base, ticket.to_text().expose(), lives);
        let cookie = cookie.map_err(|_| SessionError::from(Refusal::BadValue))?;
        self.0.state.lock().cookies.insert(base.to_owned(), cookie);
        Ok(())
    }

    /// Whether there is nothing to do before the answer goes out. Nothing can be changed from then on.
    pub(crate) fn is_done(&self) -> bool {
        let mut state = self.0.state.lock();
        let offers = matches!(&state.seen, Seen::Live(_, Some(checked)) if checked.offered().is_some());
        let is_idle = state.sign_in.is_none()
            && state.step_up.is_none()
            && state.change.is_empty()
            && state.cookies.is_empty()
            && !offers;
        state.is_spent |= is_idle;
        is_idle
    }

    /// The handler has answered: writes what it staged, or drops that. Answers how that went, and the cookies to set: each
    /// of them is for something that is durable already, whatever became of the rest.
    pub(crate) async fn finish(&self, keep: bool) -> (Result<(), SessionError>, Vec<String>) {
        {
            let mut state = self.0.state.lock();
            state.is_spent = true;
            if !keep {
                state.change = Change::default();
                (state.sign_in, state.step_up) = (None, None);
            }
        }
        let mut finished = self.write().await;
        if finished.is_ok() {
            finished = self.offer().await;
        }
        let cookies = core::mem::take(&mut self.0.state.lock().cookies);
        (finished, cookies.into_values().collect())
    }

    /// A ticket that was handed out with the check goes along, if it still would open the session: a late answer must not
    /// put a dead ticket over a newer one.
    async fn offer(&self) -> Result<(), SessionError> {
        let checked = match &self.0.state.lock().seen {
            Seen::Live(_, Some(checked)) => checked.clone(),
            _ => return Ok(()),
        };
        let Some(ticket) = checked.offered() else { return Ok(()) };
        if self.0.site.authority().offer_stands(&checked).await.is_ok_and(|stands| stands) {
            let session = checked.session()?;
            let base = if session.subject.is_some() { TICKET } else { VISITOR };
            self.sends(base, ticket, &session)?;
        }
        Ok(())
    }

    /// Whether the answer says goodbye to somebody, and not hello to somebody else.
    pub(crate) fn has_signed_out(&self) -> bool {
        let state = self.0.state.lock();
        state.signed_out && !matches!(state.seen, Seen::Live(..))
    }

    /// Whether the answer depends on who asked.
    pub(crate) fn was_seen(&self) -> bool {
        !matches!(self.0.state.lock().seen, Seen::Unseen)
    }

    /// A CSRF token for a page. A visitor's is bound to a cookie of its own, which is made here if there is none: a
    /// visitor's session may begin while the page is open.
    pub async fn csrf_token(&self) -> Result<String, SessionError> {
        self.look().await?;
        let (authority, origin) = (self.0.site.authority(), self.0.site.origin());
        if let Some(session) = self.session().filter(|session| session.subject.is_some()) {
            return Ok(authority.csrf_token(origin, Bearer::Session(session.id, session.ticket))?);
        }
        let pre_session = self.pre_session()?;
        Ok(authority.csrf_token(origin, Bearer::Visitor(pre_session.as_bytes()))?)
    }

    fn pre_session(&self) -> Result<String, SessionError> {
        if let Some(presented) = &self.0.cookies.pre_session {
            return Ok(presented.clone());
        }
        let settings = self.0.site.settings();
        self.staging(|state| {
            if let Some(made) = &state.pre_session {
                return Ok(made.clone());
            }
            let mut random = [0u8; 32];
            settings.entropy.fill(&mut random).map_err(Denied::from)?;
            let made = base64url(&random);
            let cookie = settings.cookie.set(PRE_SESSION, &made, Span::hours(24));
            state.cookies.insert(PRE_SESSION.to_owned(), cookie.map_err(|_| Refusal::BadValue)?);
            state.pre_session = Some(made.clone());
            Ok(made)
        })
    }

    /// Whether a CSRF token is good for this request.
    pub async fn csrf_is_good(&self, token: &str) -> Result<bool, Denied> {
        self.look().await?;
        let (authority, origin) = (self.0.site.authority(), self.0.site.origin());
        let session = self.session().filter(|session| session.subject.is_some());
        Ok(match (session, &self.0.cookies.pre_session) {
            (Some(session), _) => {
                authority.csrf_is_good(origin, Bearer::Session(session.id, session.ticket), token)
            }
            (None, Some(pre_session)) => {
                authority.csrf_is_good(origin, Bearer::Visitor(pre_session.as_bytes()), token)
            }
            (None, None) => false,
        })
    }

    /// Whether any CSRF token could be good: without a cookie of ours none can.
    pub(crate) fn can_have_token(&self) -> bool {
        !matches!(self.0.cookies.ticket, Presented::Nothing) || self.0.cookies.pre_session.is_some()
    }

    /// Tells that a request in the name of this session was refused.
    pub(crate) async fn tell_of_csrf(&self) -> Result<(), Denied> {
        self.look().await?;
        match self.session() {
            Some(session) => self.0.site.authority().tell_of_csrf(&session, &self.origin()).await,
            None => Ok(()),
        }
    }

    /// The session apart from this request, for a stream that outlives it.
    #[must_use]
    pub fn detach(&self) -> Option<Detached> {
        self.session().map(|session| Detached::of(&self.0.site, session.id))
    }
}
