//! Keys that sign. Their private parts leave this file sealed or not at all.

use crate::alg::Alg;
use crate::derive::Unavailable;
use crate::jwk::{Jwk, Material};
use crate::verifying_key::{self, VerifyingKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;

/// RSA keys that sign have at least this many bits; those that only check may have 2048.
const SIGNING_BITS: usize = 3_072;

/// A key and the one algorithm it signs with.
pub struct SigningKey {
    alg: Alg,
    kind: Kind,
}

enum Kind {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    Shared(Box<hmac::Key>),
}

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SigningKey({})", self.alg)
    }
}

/// The algorithms whose keys are pairs, drawn here and published in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairAlg {
    /// The usual choice.
    Es256,
    /// Ed25519 as most peers call it.
    EdDsa,
    /// Ed25519 as RFC 9864 calls it.
    Ed25519,
    /// RSA-PSS, 3072 bits.
    Ps256,
    /// RSA as of old, 3072 bits: for a peer that knows nothing else.
    Rs256,
}

impl From<PairAlg> for Alg {
    fn from(alg: PairAlg) -> Self {
        match alg {
            PairAlg::Es256 => Self::Es256,
            PairAlg::EdDsa => Self::EdDsa,
            PairAlg::Ed25519 => Self::Ed25519,
            PairAlg::Ps256 => Self::Ps256,
            PairAlg::Rs256 => Self::Rs256,
        }
    }
}

impl SigningKey {
    /// A new key from the system's generator.
    pub fn draw(alg: PairAlg) -> Result<Self, Unavailable> {
        let kind = match alg {
            PairAlg::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Kind::Ec),
            PairAlg::EdDsa | PairAlg::Ed25519 => Ed25519KeyPair::generate().map(Kind::Ed),
            PairAlg::Ps256 | PairAlg::Rs256 => RsaKeyPair::generate(KeySize::Rsa3072).map(Kind::Rsa),
        };
        Ok(Self { alg: alg.into(), kind: kind.map_err(|_| Unavailable)? })
    }

    /// The signing half of what [`VerifyingKey::shared`] checks.
    pub fn shared(secret: &Secret<Vec<u8>>) -> Result<Self, Malformed> {
        Ok(Self { alg: Alg::Hs256, kind: Kind::Shared(Box::new(verifying_key::shared(secret)?)) })
    }

    /// A key from its private bytes: the name of its algorithm, a zero byte, PKCS #8.
    pub fn from_private_bytes(bytes: &Secret<Vec<u8>>) -> Result<Self, Malformed> {
        let at = bytes.expose().iter().position(|byte| *byte == 0).ok_or(Malformed)?;
        let (name, pkcs8) = bytes.expose().split_at(at);
        let pkcs8 = pkcs8.get(1..).ok_or(Malformed)?;
        let alg: Alg = core::str::from_utf8(name).map_err(|_| Malformed)?.parse()?;
        let kind = match alg {
            Alg::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Kind::Ec),
            Alg::EdDsa | Alg::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map(Kind::Ed),
            Alg::Ps256 | Alg::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).map(Kind::Rsa),
            Alg::Hs256 => return Err(Malformed),
        };
        let kind = kind.map_err(|_| Malformed)?;
        match &kind {
            Kind::Rsa(pair) if pair.public_modulus_len() * 8 < SIGNING_BITS => Err(Malformed),
            _ => Ok(Self { alg, kind }),
        }
    }

    /// The private bytes, to be sealed. A shared key has none to keep: it is derived or comes from outside.
    pub fn to_private_bytes(&self) -> Result<Secret<Vec<u8>>, Unavailable> {
        let with_name = |der: &[u8]| Secret::new([self.alg.as_str().as_bytes(), &[0], der].concat());
        Ok(match &self.kind {
            Kind::Ec(pair) => with_name(pair.to_pkcs8v1().map_err(|_| Unavailable)?.as_ref()),
            Kind::Ed(pair) => with_name(pair.to_pkcs8v1().map_err(|_| Unavailable)?.as_ref()),
            Kind::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Unavailable)?;
                with_name(der.as_ref())
            }
            Kind::Shared(_) => return Err(Unavailable),
        })
    }

    /// Its algorithm.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// What everybody may know of it.
    pub fn public(&self, kid: &str) -> Result<Jwk, Unavailable> {
        let material = match &self.kind {
            Kind::Ec(pair) => match pair.public_key().as_ref().split_first() {
                Some((4, point)) if point.len() == 64 => {
                    let (x, y) = point.split_at(32);
                    let array = |half: &[u8]| <[u8; 32]>::try_from(half).map_err(|_| Unavailable);
                    Material::P256 { x: array(x)?, y: array(y)? }
                }
                _ => return Err(Unavailable),
            },
            Kind::Ed(pair) => {
                Material::Ed25519 { x: pair.public_key().as_ref().try_into().map_err(|_| Unavailable)? }
            }
            Kind::Rsa(pair) => Material::Rsa {
                n: pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            },
            Kind::Shared(_) => return Err(Unavailable),
        };
        Jwk::new(Some(kid.to_owned()), self.alg, material).map_err(|_| Unavailable)
    }

    /// The key that checks what this one signs.
    pub fn verifying(&self, kid: &str) -> Result<VerifyingKey, Unavailable> {
        VerifyingKey::of(&self.public(kid)?).map_err(|_| Unavailable)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let random = SystemRandom::new();
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, message, &mut signature).map(|()| signature)
        };
        match (&self.kind, self.alg) {
            (Kind::Ec(pair), _) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            (Kind::Ed(pair), _) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
            (Kind::Rsa(pair), Alg::Ps256) => rsa(pair, &RSA_PSS_SHA256),
            (Kind::Rsa(pair), _) => rsa(pair, &RSA_PKCS1_SHA256),
            (Kind::Shared(key), _) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
        .map_err(|_| Unavailable)
    }
}

#[cfg(test)]
mod tests;
