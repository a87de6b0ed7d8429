//! A session that its own cookie carries. Nothing is looked up but the facts; what changes goes back with the answer.

use super::check::{self, Request, decide as check};
use super::patch;
use super::policy::SessionPolicy;
use crate::refusal::{Refusal, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::session::{Session, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;

/// The cookie is made anew once in this part of the idle limit.
pub const RENEWALS: u32 = 20;

/// What the cookie says.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session in it.
    pub session: &'a Session,
    /// Whether it was made under the key that makes cookies now.
    pub under_active_key: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The session is good.
    Live {
        /// As it goes on.
        session: Box<Session>,
        /// Whether the answer should carry it.
        is_due: bool,
        /// What is told.
        told: Trail,
    },
    /// It is not, and this is to be told.
    Refuse(Refusal, Trail),
}

/// Decides on a session that no fact denies.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    policy: &SessionPolicy,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let session = facts.session;
    let as_read = check::Facts {
        session,
        standing: Standing::Current,
        pending: policy.pending_at_most,
        truth: session.generations,
    };
    let live = match check(request, &as_read, policy, now, entropy)? {
        check::Decision::Refuse(refusal, trail) | check::Decision::End(refusal, trail) => {
            return Ok(Decision::Refuse(refusal, trail));
        }
        check::Decision::Live(live) => live,
    };
    let mut session = Box::new(Session { last_seen: session.last_seen.max(now), ..session.clone() });
    let mut is_due = !facts.under_active_key
        || now >= facts.session.last_seen.plus(session.idle.part(i64::from(RENEWALS)));
    let mut told = Trail::none();
    if let Some((noting, trail)) = live.note.map(|note| *note) {
        // No fact: it would refuse the cookie that other requests of this page have with them.
        (session.binding, told.events, is_due) = (noting.binding, trail.events, true);
    }
    Ok(Decision::Live { session, is_due, told })
}

/// The session with its data changed. Its version stays: it counts what a copy from before must not be taken for, and
/// whoever writes data must not be able to run ahead of it.
pub fn patched(
    request: &patch::Request<'_>,
    facts: &patch::Facts<'_>,
    policy: &SessionPolicy,
) -> Result<Session, Stop> {
    let changed = patch::decide(request, facts, policy)?;
    Ok(Session { version: facts.session.version, ..changed })
}

#[cfg(test)]
mod tests;
