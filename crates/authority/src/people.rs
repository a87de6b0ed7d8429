//! The verbs of people: load, decide, commit.

mod not_done;

mod counts;

mod message;

mod secrets;

mod changing;

mod throttle;

mod known_browser;

mod password;

mod links;

mod sign_in;

mod sign_up;

mod recovery;

mod inviting;

mod account;

mod operator;

mod hand_off;

mod post;

pub use account::ChangeOfAddress;
pub use hand_off::{Arrival, Journey};
pub use links::{Asker, Opened};
pub use message::{Message, Says};
pub use not_done::NotDone;
pub use operator::Import;
pub use post::Posted;
pub use sign_in::{Attempt, SignedInAs};
pub use sign_up::WantsIn;

use crate::authority::Authority;
use crate::denied::Denied;
use crate::ports::breaches::Breaches;
use crate::ports::hasher::{Hasher, NotHashed};
use cloakroom_rules::people::policy::PeoplePolicy;
use std::sync::Arc;

/// The people of an engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct People(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) authority: Authority,
    pub(crate) hasher: Arc<Hasher>,
    pub(crate) policy: PeoplePolicy,
    breaches: Option<Arc<dyn Breaches>>,
    /// What an unknown name is compared with: it takes as long as any other.
    pub(crate) nobody: String,
    counts: counts::Counts,
}

impl People {
    /// The people of an engine, whose passwords are hashed there.
    pub async fn open(
        authority: Authority,
        hasher: Arc<Hasher>,
        policy: PeoplePolicy,
        breaches: Option<Arc<dyn Breaches>>,
    ) -> Result<Self, NotDone> {
        let nobody = hasher.unmatched()?;
        Ok(Self(Arc::new(Inner {
            authority,
            hasher,
            policy,
            breaches,
            nobody,
            counts: counts::Counts::default(),
        })))
    }

    /// The engine.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The time, by the clock everything goes by.
    #[must_use]
    pub fn now(&self) -> cloakroom_model::words::time::Time {
        self.0.authority.now()
    }

    /// What the operator chose.
    #[must_use]
    pub fn policy(&self) -> &PeoplePolicy {
        &self.0.policy
    }

    /// How sign-ins with a password ended so far, by outcome.
    #[must_use]
    pub fn sign_ins(&self) -> [(&'static str, u64); 5] {
        self.0.counts.all()
    }

    /// Forgets what is over: links, and tries that are long ago.
    pub async fn forget(&self) -> Result<usize, Denied> {
        const STEP: usize = 64;
        let stores = &self.0.authority.0.stores;
        let mut forgotten = 0;
        loop {
            let step =
                stores.requests.forget_requests(STEP).await? + stores.throttle.forget_buckets(STEP).await?;
            forgotten += step;
            if step < STEP {
                return Ok(forgotten);
            }
        }
    }
}

impl From<NotHashed> for NotDone {
    fn from(not: NotHashed) -> Self {
        match not {
            NotHashed::Busy | NotHashed::Stopped => Self::Busy,
            NotHashed::Unusable(_) => Self::WrongPassword,
        }
    }
}
