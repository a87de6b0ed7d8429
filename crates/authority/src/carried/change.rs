//! What changes a carried session. It is wrapped before anything is published: what does not fit into a cookie has
//! changed nothing.

use super::{Carrier, Wrapped};
use crate::denied::Denied;
use crate::session::{SignIn, TRIES};
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::host::Host;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::patch::{self, Change};
use cloakroom_rules::session::{anonymous, carried, close, raise, rotate, sign_in};
use cloakroom_store::sessions::{Raise, Raised};

impl Carrier<'_> {
    fn still(&self, own: &Session) -> Result<(), Denied> {
        if self.stands(own) { Ok(()) } else { Err(Refusal::Ended.into()) }
    }

    fn not_overtaken(&self, session: &Session) -> Result<(), Denied> {
        if self.stands(session) { Ok(()) } else { Err(Refusal::ProofOvertaken.into()) }
    }

    /// Opens a session for a proof; `own` is the one of the request, and it ends. `sign_in.own` and `sign_in.parent` are
    /// not looked at: there are no stored sessions here.
    pub async fn sign_in(&self, sign_in: &SignIn<'_>, own: Option<&Session>) -> Result<Wrapped, Denied> {
        let inner = &self.authority.0;
        let request = sign_in.request();
        let facts = sign_in::Facts { own, parent: None, sessions: &[] };
        let now = self.authority.now();
        let decision = sign_in::decide(&request, &facts, &inner.policy, now, &*inner.entropy)?;
        self.not_overtaken(&decision.session)?;
        let wrapped = self.wrap_new(decision.session)?;
        let mut trail = decision.trail;
        // A visitor's session opens nothing: its end is not worth a fact that anybody could have written.
        if own.is_some_and(|own| own.subject.is_some()) {
            decision.closing.into_iter().for_each(|(_, closing)| trail.and(closing));
        }
        inner.stores.ledger.publish(&trail).await?;
        self.not_overtaken(&wrapped.session)?;
        Ok(wrapped)
    }

    /// A fresh or stronger proof in the session's own request. The cookie before it is refused from now on.
    pub async fn step_up(
        &self,
        own: &Session,
        proof: &LoginProof,
        client: &Client,
        origin: &Origin,
    ) -> Result<Wrapped, Denied> {
        self.still(own)?;
        let inner = &self.authority.0;
        let request = rotate::Request { why: rotate::Why::StepUp(proof, client), origin };
        let now = self.authority.now();
        let decision = rotate::decide(
            &request,
            &rotate::Facts { session: own, is_carried: true },
            now,
            &*inner.entropy,
        )?;
        self.not_overtaken(&decision.session)?;
        let wrapped = self.wrap(decision.session)?;
        inner.stores.ledger.publish(&decision.trail).await?;
        Ok(wrapped)
    }

    /// Sets and removes names. Nothing is merged: of two answers the last one the browser takes wins.
    pub fn patch(&self, own: &Session, change: &Change) -> Result<Wrapped, Denied> {
        self.still(own)?;
        let (request, facts) = (patch::Request { change }, patch::Facts { session: own });
        self.wrap_data(carried::patched(&request, &facts, &self.authority.0.policy)?, own)
    }

    /// A visitor's first write begins a session.
    pub async fn open_anonymous(
        &self,
        host: &Host,
        client: &Client,
        change: &Change,
    ) -> Result<Wrapped, Denied> {
        let inner = &self.authority.0;
        let truth = inner.stores.ledger.generations(None).await?;
        let (request, facts) = (anonymous::Request { host, client, change }, anonymous::Facts { truth });
        let now = self.authority.now();
        self.wrap_new(anonymous::decide(&request, &facts, &inner.policy, now, &*inner.entropy)?)
    }

    /// Ends a session. It is durable, and refused everywhere in this process, when this returns. Answers whether there was
    /// anything to end: a visitor's session opens nothing, and nothing is published of it.
    pub async fn end(&self, session: &Session, why: close::Why, by: &By) -> Result<bool, Denied> {
        if session.subject.is_none() || !self.stands_apart(session) {
            return Ok(false);
        }
        let inner = &self.authority.0;
        let (request, facts) = (close::Request { why, by }, close::Facts { session });
        let trail = close::decide(&request, &facts, self.authority.now(), &*inner.entropy)?;
        inner.stores.ledger.publish(&trail).await?;
        Ok(true)
    }

    /// Ends the session that a cookie carries, whatever else would be said of it: signing out is never refused.
    pub async fn end_of(&self, name: &str, value: &str, why: close::Why, by: &By) -> Result<bool, Denied> {
        match self.unwrap(name, value) {
            Ok((session, _)) => self.end(&session, why, by).await,
            Err(_) => Ok(false),
        }
    }

    /// Ends everything of a user but the session that asks, which goes on in a new cookie.
    pub async fn end_others(&self, own: &Session, why: &raise::Why, by: &By) -> Result<Wrapped, Denied> {
        let inner = &self.authority.0;
        let subject = own.subject.as_ref().ok_or(Refusal::NotSignedIn)?;
        for _ in 0..TRIES {
            self.still(own)?;
            let truth = inner.stores.ledger.generations(Some(subject)).await?;
            let (request, facts) = (
                raise::Request { subject, why, by },
                raise::Facts { truth, keep: Some(own), at_least: self.authority.raised_to_at_least() },
            );
            let decision = raise::decide(&request, &facts, self.authority.now(), &*inner.entropy)?;
            let wrapped = self.wrap(decision.keep.ok_or(Refusal::Ended)?)?;
            let raise = Raise { subject: subject.clone(), expect: truth.user, keep: None };
            match inner.stores.sessions.raise(raise, &decision.trail).await? {
                Raised::Done(..) => return Ok(wrapped),
                Raised::Gone => return Err(Refusal::Ended.into()),
                Raised::Stale | Raised::Taken => {}
            }
        }
        Err(Refusal::Conflict.into())
    }
}
