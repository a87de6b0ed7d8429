//! Refresh families: one pure function decides what a presented generation is worth, and every store calls it inside its own
//! transaction. No keys, no configuration: tokens are computed from the outcome, above.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::family::{Family, Overtaken, RefreshPolicy};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::time::{Span, Time};

/// Changes of a session within this overtake the same tokens.
const RECENT: Span = Span::minutes(1);
/// How many generations a store that lost its last writes may be behind.
const MAY_BE_BEHIND: u32 = 3;

/// A generation whose token was verified, and by what rules it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The generation.
    pub generation: u32,
    /// The root key under which the next token would be computed.
    pub kid: u16,
    /// What happens to a late one.
    pub policy: RefreshPolicy,
    /// Whether the client proved, in this request, the key that the family is bound to.
    pub is_proven: bool,
    /// W: how long racing and repeated requests are taken for one.
    pub window: Span,
    /// U: how long a late retry may displace the current token, by policy.
    pub late: Span,
}

/// How things stand in the store at the moment of the verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The session is there, neither it nor the family nor the client was taken back, and its ticket is the one the family was
    /// bound to.
    pub is_live: bool,
    /// The store may lose acknowledged writes, and has failed over since the family was last written.
    pub may_be_behind: bool,
    /// The store's time.
    pub now: Time,
}

/// What a presented generation is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worth {
    /// The family ran out.
    Expired,
    /// It was taken back.
    Denied,
    /// The family goes on like this.
    Next(Box<Family>, How),
    /// The token of the current generation once more; nothing is written.
    Same,
    /// The session got a new ticket a moment ago, and the family a token with it: whoever asked for that holds the newer one.
    Overtaken,
    /// A token from the future: this store has lost what it acknowledged.
    WentBack,
    /// Somebody else has renewed it since.
    Theft,
}

/// How a family came to its current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The current token was presented.
    Rotated,
    /// The previous one was, a moment later: the same answer again.
    Repeated,
    /// The previous one was, late: it displaced the current one.
    Forked,
    /// The store had forgotten the last renewals.
    CaughtUp,
}

/// The rules, in their order.
#[must_use]
pub fn weigh(family: &Family, asked: &Asked, standing: &Standing) -> Worth {
    let (g, now) = (asked.generation, standing.now);
    if now >= family.expires() {
        return Worth::Expired;
    }
    if !standing.is_live {
        return Worth::Denied;
    }
    let next = |from: u32, previous: u32, how| match from.checked_add(1) {
        Some(generation) => {
            let family = Family {
                generation,
                previous: Some(previous),
                kid: asked.kid,
                rotated: now,
                last_used: now,
                forked: how == How::Forked,
                doubted: if how == How::Forked { Some(now) } else { family.doubted },
                ..family.clone()
            };
            Worth::Next(Box::new(family), how)
        }
        None => Worth::Expired,
    };
    if g == family.generation {
        // Renewed a moment ago, by a tab of the same browser perhaps: who is under way with the previous token must not fall two behind.
        if family.previous.is_some() && now.since(family.rotated) <= asked.window {
            return Worth::Same;
        }
        return next(g, g, How::Rotated);
    }
    if family.previous == Some(g) {
        let age = now.since(family.rotated);
        if age <= asked.window || (asked.policy == RefreshPolicy::Bound && asked.is_proven) {
            return Worth::Same;
        }
        if asked.policy == RefreshPolicy::Fork && age <= asked.late && !family.forked {
            return next(family.generation, g, How::Forked);
        }
    }
    // As long as nobody has presented the token that overtook them, whoever comes with an older one may have lost that answer.
    let is_overtaken = |overtaken: &Overtaken| {
        let is_recent = now.since(overtaken.at) <= asked.window || family.previous.is_none();
        (overtaken.from..overtaken.below).contains(&g) && is_recent
    };
    if family.overtaken.as_ref().is_some_and(is_overtaken) {
        return Worth::Overtaken;
    }
    if g > family.generation {
        let is_near = g - family.generation <= MAY_BE_BEHIND;
        return match (standing.may_be_behind, is_near) {
            (true, true) => next(g, g, How::CaughtUp),
            (true, false) => Worth::Theft,
            (false, _) => Worth::WentBack,
        };
    }
    Worth::Theft
}

/// A family with the session it renews, from one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The family.
    pub family: Family,
    /// The session. One that has ended takes its families with it.
    pub session: Session,
}

/// A token of a family was presented; its MAC was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Which family.
    pub family: FamilyId,
    /// The generation and the rules.
    pub asked: Asked,
    /// What a renewal leaves behind.
    pub renewed: Trail,
    /// What a theft leaves behind. The session is closed with it.
    pub theft: Trail,
    /// What is told if the store has gone back.
    pub went_back: Trail,
}

/// How presenting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// The family goes on: how, and as it and its session stand now.
    Renewed(How, Box<Held>),
    /// There is no such family (any more).
    Absent,
    /// It ran out.
    Expired,
    /// It was taken back.
    Denied,
    /// A newer one was given out a moment ago, with a new ticket of the session. Nothing was changed.
    Overtaken,
    /// This store has lost what it acknowledged.
    WentBack(Receipt),
    /// Two hold it. It and its session have ended.
    Theft(Receipt),
}

/// The family as it goes on when its session gets a new ticket: every earlier token is dead, and whoever is under way with one is no thief.
#[must_use]
pub fn continues(family: &Family, kid: u16, ticket: u32, now: Time) -> Option<Family> {
    // Two changes shortly after one another overtake the same tokens.
    let is_recent = |earlier: &Overtaken| now.since(earlier.at) <= RECENT;
    let earlier = family.overtaken.filter(is_recent).map(|earlier| earlier.from);
    let from = earlier.unwrap_or(family.generation).min(family.previous.unwrap_or(family.generation));
    Some(Family {
        generation: family.generation.checked_add(1)?,
        previous: None,
        overtaken: Some(Overtaken { from, below: family.generation.checked_add(1)?, at: now }),
        kid,
        ticket,
        rotated: now,
        last_used: now,
        forked: false,
        ..family.clone()
    })
}

/// Whether a family is the next one of another: nobody else was faster.
#[must_use]
pub fn follows(next: &Family, current: &Family) -> bool {
    next.id == current.id
        && next.session == current.session
        && current.generation.checked_add(1) == Some(next.generation)
}

/// The refresh families of a store. They begin with a session (`Sessions::open`) and end with it.
#[async_trait]
pub trait Families: Send + Sync {
    /// A family and its session.
    async fn find(&self, family: FamilyId) -> Answer<Option<Held>>;

    /// The families of a session, in the order of their ids.
    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>>;

    /// A token is presented: [`weigh`] decides, and what it decided is committed.
    async fn present(&self, present: Present) -> Answer<Presented>;
}

#[cfg(test)]
mod tests;
