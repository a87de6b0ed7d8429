//! The facts that a session's changes publish, and how long each must be kept.

use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::{Span, Time};

/// Copies are used half an hour at most; a fact outlives whatever it denies by twice that.
const MARGIN: Span = Span::hours(1);

/// The session is over.
#[must_use]
pub fn ended(session: &Session) -> KeptFact {
    KeptFact { fact: Fact::revoke(FactKey::Session(session.id)), until: session.absolute.plus(MARGIN) }
}

/// Copies from before this version are no evidence.
#[must_use]
pub const fn stale_below(session: &Session) -> KeptFact {
    let fact = Fact { key: FactKey::Version(session.id), at_least: session.version };
    KeptFact { fact, until: session.absolute.plus(MARGIN) }
}

/// Everything of a user from before this generation is over.
#[must_use]
pub const fn raised(subject: SubjectId, generation: u64) -> KeptFact {
    KeptFact { fact: Fact { key: FactKey::User(subject), at_least: generation }, until: Time::MAX }
}

/// Everything a session depends on, and the lowest number of each that is still good for it.
pub fn depended_on(session: &Session) -> impl Iterator<Item = (FactKey, u64)> {
    let user = session.subject.clone().map(|subject| (FactKey::User(subject), session.generations.user));
    let parent = session.parent.map(|parent| (FactKey::Session(parent), 0));
    let own = [
        (FactKey::Epoch, session.generations.epoch),
        (FactKey::Session(session.id), 0),
        (FactKey::Version(session.id), session.version),
    ];
    own.into_iter().chain(user).chain(parent)
}
