//! Derived keys: one root, one key for each purpose, none serves two.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use cloakroom_model::words::frame::Writer;
use cloakroom_model::words::secret::Secret;

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Digests of tickets in stores.
    LookUp,
    /// The shard of a subject.
    Shard,
    /// Sealed cookies.
    Seal,
    /// Signed-only cookies.
    SignCookie,
    /// The cookie of a known browser.
    Device,
    /// The short cookie of a device-bound session.
    Bound,
    /// Receipts.
    Receipt,
    /// Pre-session cookies.
    PreSession,
    /// CSRF tokens.
    Csrf,
    /// Refresh tokens.
    Refresh,
    /// Reference tokens.
    Reference,
    /// Hand-off codes.
    HandOff,
    /// Heads of the event chain.
    Audit,
    /// Facts on their way to verifiers.
    Ledger,
    /// Records in stores that anybody else can write to.
    RecordMac,
    /// What is sealed in a durable store.
    AtRest,
    /// Keys of the throttle.
    Throttle,
    /// Pseudonyms in logs.
    LogPseudonym,
    /// Tells a wrong root key file from the right one.
    Check,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: [Purpose; 19] = [
        Self::LookUp,
        Self::Shard,
        Self::Seal,
        Self::SignCookie,
        Self::Device,
        Self::Bound,
        Self::Receipt,
        Self::PreSession,
        Self::Csrf,
        Self::Refresh,
        Self::Reference,
        Self::HandOff,
        Self::Audit,
        Self::Ledger,
        Self::RecordMac,
        Self::AtRest,
        Self::Throttle,
        Self::LogPseudonym,
        Self::Check,
    ];

    /// The text that goes into the derivation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookUp => "look-up",
            Self::Shard => "shard",
            Self::Seal => "seal",
            Self::SignCookie => "sign-cookie",
            Self::Device => "device",
            Self::Bound => "bound",
            Self::Receipt => "receipt",
            Self::PreSession => "pre-session",
            Self::Csrf => "csrf",
            Self::Refresh => "refresh",
            Self::Reference => "reference",
            Self::HandOff => "hand-off",
            Self::Audit => "audit",
            Self::Ledger => "ledger",
            Self::RecordMac => "record-mac",
            Self::AtRest => "at-rest",
            Self::Throttle => "throttle",
            Self::LogPseudonym => "log-pseudonym",
            Self::Check => "check",
        }
    }
}

/// A root key. Never used but to derive.
#[derive(Debug)]
pub struct RootKey(Secret<[u8; 32]>);

struct ThirtyTwo;

impl KeyType for ThirtyTwo {
    fn len(&self) -> usize {
        32
    }
}

/// HKDF-SHA-256 (RFC 5869), 32 bytes.
pub(crate) fn hkdf(
    key: &Secret<[u8; 32]>,
    salt: &[u8],
    info: &[&[u8]],
) -> Result<Secret<[u8; 32]>, Unavailable> {
    let mut out = [0u8; 32];
    Salt::new(HKDF_SHA256, salt)
        .extract(key.expose())
        .expand(info, ThirtyTwo)
        .and_then(|okm| okm.fill(&mut out))
        .map_err(|_| Unavailable)?;
    Ok(Secret::new(out))
}

impl RootKey {
    /// Takes 32 bytes from the system's generator, a file or a key service.
    #[must_use]
    pub const fn new(bytes: Secret<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes, to write them to the one file that holds them.
    pub(crate) const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// HKDF of the root: info is `cloakroom/v1`, purpose, key id and scope, framed.
    pub(crate) fn derive(
        &self,
        purpose: Purpose,
        kid: u16,
        scope: &[u8],
    ) -> Result<Secret<[u8; 32]>, Unavailable> {
        let mut info = Writer::default();
        info.text("cloakroom/v1").text(purpose.as_str()).fixed(&kid.to_be_bytes()).bytes(scope);
        hkdf(&self.0, &[], &[&info.finish()])
    }
}

/// The cryptographic library refused. It does so only when it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct Unavailable;

#[cfg(test)]
mod tests;
