//! Access tokens, checked where they are presented. A signature is computed once; after that a token is known by a keyed hash of every
//! one of its bytes. Whether it has expired, and whether anything it depends on was taken back, is asked every time.

use crate::table::{Finding, Table};
use arc_swap::ArcSwap;
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jws::Rejected;
use cloakroom_crypto::jwt::{Jwt, UnverifiedJwt};
use cloakroom_crypto::prf::Prf;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::check;
use cloakroom_rules::token::policy::TokenPolicy;
use core::sync::atomic::{AtomicU64, Ordering};
use quick_cache::sync::Cache;
use std::sync::Arc;

/// A token whose signature was right.
#[derive(Debug)]
pub struct Seen {
    token: AccessToken,
    key: KeyId,
    /// The turn of the table at which nothing denied it.
    good_at: AtomicU64,
}

impl Seen {
    /// What it says.
    #[must_use]
    pub const fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Everything that may take it back, with the number that it has of each.
    pub fn depends_on(&self) -> impl Iterator<Item = (FactKey, u64)> {
        self.token.depended_on().chain([(FactKey::Key(self.key), 0)])
    }
}

/// What is to be said of a token.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is good.
    Valid(Arc<Seen>),
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// Its session has changed since: renewing it gives one that says so.
    Stale,
    /// It is good for others, or not yet.
    NotHere(Refusal),
    /// It is no token that a key of ours has signed.
    Invalid(Rejected),
}

impl Verdict {
    /// Whether it may have been good: its time is over, it was taken back, or its key is gone. Who renews it knows more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Expired | Self::Stale | Self::Revoked | Self::Invalid(Rejected::Key))
    }
}

/// What checks the tokens of one issuer for one audience.
pub struct Tokens {
    policy: TokenPolicy,
    prf: Prf,
    seen: Cache<u128, Arc<Seen>>,
    keys: ArcSwap<KeySet>,
}

impl core::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.policy.issuer).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Nothing is known yet. At most so many tokens are remembered.
    pub fn draw(policy: TokenPolicy, at_most: usize, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let (prf, seen) = (Prf::draw(entropy)?, Cache::new(at_most));
        Ok(Self { policy, prf, seen, keys: ArcSwap::default() })
    }

    /// By what rules it checks.
    #[must_use]
    pub const fn policy(&self) -> &TokenPolicy {
        &self.policy
    }

    /// Which keys are believed from now on. Nothing that was seen before is believed without them.
    pub fn believe(&self, keys: KeySet) {
        self.keys.store(Arc::new(keys));
        self.seen.clear();
    }

    /// How many tokens are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }

    /// Checks a token.
    pub fn check(&self, text: &str, table: &Table, now: Time) -> Verdict {
        let key = self.prf.of(text.as_bytes());
        let seen = match self.seen.get(&key) {
            Some(seen) => seen,
            None => {
                let keys = self.keys.load_full();
                let seen = match first_sight(text, &keys) {
                    Ok(seen) => Arc::new(seen),
                    Err(rejected) => return Verdict::Invalid(rejected),
                };
                // What is over already is not worth a place.
                if now < seen.token.expires {
                    self.seen.insert(key, seen.clone());
                    if !Arc::ptr_eq(&keys, &self.keys.load()) {
                        // Other keys are believed since: they have cleared what was seen, perhaps before this.
                        self.seen.remove(&key);
                    }
                }
                seen
            }
        };
        match check::decide(&seen.token, &self.policy, now) {
            Ok(()) => {}
            Err(Refusal::Expired(_)) => return Verdict::Expired,
            Err(refusal) => return Verdict::NotHere(refusal),
        }
        // The turn is read before anything is looked up: what comes later is looked up again.
        let turn = table.turn();
        if seen.good_at.load(Ordering::Relaxed) != turn {
            match table.find(seen.depends_on()) {
                Finding::Good => seen.good_at.store(turn, Ordering::Relaxed),
                Finding::Stale => return Verdict::Stale,
                Finding::Denied => return Verdict::Revoked,
            }
        }
        Verdict::Valid(seen)
    }
}

fn first_sight(text: &str, keys: &KeySet) -> Result<Seen, Rejected> {
    let unverified = UnverifiedJwt::parse(text)?;
    // A name that no key of ours has is not one that is not known yet. And a fact about its key must find it.
    let key = unverified.kid().ok().and_then(|kid| kid.parse().ok()).ok_or(Rejected::Header)?;
    let jwt: Jwt<AccessToken> = unverified.verify(keys)?;
    Ok(Seen { token: jwt.into_claims(), key, good_at: AtomicU64::new(0) })
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
pub(crate) mod tests;
