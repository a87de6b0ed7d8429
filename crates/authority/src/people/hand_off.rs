//! A browser goes from the place where one signs in to an app, and is signed in there.

use super::changing::user_of;
use super::{NotDone, People};
use cloakroom_crypto::digest::sha256;
use cloakroom_model::records::request::About;
use cloakroom_model::records::session::{Assurance, Session};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::link::Link;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Span;
use cloakroom_rules::login::proof::{LoginAttempt, LoginProof};
use cloakroom_rules::refusal::Refusal;
use cloakroom_store::requests::{Asking, Redeemed};

/// How long a browser may take from one host to the other.
const LIVES: Span = Span::seconds(30);

/// Where a browser goes.
#[derive(Debug)]
pub struct Journey<'a> {
    /// The app.
    pub host: &'a Host,
    /// The SHA-256 of what the browser holds there.
    pub challenge: [u8; 32],
    /// The session it comes with.
    pub session: &'a Session,
}

/// Who arrives.
#[derive(Debug)]
pub struct Arrival {
    /// The proof: the one of the session it comes from.
    pub proof: LoginProof,
    /// What they are in.
    pub groups: Vec<Group>,
    /// The session that the new one hangs from.
    pub parent: SessionId,
}

impl People {
    /// The code that a browser takes to an app. It is good once, there, and for the browser that began.
    pub async fn depart(&self, journey: &Journey<'_>) -> Result<Link, NotDone> {
        let session = journey.session;
        let (Some(subject), Some(assurance)) = (&session.subject, &session.assurance) else {
            return Err(Refusal::NotSignedIn.into());
        };
        let about = About::HandOff {
            host: journey.host.clone(),
            challenge: journey.challenge,
            session: session.id,
            assurance: assurance.clone(),
        };
        // The generations are those of the session: what ends it ends this.
        let of = Some((user_of(subject)?, session.generations));
        let (link, request) = self.begin(None, of, about, LIVES)?;
        self.0
            .authority
            .0
            .stores
            .requests
            .ask(Asking { ask: vec![request], ..Asking::default() }, &Trail::none())
            .await?;
        Ok(link)
    }

    /// A browser arrives at an app with a code and with what it held there from the start.
    pub async fn arrive(&self, code: &str, host: &Host, held: &str) -> Result<Arrival, NotDone> {
        let opened = self.open_link(code, "").await?;
        let About::HandOff { host: to, challenge, session, assurance } = &opened.request.about else {
            return Err(NotDone::LinkGone);
        };
        // Before it is used up: whoever only has the code cannot spoil it.
        let is_its_own = to == host && cloakroom_crypto::compare::equal(challenge, &sha256(held.as_bytes()));
        let user = opened.request.user.filter(|_| is_its_own).ok_or(NotDone::LinkGone)?;
        let redeemed =
            self.0.authority.0.stores.requests.redeem(&opened.request.look_up, &Trail::none()).await?;
        let Redeemed::Done(..) = redeemed else { return Err(NotDone::LinkGone) };
        let account = self.read(user).await?.account;
        let subject = account.subject().map_err(|_| NotDone::Nobody)?;
        let Assurance { methods, at } = assurance.clone();
        let proof = LoginAttempt::begin(subject, opened.request.generations).proven(methods, at);
        Ok(Arrival { proof, groups: account.groups, parent: *session })
    }
}
