//! A visitor writes something for the first time. Reading alone never opens a session.

use super::binding::Client;
use super::patch::Change;
use super::policy::SessionPolicy;
use crate::refusal::Stop;
use crate::session::patch;
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::session::{Class, Device, Generations, Session};
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;

/// What the visitor wrote, and where.
#[derive(Debug)]
pub struct Request<'a> {
    /// The host.
    pub host: &'a Host,
    /// Who.
    pub client: &'a Client,
    /// The first write.
    pub change: &'a Change,
}

/// What must be known.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The counters.
    pub truth: Generations,
}

/// The session to open. There is nothing to tell: nobody is signed in.
pub type Decision = Session;

/// Makes the session.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts,
    policy: &SessionPolicy,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let lifetime = policy.lifetimes.of(Class::Anonymous);
    let empty = Session {
        id: SessionId::draw(now, entropy)?,
        class: Class::Anonymous,
        host: request.host.clone(),
        subject: None,
        parent: None,
        assurance: None,
        groups: Vec::new(),
        generations: Generations { user: 0, ..facts.truth },
        created: now,
        last_seen: now,
        idle: lifetime.idle,
        absolute: now.plus(lifetime.absolute),
        rotated: now,
        ticket: 0,
        version: 0,
        device: Device::default(),
        binding: request.client.to_binding(),
        data: cloakroom_model::records::data::Data::default(),
    };
    patch::decide(&patch::Request { change: request.change }, &patch::Facts { session: &empty }, policy)
}

#[cfg(test)]
mod tests;
