//! Somebody signs in: always a new session under a new ticket.

use super::binding::Client;
use super::check::limit_passed;
use super::facts::ended;
use super::patch::{self, Change};
use super::policy::SessionPolicy;
use crate::audit::tell::By;
use crate::login::proof::LoginProof;
use crate::refusal::{Refusal, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::event::{Actor, EventName, Origin, Reason};
use cloakroom_model::records::session::{Class, Device, Session};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Time;

/// Who signs in, where, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// The proof.
    pub proof: &'a LoginProof,
    /// The host the ticket shall be good for.
    pub host: &'a Host,
    /// What kind of session.
    pub class: SignedInClass,
    /// The user's groups, as they were read together with the proof.
    pub groups: &'a [Group],
    /// The client.
    pub client: &'a Client,
    /// What the devices page shows.
    pub device: &'a Device,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
    /// What the app writes into it from the start.
    pub change: &'a Change,
}

/// A signed-in session is of one of these classes; an anonymous one cannot be signed in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedInClass {
    /// For a working day.
    Browser,
    /// For a month.
    Remembered,
    /// For the console.
    Console,
    /// For an app or a script that renews its tokens.
    Renewed,
}

impl From<SignedInClass> for Class {
    fn from(class: SignedInClass) -> Self {
        match class {
            SignedInClass::Browser => Self::Browser,
            SignedInClass::Remembered => Self::Remembered,
            SignedInClass::Console => Self::Console,
            SignedInClass::Renewed => Self::Renewed,
        }
    }
}

/// What must be known.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session of the request, if there is one: it ends.
    pub own: Option<&'a Session>,
    /// The session it shall hang from: the auth host's, for an app host's. One deep, and of the same user.
    pub parent: Option<&'a Session>,
    /// The user's other sessions, the least recently used first.
    pub sessions: &'a [Session],
}

/// What to open, and what to end for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The session to open.
    pub session: Session,
    /// Sessions to end, each with what its end leaves behind.
    pub closing: Vec<(SessionId, Trail)>,
    /// How many sessions the user may have.
    pub at_most: u32,
    /// What is told of the opening.
    pub trail: Trail,
}

/// Decides.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    policy: &SessionPolicy,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let hangs_wrong = |parent: &Session| {
        parent.parent.is_some() || parent.subject.as_ref() != Some(request.proof.subject())
    };
    if facts.parent.is_some_and(hangs_wrong) {
        return Err(Refusal::AnotherUser.into());
    }
    let class = Class::from(request.class);
    let lifetime = policy.lifetimes.of(class);
    let session = Session {
        id: SessionId::draw(now, entropy)?,
        class,
        host: request.host.clone(),
        subject: Some(request.proof.subject().clone()),
        parent: facts.parent.map(|parent| parent.id),
        assurance: Some(request.proof.assurance().clone()),
        groups: in_order(request.groups),
        generations: request.proof.generations(),
        created: now,
        last_seen: now,
        idle: lifetime.idle.min(facts.parent.map_or(lifetime.idle, |parent| parent.idle)),
        absolute: now.plus(lifetime.absolute).min(facts.parent.map_or(Time::MAX, |parent| parent.absolute)),
        rotated: now,
        ticket: 0,
        version: 1,
        device: request.device.clone(),
        binding: request.client.to_binding(),
        data: brought_along(facts.own, request.host, policy, now),
    };
    let version = session.version;
    let changed = patch::decide(
        &patch::Request { change: request.change },
        &patch::Facts { session: &session },
        policy,
    )?;
    let session = Session { version, ..changed };
    let by = By { actor: Actor::Subject(request.proof.subject().clone()), origin: request.origin.clone() };
    let mut closing = Vec::new();
    let endings = facts.own.map(|own| (own, Reason::Replaced)).into_iter().chain(room(facts, policy, now));
    for (ending, reason) in with_children(endings, facts.sessions) {
        let event = by.tells_of(ending, EventName::SessionClosed, reason, now, entropy)?;
        closing.push((ending.id, Trail { facts: vec![ended(ending)], events: vec![event] }));
    }
    // Whoever comes from where they are signed in has shown there who they are.
    let events = match facts.parent {
        Some(_) => vec![by.tells_of(&session, EventName::SessionOpened, Reason::HandOff, now, entropy)?],
        None => vec![
            by.tells_of(&session, EventName::LoginSuccess, Reason::SignIn, now, entropy)?,
            by.tells_of(&session, EventName::SessionOpened, Reason::SignIn, now, entropy)?,
        ],
    };
    let trail = Trail { facts: Vec::new(), events };
    Ok(Decision { session, closing, at_most: policy.sessions_at_most, trail })
}

/// Each session behind those that hang from it, which end with it. None twice.
fn with_children<'a>(
    endings: impl Iterator<Item = (&'a Session, Reason)>,
    sessions: &'a [Session],
) -> Vec<(&'a Session, Reason)> {
    let mut all: Vec<(&Session, Reason)> = Vec::new();
    for (ending, reason) in endings {
        let children = sessions.iter().filter(|session| session.parent == Some(ending.id));
        let new = children.map(|child| (child, Reason::ParentEnded)).chain([(ending, reason)]);
        for one in new {
            if !all.iter().any(|(other, _)| other.id == one.0.id) {
                all.push(one);
            }
        }
    }
    all
}

fn in_order(groups: &[Group]) -> Vec<Group> {
    let mut groups = groups.to_vec();
    groups.sort();
    groups.dedup();
    groups
}

/// From a live anonymous session of this host only what was declared; from somebody's session nothing at all.
fn brought_along(own: Option<&Session>, host: &Host, policy: &SessionPolicy, now: Time) -> Data {
    let may_give =
        |own: &&Session| own.subject.is_none() && own.host == *host && limit_passed(own, now).is_none();
    let mut data = own.filter(may_give).map_or_else(Data::default, |own| own.data.clone());
    data.retain(|name| policy.survives_sign_in.contains(name));
    data
}

/// Who must go so that one more fits: first those that are over anyway, then the least recently used.
fn room<'a>(
    facts: &'a Facts<'a>,
    policy: &SessionPolicy,
    now: Time,
) -> impl Iterator<Item = (&'a Session, Reason)> + use<'a> {
    let is = |session: &Session, other: Option<&Session>| other.is_some_and(|other| other.id == session.id);
    let others = move || facts.sessions.iter().filter(move |session| !is(session, facts.own));
    let too_many = (others().count() + 1).saturating_sub(policy.sessions_at_most as usize);
    // What it hangs from is no room.
    let may_go = move || others().filter(move |session| !is(session, facts.parent));
    let over = may_go().filter(move |session| limit_passed(session, now).is_some());
    let used = may_go().filter(move |session| limit_passed(session, now).is_none());
    over.chain(used).map(|session| (session, Reason::Limit)).take(too_many)
}

#[cfg(test)]
mod tests;
