//! Public keys as JSON (RFC 7517), and their thumbprints (RFC 7638). A private part has no place in these types: text that
//! holds one is refused, and none can be written.

use crate::alg::Alg;
use crate::json::{Object, Value};
use aws_lc_rs::digest::{SHA256, digest};
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url, from_base64url};

/// What a key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// A point on P-256.
    P256 {
        /// One coordinate.
        x: [u8; 32],
        /// The other.
        y: [u8; 32],
    },
    /// A public key of Ed25519.
    Ed25519 {
        /// Its bytes.
        x: [u8; 32],
    },
    /// An RSA key.
    Rsa {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
        /// The exponent, without leading zeros.
        e: Vec<u8>,
    },
}

/// A public key that is good for one algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    kid: Option<String>,
    alg: Alg,
    material: Material,
}

/// RFC 7518, section 6.3.2 and the other private parts: a text with one of them is somebody's leaked key.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Ids of keys are short.
const KID_AT_MOST: usize = 128;
/// 2048 to 8192 bits.
const MODULUS: core::ops::RangeInclusive<usize> = 256..=1_024;

impl Jwk {
    /// A key of its parts. The algorithm must be one for such material.
    pub fn new(kid: Option<String>, alg: Alg, material: Material) -> Result<Self, Malformed> {
        let fits = match &material {
            Material::P256 { .. } => alg == Alg::Es256,
            Material::Ed25519 { .. } => matches!(alg, Alg::EdDsa | Alg::Ed25519),
            Material::Rsa { n, e } => {
                let is_minimal = |bytes: &[u8]| bytes.first().is_some_and(|first| *first != 0);
                let is_large = MODULUS.contains(&n.len()) && n.first().is_some_and(|first| *first >= 0x80);
                matches!(alg, Alg::Ps256 | Alg::Rs256) && is_large && is_minimal(e) && e.len() <= 8
            }
        };
        let kid_fits = kid.as_ref().is_none_or(|kid| (1..=KID_AT_MOST).contains(&kid.len()));
        if fits && kid_fits { Ok(Self { kid, alg, material }) } else { Err(Malformed) }
    }

    /// A key from its members. Without `alg` the curve decides; an RSA key without it could be meant for two algorithms, and
    /// is refused.
    pub fn of(object: &Object) -> Result<Self, Malformed> {
        let text = |name: &str| match object.get(name) {
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            None => Ok(None),
            Some(_) => Err(Malformed),
        };
        let part = |name: &str| text(name)?.ok_or(Malformed);
        if PRIVATE.iter().any(|name| object.contains_key(*name)) {
            return Err(Malformed);
        }
        if text("use")?.is_some_and(|purpose| purpose != "sig") || !may_verify(object.get("key_ops")) {
            return Err(Malformed);
        }
        let (material, usual) = match (part("kty")?, text("crv")?) {
            ("EC", Some("P-256")) => {
                let coordinate = |name| array_from_base64url(part(name)?);
                (Material::P256 { x: coordinate("x")?, y: coordinate("y")? }, Some(Alg::Es256))
            }
            ("OKP", Some("Ed25519")) => {
                (Material::Ed25519 { x: array_from_base64url(part("x")?)? }, Some(Alg::EdDsa))
            }
            ("RSA", None) => {
                (Material::Rsa { n: from_base64url(part("n")?)?, e: from_base64url(part("e")?)? }, None)
            }
            _ => return Err(Malformed),
        };
        let alg = match text("alg")? {
            Some(name) => name.parse()?,
            None => usual.ok_or(Malformed)?,
        };
        Self::new(text("kid")?.map(str::to_owned), alg, material)
    }

    /// Its id.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The one algorithm it is for.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    pub(crate) const fn material(&self) -> &Material {
        &self.material
    }

    /// The members that make the key, in the order of RFC 7638.
    fn members(&self) -> Vec<(&'static str, String)> {
        match &self.material {
            Material::P256 { x, y } => vec![
                ("crv", "P-256".to_owned()),
                ("kty", "EC".to_owned()),
                ("x", base64url(x)),
                ("y", base64url(y)),
            ],
            Material::Ed25519 { x } => {
                vec![("crv", "Ed25519".to_owned()), ("kty", "OKP".to_owned()), ("x", base64url(x))]
            }
            Material::Rsa { n, e } => {
                vec![("e", base64url(e)), ("kty", "RSA".to_owned()), ("n", base64url(n))]
            }
        }
    }

    /// The key as it is published.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let key = self.members().into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
        let kid = self.kid.iter().map(|kid| ("kid".to_owned(), Value::from(kid.as_str())));
        let what_for = [("alg", self.alg.as_str()), ("use", "sig")];
        let what_for = what_for.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
        key.chain(kid).chain(what_for).collect()
    }

    /// RFC 7638: the digest of the members that make the key, in one written form.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // None of these texts holds a character that JSON would escape.
        let members: Vec<_> =
            self.members().into_iter().map(|(name, text)| format!("\"{name}\":\"{text}\"")).collect();
        base64url(digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes()).as_ref())
    }
}

fn may_verify(operations: Option<&Value>) -> bool {
    match operations {
        None => true,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some("verify")),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests;
