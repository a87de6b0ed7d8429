//! What each way a refresh token can turn out leaves behind. The store decides which one it is.

use crate::audit::tell::By;
use crate::session::facts::ended;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::event::{EventName, Outcome, Reason};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::{Span, Time};

/// A fact outlives whatever it denies by this.
const MARGIN: Span = Span::hours(1);

/// The trails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trails {
    /// It was renewed.
    pub renewed: Trail,
    /// Two hold it: the sign-in ends, with everything minted from it.
    pub theft: Trail,
    /// The store has lost what it acknowledged.
    pub went_back: Trail,
}

/// The family is over.
#[must_use]
pub const fn family_ended(family: &Family) -> KeptFact {
    KeptFact { fact: Fact::revoke(FactKey::Family(family.id)), until: family.absolute.plus(MARGIN) }
}

/// The trails of a family that is presented.
pub fn trails(
    family: &Family,
    session: &Session,
    by: &By,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Trails, NoEntropy> {
    let tell = |name, reason| by.tells_of_family(family, session, name, reason, now, entropy);
    let only = |event| Trail { facts: Vec::new(), events: vec![event] };
    let theft = tell(EventName::FamilyTheft, Reason::Reuse)?;
    let mut went_back = tell(EventName::StoreWentBack, Reason::LostWrites)?;
    went_back.outcome = Outcome::Refused;
    Ok(Trails {
        renewed: only(tell(EventName::FamilyRotated, Reason::Renewed)?),
        theft: Trail { facts: vec![ended(session), family_ended(family)], events: vec![theft] },
        went_back: only(went_back),
    })
}
