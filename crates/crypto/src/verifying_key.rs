//! Keys that check signatures. Each is parsed once and knows the one algorithm it is for.

use crate::alg::Alg;
use crate::jwk::{Jwk, Material};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;

/// One issuer and one audience: a shared key is good between these two and nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Who signs.
    pub issuer: String,
    /// Who checks.
    pub audience: String,
}

/// A key and its one algorithm.
pub struct VerifyingKey {
    alg: Alg,
    kind: Kind,
}

enum Kind {
    Public(ParsedPublicKey),
    Shared(Box<hmac::Key>, Pair),
}

impl core::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VerifyingKey({})", self.alg)
    }
}

/// RFC 7518, section 3.2: not shorter than what the hash gives out.
pub(crate) fn shared(secret: &Secret<Vec<u8>>) -> Result<hmac::Key, Malformed> {
    let is_long = secret.expose().len() >= 32;
    is_long.then(|| hmac::Key::new(hmac::HMAC_SHA256, secret.expose())).ok_or(Malformed)
}

impl VerifyingKey {
    /// The key of a JWK. A point that is not on the curve, or a modulus of fewer than 2048 bits, is none.
    pub fn of(jwk: &Jwk) -> Result<Self, Malformed> {
        let parsed = match (jwk.alg(), jwk.material()) {
            (Alg::Es256, Material::P256 { x, y }) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4][..], x, y].concat())
            }
            (Alg::EdDsa | Alg::Ed25519, Material::Ed25519 { x }) => ParsedPublicKey::new(&ED25519, x),
            (Alg::Ps256, Material::Rsa { n, e }) => {
                PublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)
            }
            (Alg::Rs256, Material::Rsa { n, e }) => {
                PublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
            _ => return Err(Malformed),
        };
        Ok(Self { alg: jwk.alg(), kind: Kind::Public(parsed.map_err(|_| Malformed)?) })
    }

    /// A key that both of a pair hold. Either can sign in the other's name: keep it to where that does no harm.
    pub fn shared(secret: &Secret<Vec<u8>>, pair: Pair) -> Result<Self, Malformed> {
        Ok(Self { alg: Alg::Hs256, kind: Kind::Shared(Box::new(shared(secret)?), pair) })
    }

    /// Its algorithm. A header that names another is refused before anything is computed.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// Whom it is between, if it is a shared one.
    #[must_use]
    pub const fn pair(&self) -> Option<&Pair> {
        match &self.kind {
            Kind::Public(_) => None,
            Kind::Shared(_, pair) => Some(pair),
        }
    }

    pub(crate) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Public(key) => key.verify_sig(message, signature).is_ok(),
            Kind::Shared(key, _) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
