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
            keys: KeyPolicy::default(),
        }
    }
}
