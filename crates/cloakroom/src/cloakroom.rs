//! The engine of an app that runs.

use crate::misuse::Misuse;
use cloakroom_authority::ports::hasher::{Hasher, NotHashed, Verdict, Visitor};
use cloakroom_authority::{Authority, Denied};
use cloakroom_model::records::event::{Event, EventName};
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::{LoginAttempt, LoginProof};
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::raise::Why as RaiseWhy;
use cloakroom_web::handle::Handle as Request;
use cloakroom_web::session_error::SessionError;
use cloakroom_web::site::Site;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Whoever hashes waits in the line of their network.
fn in_line(network: String) -> Visitor {
    Visitor { prefix: network, known_browser: false }
}

/// Somebody could not be signed in, and that says nothing about their password.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoginError {
    /// Too many sign-ins are waiting: 503, come back in a moment.
    #[error("too many sign-ins are waiting")]
    Busy,
    /// What is stored is no hash that can be verified.
    #[error("the stored hash cannot be used")]
    BadHash,
    /// The store does not answer.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl From<NotHashed> for LoginError {
    fn from(not: NotHashed) -> Self {
        match not {
            NotHashed::Busy | NotHashed::Stopped => Self::Busy,
            NotHashed::Unusable(_) => Self::BadHash,
        }
    }
}

/// A handler passes it on with `?`: 503 in each case, since none of them says anything about the password.
impl From<LoginError> for SessionError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Busy | LoginError::BadHash => Self::Busy,
            LoginError::Denied(denied) => denied.into(),
        }
    }
}

/// The engine of an app. Cheap to clone; passed in, never global.
#[derive(Debug, Clone)]
pub struct Cloakroom(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    site: Site,
    hasher: Hasher,
    nobody: String,
    /// Until it is shut down.
    upkeep: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(upkeep) = self.upkeep.get_mut().take() {
            upkeep.abort();
        }
    }
}

impl Cloakroom {
    /// Starts the upkeep of an engine that is open, on the current runtime.
    pub(crate) async fn start(site: Site, hasher: Hasher, runtime: &Handle) -> Result<Self, Misuse> {
        // What an unknown name is compared with: it takes as long as any other.
        let nobody = hasher.hash(Secret::new("nobody's password".to_owned()), in_line(String::new())).await;
        let nobody = nobody.map_err(|_| Misuse::NoHash)?;
        let upkeep = Mutex::new(Some(runtime.spawn(site.authority().clone().keep_up())));
        Ok(Self(Arc::new(Inner { site, hasher, nobody, upkeep })))
    }

    /// What the layers share.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    fn authority(&self) -> &Authority {
        self.0.site.authority()
    }

    /// The time, by the clock everything here goes by.
    #[must_use]
    pub fn now(&self) -> Time {
        self.0.site.settings().clock.now()
    }

    /// Hashes a new password with argon2id. `from` is the request: each network waits in a line of its own.
    pub async fn hash_password(&self, password: String, from: &Request) -> Result<String, LoginError> {
        Ok(self.0.hasher.hash(Secret::new(password), in_line(from.network())).await?)
    }

    /// Begins a sign-in. Call it before the stored hash is read, so that a change of the password that happens
    /// meanwhile wins.
    pub async fn begin_login(&self, subject: &SubjectId) -> Result<LoginAttempt, LoginError> {
        Ok(self.authority().begin_login(subject).await?)
    }

    /// Verifies a password against the stored hash; without one it takes as long and fails. `from` is the request: each
    /// network waits in a line of its own.
    pub async fn verify_password(
        &self,
        attempt: LoginAttempt,
        stored: Option<String>,
        password: String,
        from: &Request,
    ) -> Result<Option<LoginProof>, LoginError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.0.nobody.clone());
        let verify = |stored, password| self.0.hasher.verify(stored, password, in_line(from.network()));
        match verify(stored, Secret::new(password)).await {
            Ok(Verdict::Match { .. }) if known => {
                let method = "pwd".parse().map_err(|_| LoginError::BadHash)?;
                Ok(Some(attempt.proven(vec![method], self.0.site.settings().clock.now())))
            }
            Ok(Verdict::Match { .. } | Verdict::Mismatch) => Ok(None),
            // An account without a password is no other than one that does not exist.
            Err(NotHashed::Unusable(_)) => {
                verify(self.0.nobody.clone(), Secret::new(String::new())).await?;
                Ok(None)
            }
            Err(not) => Err(not.into()),
        }
    }

    /// The live sessions of a user that the store has, the least recently used first. It has none that cookies carry.
    pub async fn sessions_of(&self, subject: &SubjectId) -> Result<Vec<Record>, Denied> {
        self.authority().sessions_of(subject).await
    }

    /// Ends one session of the user of a request. One of somebody else is not there.
    pub async fn end_session(&self, session: SessionId, asked_by: &Request) -> Result<bool, Denied> {
        let Some(subject) = asked_by.subject() else { return Ok(false) };
        let is_theirs = self.sessions_of(&subject).await?.iter().any(|other| other.id == session);
        if is_theirs {
            self.authority().end(session, CloseWhy::RevokedByUser, &asked_by.by()).await
        } else {
            Ok(false)
        }
    }

    /// Ends everything of a user, as an administrator. It is durable, and known everywhere in this process, when this
    /// returns.
    pub async fn end_all(&self, subject: &SubjectId, by: &By) -> Result<u32, Denied> {
        self.authority().end_all(subject, &RaiseWhy::RevokedByAdmin, by).await
    }

    /// What was noticed lately: the newest events, at most so many, the oldest first.
    pub async fn recent_events(&self, at_most: usize) -> Result<Vec<Event>, Denied> {
        self.authority().recent_events(at_most).await
    }

    /// What a user should be told about: a sign-in of theirs that was ended because two held it, among the newest ten thousand events,
    /// the oldest first. [`alarms`](crate::pages::alarms) shows them.
    pub async fn alarms_of(&self, subject: &SubjectId) -> Result<Vec<Event>, Denied> {
        const LOOKED_AT: usize = 10_000;
        let is_alarm = |event: &Event| matches!(event.name, EventName::FamilyTheft | EventName::TwoHolders);
        let events = self.authority().recent_events(LOOKED_AT).await?;
        Ok(events
            .into_iter()
            .filter(|event| is_alarm(event) && event.subject.as_ref() == Some(subject))
            .collect())
    }

    /// Stops the upkeep and writes down what only memory knows. Call it before the process ends.
    pub async fn shutdown(&self) -> Result<(), Denied> {
        let upkeep = self.0.upkeep.lock().take();
        if let Some(upkeep) = upkeep {
            upkeep.abort();
            let _cancelled = upkeep.await;
        }
        self.authority().shut_down().await
    }

    /// The engine, for what is not offered here.
    #[must_use]
    pub fn engine(&self) -> &Authority {
        self.authority()
    }
}
