//! An access token for a sign-in, as it was read a moment ago.

use super::access::{AccessToken, Counters, is_ours};
use super::policy::TokenPolicy;
use super::secrets;
use crate::refusal::{Refusal, Stop};
use cloakroom_crypto::json::{Object, object_of};
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::time::{Span, Time};
use serde::Serialize;

/// What the token is minted from. Ids and generations are copied, never read afresh: whatever passed them meanwhile denies the token.
#[derive(Debug)]
pub struct Request<'a> {
    /// The family.
    pub family: &'a Family,
    /// Its session.
    pub session: &'a Session,
    /// When the two were read. The token's life counts from there.
    pub read_at: Time,
    /// What the app adds.
    pub extra: Extra,
}

/// How many claims an app may add.
const CLAIMS_AT_MOST: usize = 64;

/// A claim that has no place in a token. What stands in it is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadClaim {
    /// Its name is one of ours.
    #[error("the claim {0:?} is ours to write")]
    Ours(String),
    /// Everybody who holds a token could read it.
    #[error("the claim {0:?} looks as if it held a secret, and everybody who holds a token can read it")]
    Secret(String),
    /// Only an object has claims: not too many, not too deep.
    #[error("claims are an object of at most 64 members, nested at most 15 deep")]
    NoClaims,
    /// It was not looked through, and nobody said why.
    #[error("`danger::claims_with_secrets` needs a reason")]
    NoReason,
}

/// What an app adds to its tokens.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra {
    claims: Object,
}

impl Extra {
    /// Claims of the app: a value that is an object as JSON. Ours cannot be written, and what looks like a secret is refused: everybody
    /// who holds a token can read it.
    pub fn of(claims: &impl Serialize) -> Result<Self, BadClaim> {
        let extra = of_anything(claims)?;
        match secrets::first(&extra.claims) {
            Some(name) => Err(BadClaim::Secret(name.to_owned())),
            None => Ok(extra),
        }
    }
}

/// The same without looking for secrets. Not a way to make one: for what `danger` offers.
pub fn of_anything(claims: &impl Serialize) -> Result<Extra, BadClaim> {
    let claims = object_of(claims).map_err(|_| BadClaim::NoClaims)?;
    if claims.len() > CLAIMS_AT_MOST {
        return Err(BadClaim::NoClaims);
    }
    match claims.keys().find(|name| is_ours(name)) {
        Some(name) => Err(BadClaim::Ours(name.clone())),
        None => Ok(Extra { claims }),
    }
}

/// A fifth at most, drawn anew for each: tokens that were issued together do not end together, and nobody learns from an answer when the
/// one before it was given.
fn life(policy: &TokenPolicy, entropy: &dyn Entropy) -> Result<Span, NoEntropy> {
    let mut bytes = [0u8; 8];
    entropy.fill(&mut bytes)?;
    let most = policy.life.part(5).as_millis().max(0);
    let less = (u64::from_be_bytes(bytes) % (most.unsigned_abs() + 1)).try_into().unwrap_or(most);
    Ok(Span::millis(policy.life.as_millis() - less))
}

/// Tokens tell time in seconds; what is left over is given up.
const fn in_seconds(time: Time) -> Time {
    Time::from_millis(time.millis().div_euclid(1_000) * 1_000)
}

/// What was proven before the family may have changed hands is no fresh proof of whoever holds it now.
fn is_doubted(family: &Family, proven: Time) -> bool {
    family.doubted.is_some_and(|doubted| proven <= doubted)
}

/// A session as a family of it may show it.
#[must_use]
pub fn shown(session: &Session, family: &Family) -> Session {
    let assurance = session.assurance.clone().filter(|assurance| !is_doubted(family, assurance.at));
    Session { assurance, ..session.clone() }
}

/// Decides.
pub fn decide(
    request: Request<'_>,
    policy: &TokenPolicy,
    entropy: &dyn Entropy,
) -> Result<AccessToken, Stop> {
    let Request { family, session, read_at, extra } = request;
    let subject = session.subject.clone().ok_or(Refusal::NotSignedIn)?;
    let mut id = [0u8; 16];
    entropy.fill(&mut id)?;
    let assurance = session.assurance.as_ref().filter(|assurance| !is_doubted(family, assurance.at));
    let expires = read_at.plus(life(policy, entropy)?).min(family.absolute).min(session.absolute);
    Ok(AccessToken {
        issuer: policy.issuer.clone(),
        subject,
        audience: family.audience.clone(),
        expires: in_seconds(expires),
        issued: in_seconds(read_at),
        not_before: None,
        id,
        proven: assurance.map(|assurance| in_seconds(assurance.at)),
        methods: assurance.map(|assurance| assurance.methods.clone()).unwrap_or_default(),
        client: family.client,
        scope: family.scope.clone(),
        groups: session.groups.clone(),
        session: session.id,
        family: Some(family.id),
        counters: Counters {
            user: session.generations.user,
            client: family.client_generation,
            epoch: session.generations.epoch,
            session: session.version,
        },
        ticket: session.ticket,
        bound_to: family.bound_to,
        extra: extra.claims,
    })
}

#[cfg(test)]
mod tests;
