//! The session of one request: looked at when it is first asked for, changed in memory, written once.

mod state;

mod look;

mod csrf;

mod renewing;

mod write;

mod own;

mod beside;

use crate::detached::Detached;
use crate::session_error::SessionError;
use crate::site::{CSRF, PRE_SESSION, REFRESH, VISITOR};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::Group;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::session::patch::{Change, read as read_value};
use cloakroom_rules::session::raise::Why as RaiseWhy;
use cloakroom_rules::session::sign_in::SignedInClass;
use serde::Serialize;
use serde::de::DeserializeOwned;
use state::{Own, Seen, Staged};

pub use own::OwnTicket;
pub use state::Handle;

impl Handle {
    /// A value, as it was or as this request has set it.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        let state = self.0.state.lock();
        match (state.change.value(name)?, &state.seen) {
            (Some(staged), _) => Ok(staged),
            (None, Seen::Live(live)) => match live.record() {
                Some(session) => Ok(read_value(&session.data, name)?),
                None => Ok(None),
            },
            (None, _) => Ok(None),
        }
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

    /// Changes a value from what is there, and writes it now; `make` is asked again when another request was faster, so that
    /// neither is lost. What was staged before is written first. In a session that its cookie carries nobody is faster: the
    /// last answer wins.
    pub async fn update<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        mut make: impl FnMut(Option<T>) -> T + Send,
    ) -> Result<(), SessionError> {
        self.commit().await?;
        self.look().await?;
        if let Some(live) = self.live().filter(|live| matches!(live.own, Own::Stored(_) | Own::New))
            && let Some(session) = live.record()
        {
            let change_from = |read: &Session| {
                let mut change = Change::default();
                change.set(name, &make(read_value(&read.data, name)?))?;
                Ok(change)
            };
            live.is_now(self.0.site.authority().update(session.id, change_from).await?.session);
            return Ok(());
        }
        self.set(name, &make(self.get(name)?))?;
        let written = self.write().await;
        if written.is_err() {
            // It was to be written now, and not with the answer.
            self.0.state.lock().change.forget(name);
        }
        written
    }

    /// Signs in: a new session under a new ticket, when the handler has answered.
    pub fn sign_in(
        &self,
        proof: LoginProof,
        class: SignedInClass,
        groups: Vec<Group>,
    ) -> Result<(), SessionError> {
        self.staging(|state| {
            state.sign_in = Some(Staged { proof, class, groups, parent: None });
            Ok(())
        })
    }

    /// The same for somebody who comes from another host, where they are signed in already: what begins here ends with that.
    pub fn arrive(
        &self,
        proof: LoginProof,
        class: SignedInClass,
        groups: Vec<Group>,
        parent: SessionId,
    ) -> Result<(), SessionError> {
        self.staging(|state| {
            state.sign_in = Some(Staged { proof, class, groups, parent: Some(parent) });
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
        self.end().await?;
        let mut state = self.0.state.lock();
        (state.seen, state.change) = (Seen::Nobody, Change::default());
        (state.sign_in, state.step_up, state.signed_out) = (None, None, true);
        state.is_due = false;
        let settings = self.0.site.settings();
        for base in [self.0.site.ticket_base(), VISITOR, PRE_SESSION] {
            state.cookies.insert(base.to_owned(), settings.cookie.clear(base));
        }
        if let Some(lane) = self.lane() {
            state.cookies.insert(REFRESH.to_owned(), lane.refresh_cookie.clear(REFRESH));
        }
        if let Some(readable) = &settings.csrf_cookie {
            state.cookies.insert(CSRF.to_owned(), readable.clear(CSRF));
        }
        Ok(())
    }

    /// Ends every other session of the user. This one goes on under a new ticket.
    pub async fn end_others(&self, why: &RaiseWhy) -> Result<u32, SessionError> {
        self.staging(|_| Ok(()))?;
        // What was staged before is meant to hold when this does.
        self.write().await?;
        self.write_end_of_others(why).await
    }

    /// Writes what was staged now, and not after the handler: before something is done that cannot be undone.
    pub async fn commit(&self) -> Result<(), SessionError> {
        if self.0.state.lock().is_spent {
            return Err(SessionError::Spent);
        }
        self.write().await
    }

    /// Whether there is nothing to do before the answer goes out. Nothing can be changed from then on.
    pub(crate) fn is_done(&self) -> bool {
        let mut state = self.0.state.lock();
        let offers = matches!(&state.seen, Seen::Live(live) if live.offers());
        let is_idle = state.sign_in.is_none()
            && state.step_up.is_none()
            && state.change.is_empty()
            && state.cookies.is_empty()
            && !state.is_due
            && !offers;
        state.is_spent |= is_idle;
        is_idle
    }

    /// The handler has answered: writes what it staged, or drops that. Answers how that went, and the cookies to set: each
    /// of them is for something that is durable already, whatever became of the rest.
    pub(crate) async fn finish(&self, keep: bool) -> (Result<(), SessionError>, Vec<String>) {
        {
            let ticket = self.0.site.ticket_base();
            let mut state = self.0.state.lock();
            state.is_spent = true;
            state.was_early = [ticket, VISITOR, REFRESH].iter().any(|base| state.cookies.contains_key(*base));
            if !keep {
                state.change = Change::default();
                (state.sign_in, state.step_up) = (None, None);
            }
        }
        let mut finished = self.write().await;
        if finished.is_ok() {
            finished = self.renew().await;
        } else if self.lane().is_some() {
            // What a thief could not finish is no reason not to find them out.
            let _the_first_error_counts = self.renew().await;
        }
        self.drop_what_is_dead().await;
        let cookies = core::mem::take(&mut self.0.state.lock().cookies);
        (finished, cookies.into_values().collect())
    }

    /// The session apart from this request, for a stream that outlives it.
    #[must_use]
    pub fn detach(&self) -> Option<Detached> {
        let live = self.live()?;
        let session = live.record()?;
        Some(match live.own {
            Own::Stored(_) | Own::New | Own::Token => Detached::stored(&self.0.site, session.id),
            Own::Carried(_) | Own::Wrapped => Detached::carried(&self.0.site, session),
        })
    }
}
