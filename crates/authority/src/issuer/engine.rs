//! The keys in use, the tokens that were seen, the retries that were answered.

use super::replays::Replays;
use arc_swap::ArcSwapOption;
use cloakroom_crypto::signing_key::SigningKey;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::key::KeyRecord;
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_verifier::tokens::Tokens;
use std::sync::Arc;

/// How many tokens are remembered whose signature was right.
const REMEMBERED: usize = 50_000;

/// What a signing key is for. None serves two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Access tokens.
    Access,
    /// What apps are told of who asks.
    Assertion,
}

impl Purpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Assertion => "assertion",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Issuer {
    /// What its keys sign.
    pub(crate) purpose: Purpose,
    pub(crate) tokens: Tokens,
    pub(crate) signing: ArcSwapOption<Signing>,
    pub(crate) replays: Replays,
    /// Held while keys are stepped and read.
    pub(crate) tending: tokio::sync::Mutex<()>,
}

/// The key in use, and what is published.
#[derive(Debug)]
pub(crate) struct Signing {
    pub(crate) kid: String,
    pub(crate) key: SigningKey,
    pub(crate) jwks: Arc<str>,
    /// The records it was made of.
    pub(crate) records: Vec<KeyRecord>,
}

impl Issuer {
    pub(crate) fn draw(
        purpose: Purpose,
        policy: TokenPolicy,
        entropy: &dyn Entropy,
    ) -> Result<Self, NoEntropy> {
        let tokens = Tokens::draw(policy, REMEMBERED, entropy)?;
        Ok(Self {
            purpose,
            tokens,
            signing: ArcSwapOption::empty(),
            replays: Replays::default(),
            tending: tokio::sync::Mutex::default(),
        })
    }

    pub(crate) const fn policy(&self) -> &TokenPolicy {
        self.tokens.policy()
    }
}
