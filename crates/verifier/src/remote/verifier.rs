//! What a resource server puts in front of its handlers.

use super::feed::{NoStream, Remote, follow};
use super::keepsake::Keepsake;
use crate::guard::{Checked, Guard, MaxStaleness, Route};
use crate::table::Table;
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_model::ports::{Clock, Entropy, SystemClock};
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::BORNE_AT_MOST;
use cloakroom_rules::token::policy::TokenPolicy;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// Facts whose time is over are forgotten so often.
const FORGETS: Duration = Duration::from_secs(60);

/// A verifier that cannot be made.
#[derive(thiserror::Error)]
pub enum NoVerifier {
    /// Not an issuer.
    #[error(
        "CK5001: {0:?} is not an issuer\nhint: the `issuer` of the authority, like https://login.example.com"
    )]
    Issuer(String),
    /// Not an audience.
    #[error("CK5002: {0:?} is not an audience\nhint: the `aud` of the tokens that are meant for this app")]
    Audience(String),
    /// No credential.
    #[error(
        "CK5003: there is no credential, or it is none\nhint: the authority makes one with `feed_credential()`; it begins with cks_"
    )]
    Credential,
    /// No address.
    #[error(
        "CK5004: there is no authority to follow\nhint: `.authority(\"host:port\")`, the internal listener of the authority, without a scheme"
    )]
    Authority,
    /// It would bear more than any authority waits for.
    #[error("CK5006: a verifier bears an hour at most\nhint: `.allows_stale(…)` with less")]
    TooStale,
    /// The system has no randomness.
    #[error("CK5005: the system has no randomness")]
    NoSecrets,
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for NoVerifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// How a verifier is made.
#[derive(Debug)]
pub struct Builder {
    issuer: String,
    audience: String,
    authority: String,
    credential: Option<FeedCredential>,
    bears: MaxStaleness,
    allows_stale: Option<Span>,
    keeps: Option<PathBuf>,
    tells: fn(&NoStream),
    clock: Arc<dyn Clock>,
}

impl Builder {
    /// Where the authority listens for verifiers: a host and a port.
    #[must_use]
    pub fn authority(mut self, address: &str) -> Self {
        address.clone_into(&mut self.authority);
        self
    }

    /// The credential that the authority has made: `cks_…`.
    #[must_use]
    pub fn credential(mut self, text: &str) -> Self {
        self.credential = FeedCredential::parse(text.trim()).ok();
        self
    }

    /// How old what is known may be, where [`Verifier::check`] is asked: ten seconds, if nothing is said.
    #[must_use]
    pub const fn bears(mut self, bears: MaxStaleness) -> Self {
        self.bears = bears;
        self
    }

    /// The oldest knowledge that any route lets somebody in by ([`Otherwise::AllowStale`](crate::guard::Otherwise::AllowStale)), where that is
    /// more than ten seconds. The authority must have been told so, or it lets nobody follow who bears as much.
    #[must_use]
    pub const fn allows_stale(mut self, at_most: Span) -> Self {
        self.allows_stale = Some(at_most);
        self
    }

    /// Keeps what is known in this file, for the next process: it need not be told everything again. It says nothing about now: until the
    /// authority is there everything is unknown. A file that is damaged, or another verifier's, is left out.
    #[must_use]
    pub fn keeps(mut self, file: impl Into<PathBuf>) -> Self {
        self.keeps = Some(file.into());
        self
    }

    /// Told each time there is no stream, and why. It must not wait.
    #[must_use]
    pub fn tells(mut self, tells: fn(&NoStream)) -> Self {
        self.tells = tells;
        self
    }

    /// By which clock it goes.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Begins to follow, on the current runtime. It does not wait for the authority: until that is there everything is unknown.
    pub fn start(self) -> Result<Verifier, NoVerifier> {
        let issuer = self.issuer.parse().map_err(|_| NoVerifier::Issuer(self.issuer))?;
        let audience = self.audience.parse().map_err(|_| NoVerifier::Audience(self.audience))?;
        let credential = self.credential.ok_or(NoVerifier::Credential)?;
        let is_there = |(host, port): (&str, &str)| {
            !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok()
        };
        if !self.authority.rsplit_once(':').is_some_and(is_there) {
            return Err(NoVerifier::Authority);
        }
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::open().map_err(|_| NoVerifier::NoSecrets)?);
        if self.allows_stale.is_some_and(|at_most| at_most > BORNE_AT_MOST) {
            return Err(NoVerifier::TooStale);
        }
        let mut policy = TokenPolicy::of(issuer, audience);
        policy.verifiers_bear = self.allows_stale.unwrap_or(policy.verifiers_bear).max(policy.verifiers_bear);
        let keepsake = self.keeps.map(|file| Keepsake::of(file, &credential)).transpose();
        let keeps = keepsake.map_err(|_| NoVerifier::NoSecrets)?;
        let table = match &keeps {
            Some(keeps) => Ok(keeps.table()),
            None => Table::draw(&*entropy),
        };
        let now = self.clock.now();
        let guard = table.and_then(|table| Guard::with(table, policy, self.clock, &*entropy));
        let guard = guard.map_err(|_| NoVerifier::NoSecrets)?;
        let goes_on = match keeps.as_ref().map(|keeps| keeps.read(now)) {
            Some(Ok(Some(kept))) => {
                guard.put_back(kept.contents);
                guard.reached(kept.of, kept.heads.clone());
                Some((kept.of, kept.heads))
            }
            Some(Err(no)) => {
                (self.tells)(&no);
                None
            }
            Some(Ok(None)) | None => None,
        };
        let remote = Remote { authority: self.authority, credential, tells: self.tells, goes_on, keeps };
        let following = tokio::spawn(follow(guard.clone(), remote, entropy));
        let forgets = guard.clone();
        let forgetting = tokio::spawn(async move {
            loop {
                tokio::time::sleep(FORGETS).await;
                let guard = forgets.clone();
                // A large table takes its time.
                let _forgotten = tokio::task::spawn_blocking(move || guard.forget()).await;
            }
        });
        Ok(Verifier(Arc::new(Inner {
            guard,
            bears: self.bears,
            tasks: (following.abort_handle(), forgetting.abort_handle()),
        })))
    }
}

#[derive(Debug)]
struct Inner {
    guard: Guard,
    bears: MaxStaleness,
    tasks: (AbortHandle, AbortHandle),
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.0.abort();
        self.tasks.1.abort();
    }
}

/// Checks the tokens of an authority in another process. Cheap to clone; when the last one goes, it stops following.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Inner>);

impl Verifier {
    /// For tokens of an issuer that are meant for an audience.
    #[must_use]
    pub fn builder(issuer: &str, audience: &str) -> Builder {
        Builder {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            authority: String::new(),
            credential: None,
            bears: MaxStaleness::standard(),
            allows_stale: None,
            keeps: None,
            tells: |_| {},
            clock: Arc::new(SystemClock),
        }
    }

    /// What is to be said of a token.
    #[must_use]
    pub fn check(&self, token: &str) -> Checked {
        self.0.guard.check(token, self.0.bears, None)
    }

    /// The same where another staleness is borne.
    #[must_use]
    pub fn check_within(&self, token: &str, bears: MaxStaleness) -> Checked {
        self.0.guard.check(token, bears, None)
    }

    /// What is to be said of a token on a route, with the receipt that came with it, if one did: for whoever can wait a moment.
    pub async fn decide(
        &self,
        token: &str,
        route: impl Into<Route>,
        receipt: Option<&str>,
    ) -> Result<Checked, Malformed> {
        let receipt = receipt.map(|text| self.0.guard.receipt(text)).transpose()?;
        Ok(self.0.guard.decide(token, route.into(), receipt.as_ref()).await)
    }

    /// Waits until something other than "good" is to be said of a token: for streams that stay open.
    pub async fn over(&self, token: &str) -> Checked {
        self.0.guard.over(token, self.0.bears).await
    }

    /// What there is to be measured here, as Prometheus reads it.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.0.guard.metrics()
    }

    /// How old what is known is; `None`: nothing is.
    #[must_use]
    pub fn staleness(&self) -> Option<Span> {
        self.0.guard.staleness()
    }

    /// The table and all that belongs to it.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.0.guard
    }
}
