//! What an integrator can choose about tokens.

use crate::keys::rotation::KeyPolicy;
use cloakroom_model::words::scope::{Audience, Issuer};
use cloakroom_model::words::time::Span;

/// The choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPolicy {
    /// Who issues the tokens.
    pub issuer: Issuer,
    /// Whom this process is, when a token is presented to it.
    pub audience: Audience,
    /// How long an access token lives at most. Each lives up to a fifth less, drawn anew.
    pub life: Span,
    /// By how much clocks may differ.
    pub skew: Span,
    /// How long racing and repeated renewals are taken for one.
    pub window: Span,
    /// How many times in one window the same refresh token is answered again.
    pub replays_at_most: u32,
    /// No verifier lets anybody in by knowledge that is older: so long it is waited for when it is gone.
    pub verifiers_bear: Span,
    /// How signing keys live.
    pub keys: KeyPolicy,
}

impl TokenPolicy {
    /// The defaults, for an issuer whose tokens are meant for an audience.
    #[must_use]
    pub fn of(issuer: Issuer, audience: Audience) -> Self {
        Self {
            issuer,
            audience,
            life: Span::minutes(10),
            skew: Span::seconds(30),
            window: Span::seconds(10),
            replays_at_most: 16,
            verifiers_bear: Span::seconds(10),
            keys: KeyPolicy::default(),
        }
    }
}
