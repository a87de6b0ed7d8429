//! A sign-in that will be renewed: its session and the family that renews it.

use crate::audit::tell::By;
use crate::refusal::Stop;
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Reason};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::{ClientId, FamilyId};
use cloakroom_model::words::scope::{Audience, Scope};
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::time::{Span, Time};

/// Who gets tokens, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The client.
    pub client: ClientId,
    /// What its tokens allow.
    pub scope: Vec<Scope>,
    /// Whom they are meant for.
    pub audience: Vec<Audience>,
    /// The key they are bound to.
    pub bound_to: Option<[u8; 32]>,
}

/// What the session and the family come from.
#[derive(Debug)]
pub struct Request<'a> {
    /// The session as it would be opened.
    pub session: Session,
    /// The grant.
    pub grant: &'a Grant,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
}

/// What must be known.
#[derive(Debug)]
pub struct Facts {
    /// The client's generation, read before the proof was.
    pub client_generation: u64,
    /// The shard of the session.
    pub shard: Shard,
    /// The root key that computes tokens now.
    pub kid: u16,
}

/// What to open, and what to tell of it.
#[derive(Debug)]
pub struct Decision {
    /// The session.
    pub session: Session,
    /// The family.
    pub family: Family,
    /// The event.
    pub event: Event,
}

/// The time of last use of a session is written now and then, that of a family always: the session waits a little longer, so that the
/// family's limit is the one that counts.
fn a_little_longer(idle: Span) -> Span {
    Span::millis(idle.as_millis().saturating_add(idle.part(10).as_millis()))
}

/// Decides.
pub fn decide(
    request: Request<'_>,
    facts: &Facts,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let Request { session, grant, origin } = request;
    let mut salt = [0u8; 16];
    entropy.fill(&mut salt)?;
    let (mut scope, mut audience) = (grant.scope.clone(), grant.audience.clone());
    scope.sort();
    scope.dedup();
    audience.sort();
    audience.dedup();
    let family = Family {
        id: FamilyId::draw(now, entropy)?,
        shard: facts.shard,
        client: grant.client,
        client_generation: facts.client_generation,
        session: session.id,
        ticket: session.ticket,
        scope,
        audience,
        bound_to: grant.bound_to,
        salt,
        generation: 1,
        previous: None,
        kid: facts.kid,
        rotated: now,
        forked: false,
        overtaken: None,
        doubted: None,
        created: now,
        last_used: now,
        idle: session.idle,
        absolute: session.absolute,
    };
    let session = Session { idle: a_little_longer(session.idle), ..session };
    let actor = session.subject.clone().map_or(Actor::Nobody, Actor::Subject);
    let by = By { actor, origin: origin.clone() };
    let event =
        by.tells_of_family(&family, &session, EventName::FamilyOpened, Reason::SignIn, now, entropy)?;
    Ok(Decision { session, family, event })
}

#[cfg(test)]
mod tests;
