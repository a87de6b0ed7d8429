//! Verifying a password against a hash of any scheme people bring along.

use super::argon2id::{Cost, Memory, raw};
use super::phc::{Pbkdf2Digest, Stored, parse};
use super::unusable::Unusable;
use crate::compare::equal;
use aws_lc_rs::{digest, pbkdf2};
use core::num::NonZeroU32;
use data_encoding::HEXLOWER;

/// The answer to a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password. `outdated`: hash it again, at today's cost.
    Match {
        /// Whether the stored hash is another scheme or cheaper than it should be.
        outdated: bool,
    },
    /// It is not.
    Mismatch,
}

/// The most a stored hash may ask for.
mod cap {
    pub(super) const ARGON2_KIB: u32 = 262_144;
    pub(super) const ARGON2_PASSES: u32 = 16;
    pub(super) const ARGON2_LANES: u32 = 16;
    pub(super) const BCRYPT_COST: u32 = 15;
    pub(super) const SCRYPT_LOG_N: u32 = 20;
    pub(super) const SCRYPT_BYTES: u64 = 128 << 20;
    pub(super) const SCRYPT_LANES: u32 = 16;
    pub(super) const PBKDF2_ROUNDS: u32 = 2_000_000;
    pub(super) const OUTPUT: usize = 64;
}

/// Whether `password` is the one behind `stored`; `wanted` is what a hash should cost today.
pub fn verify(stored: &str, password: &[u8], wanted: Cost, memory: &mut Memory) -> Result<Verdict, Unusable> {
    let stored = parse(stored).ok_or(Unusable::Malformed)?;
    within_caps(&stored)?;
    let outdated = is_outdated(&stored, wanted);
    let matches = is_of(stored, password, memory)?;
    Ok(if matches { Verdict::Match { outdated } } else { Verdict::Mismatch })
}

fn is_of(stored: Stored<'_>, password: &[u8], memory: &mut Memory) -> Result<bool, Unusable> {
    Ok(match stored {
        Stored::Wrapped { how, inner } => is_of(*inner, how.inner(password).as_bytes(), memory)?,
        Stored::Argon2 { kind, version, m, t, p, salt, hash } => {
            let mut out = vec![0u8; hash.len()];
            let cost = Cost { memory: m, passes: t, lanes: p };
            raw(kind, version, cost, password, &salt, memory, &mut out)?;
            equal(&out, &hash)
        }
        Stored::Bcrypt { text, sha256_first, .. } => {
            let hexed = HEXLOWER.encode(digest::digest(&digest::SHA256, password).as_ref());
            let given = if sha256_first { hexed.as_bytes() } else { password };
            bcrypt::verify(given, text).map_err(|_| Unusable::Malformed)?
        }
        Stored::Scrypt { log_n, r, p, salt, hash } => {
            let log_n = u8::try_from(log_n).map_err(|_| Unusable::Malformed)?;
            let params = scrypt::Params::new(log_n, r, p).map_err(|_| Unusable::Malformed)?;
            let mut out = vec![0u8; hash.len()];
            scrypt::scrypt(password, &salt, &params, &mut out).map_err(|_| Unusable::Malformed)?;
            equal(&out, &hash)
        }
        Stored::Pbkdf2 { digest, rounds, salt, hash } => {
            let algorithm = match digest {
                Pbkdf2Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
                Pbkdf2Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                Pbkdf2Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            };
            let rounds = NonZeroU32::new(rounds).ok_or(Unusable::Malformed)?;
            pbkdf2::verify(algorithm, rounds, &salt, password, &hash).is_ok()
        }
    })
}

/// Whether a stored hash can be verified at all, before anybody tries to sign in with it: what is wrong with it is better told to whoever
/// brings it along.
pub fn usable(stored: &str) -> Result<(), Unusable> {
    let stored = parse(stored).ok_or(Unusable::Malformed)?;
    within_caps(&stored)?;
    if is_whole(&stored) { Ok(()) } else { Err(Unusable::Malformed) }
}

fn is_whole(stored: &Stored<'_>) -> bool {
    match stored {
        Stored::Wrapped { inner, .. } => is_whole(inner),
        Stored::Argon2 { m, t, p, salt, hash, .. } => {
            salt.len() >= 8 && argon2::Params::new(*m, *t, *p, Some(hash.len())).is_ok()
        }
        // A wrong password is told from a broken hash by trying one, at the least cost there is.
        Stored::Bcrypt { text, .. } => text.parse::<bcrypt::HashParts>().is_ok(),
        Stored::Scrypt { log_n, r, p, .. } => {
            u8::try_from(*log_n).is_ok_and(|log_n| scrypt::Params::new(log_n, *r, *p).is_ok())
        }
        Stored::Pbkdf2 { rounds, .. } => *rounds > 0,
    }
}

fn within_caps(stored: &Stored<'_>) -> Result<(), Unusable> {
    let (fits, output) = match stored {
        Stored::Wrapped { inner, .. } => return within_caps(inner),
        Stored::Argon2 { m, t, p, hash, .. } => {
            (*m <= cap::ARGON2_KIB && *t <= cap::ARGON2_PASSES && *p <= cap::ARGON2_LANES, hash.len())
        }
        Stored::Bcrypt { cost, .. } => (*cost <= cap::BCRYPT_COST, 23),
        Stored::Scrypt { log_n, r, p, hash, .. } => {
            let bytes = |log_n: u32| (128u64 << log_n).saturating_mul(u64::from(*r));
            let fits =
                *log_n <= cap::SCRYPT_LOG_N && bytes(*log_n) <= cap::SCRYPT_BYTES && *p <= cap::SCRYPT_LANES;
            (fits, hash.len())
        }
        Stored::Pbkdf2 { rounds, hash, .. } => (*rounds <= cap::PBKDF2_ROUNDS, hash.len()),
    };
    match (fits, output) {
        (false, _) => Err(Unusable::TooCostly),
        (true, 16..=cap::OUTPUT) => Ok(()),
        (true, _) => Err(Unusable::Malformed),
    }
}

fn is_outdated(stored: &Stored<'_>, wanted: Cost) -> bool {
    match stored {
        Stored::Argon2 { kind: argon2::Algorithm::Argon2id, version: 0x13, m, t, .. } => {
            *m < wanted.memory || *t < wanted.passes
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
