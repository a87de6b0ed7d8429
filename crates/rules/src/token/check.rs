//! A token whose signature is right is presented: whether it is meant for us, and now.

use super::access::{AccessToken, Level};
use super::policy::TokenPolicy;
use crate::refusal::{Limit, Refusal};
use cloakroom_model::words::scope::Scope;
use cloakroom_model::words::time::{Span, Time};

/// Whether the token is good at this place and time. What was taken back is another question.
pub fn decide(token: &AccessToken, policy: &TokenPolicy, now: Time) -> Result<(), Refusal> {
    if token.issuer != policy.issuer || !token.audience.contains(&policy.audience) {
        return Err(Refusal::BadToken);
    }
    is_now(token, policy.skew, now)
}

/// Whether its time is now, wherever it is good.
pub fn is_now(token: &AccessToken, skew: Span, now: Time) -> Result<(), Refusal> {
    let not_yet = |from: Time| from > now.plus(skew);
    if not_yet(token.issued) || token.not_before.is_some_and(not_yet) {
        return Err(Refusal::BadToken);
    }
    if now >= token.expires {
        return Err(Refusal::Expired(Limit::Absolute));
    }
    Ok(())
}

/// What a route asks of a token beyond that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand {
    /// Everything that it must allow.
    pub scope: Vec<Scope>,
    /// How long ago the user may have proven who they are.
    pub proven_within: Option<Span>,
    /// How sure it must be.
    pub level: Option<Level>,
}

/// Whether it is enough.
pub fn meets(token: &AccessToken, demand: &Demand, now: Time) -> Result<(), Refusal> {
    if !demand.scope.iter().all(|scope| token.scope.contains(scope)) {
        return Err(Refusal::NotAllowed);
    }
    let is_fresh = |within: Span| token.proven.is_some_and(|proven| now <= proven.plus(within));
    let is_sure = |level: Level| token.level().is_some_and(|proven| proven >= level);
    if demand.proven_within.is_none_or(is_fresh) && demand.level.is_none_or(is_sure) {
        Ok(())
    } else {
        Err(Refusal::StepUpRequired)
    }
}

#[cfg(test)]
mod tests;
