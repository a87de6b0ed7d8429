//! CSRF tokens. None of them is stored: each is a MAC over what it is good for.

use cloakroom_crypto::compare::equal;
use cloakroom_crypto::derive::{Purpose, Unavailable};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url};

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// A session, under the count of its tickets.
    Session(SessionId, u32),
    /// A browser without one, by the value of its pre-session cookie.
    Visitor(&'a [u8]),
}

/// No token could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system cannot make secrets")]
pub struct NoToken;

impl From<Unavailable> for NoToken {
    fn from(_: Unavailable) -> Self {
        Self
    }
}

impl From<NoEntropy> for NoToken {
    fn from(_: NoEntropy) -> Self {
        Self
    }
}

const VERSION: &[u8] = b"csrf/1";

fn key(ring: &KeyRing, kid: u16) -> Result<MacKey, Unavailable> {
    ring.mac(kid, Purpose::Csrf, b"form")
}

fn of_session(key: &MacKey, origin: &WebOrigin, session: SessionId, ticket: u32) -> [u8; 32] {
    key.tag(&[VERSION, b"session", origin.as_str().as_bytes(), &session.to_bytes(), &ticket.to_be_bytes()])
}

fn of_visitor(key: &MacKey, kid: u16, origin: &WebOrigin, pre: &[u8], random: &[u8]) -> [u8; 32] {
    let digest = Digest::of(&[pre]).0;
    key.tag(&[VERSION, b"visitor", &kid.to_be_bytes(), origin.as_str().as_bytes(), &digest, random])
}

/// A token for a page. Each call makes another text, so that what is compressed beside it tells nothing of it.
pub fn issue(
    ring: &KeyRing,
    origin: &WebOrigin,
    bearer: Bearer<'_>,
    entropy: &dyn Entropy,
) -> Result<String, NoToken> {
    let kid = ring.active();
    let key = key(ring, kid)?;
    let mut random = [0u8; 32];
    entropy.fill(&mut random)?;
    match bearer {
        Bearer::Session(session, ticket) => {
            let masked = xor(of_session(&key, origin, session, ticket), &random);
            Ok(base64url(&[random, masked].concat()))
        }
        Bearer::Visitor(pre) => {
            let tag = of_visitor(&key, kid, origin, pre, &random);
            Ok(format!("{kid}.{}.{}", base64url(&random), base64url(&tag)))
        }
    }
}

/// Whether a token is good for a bearer. That of a session outlives one periodic rotation, as forms do; any other
/// change of its ticket ends it.
#[must_use]
pub fn is_good(ring: &KeyRing, origin: &WebOrigin, bearer: Bearer<'_>, token: &str) -> bool {
    match bearer {
        Bearer::Session(session, ticket) => {
            let Ok(tag) = unmasked(token) else { return false };
            ring.kids().filter_map(|kid| key(ring, kid).ok()).any(|key| {
                let counts = [Some(ticket), ticket.checked_sub(1)];
                counts
                    .into_iter()
                    .flatten()
                    .any(|count| equal(&of_session(&key, origin, session, count), &tag))
            })
        }
        Bearer::Visitor(pre) => {
            let Some((kid, random, tag)) = parts(token) else { return false };
            key(ring, kid).is_ok_and(|key| equal(&of_visitor(&key, kid, origin, pre, &random), &tag))
        }
    }
}

fn xor(mut tag: [u8; 32], mask: &[u8; 32]) -> [u8; 32] {
    tag.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    tag
}

fn unmasked(token: &str) -> Result<[u8; 32], Malformed> {
    let both = array_from_base64url::<64>(token)?;
    let (mask, masked) = both.split_first_chunk::<32>().ok_or(Malformed)?;
    Ok(xor(masked.try_into().map_err(|_| Malformed)?, mask))
}

fn parts(token: &str) -> Option<(u16, [u8; 32], [u8; 32])> {
    let mut parts = token.split('.');
    let kid = parts.next().filter(|kid| !kid.starts_with(['0', '+']))?.parse().ok()?;
    let (random, tag) = (parts.next()?, parts.next()?);
    let whole = parts.next().is_none();
    let both = (array_from_base64url(random).ok()?, array_from_base64url(tag).ok()?);
    whole.then_some((kid, both.0, both.1))
}

#[cfg(test)]
mod tests;
