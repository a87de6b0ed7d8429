//! The signature algorithms there are. What is not listed does not exist here, `none` first of all.

use cloakroom_model::words::text::Malformed;
use core::fmt;
use core::str::FromStr;

/// An algorithm, by the name it has in headers and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alg {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519 under its older name.
    EdDsa,
    /// Ed25519 under the name of RFC 9864.
    Ed25519,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// RSA with PKCS #1 v1.5 padding and SHA-256: for peers that know nothing else.
    Rs256,
    /// HMAC with SHA-256, between one issuer and one audience.
    Hs256,
}

impl Alg {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Es256, Self::EdDsa, Self::Ed25519, Self::Ps256, Self::Rs256, Self::Hs256];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }
}

impl FromStr for Alg {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text).ok_or(Malformed)
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
