//! Compact signatures (RFC 7515). Nothing is believed before the signature was checked, and nothing is computed before every
//! cheap check has passed.

use crate::alg::Alg;
use crate::derive::Unavailable;
use crate::json::members::{Item, Members};
use crate::json::{Object, Value};
use crate::signing_key::SigningKey;
use crate::verifying_key::VerifyingKey;
use cloakroom_model::words::text::{base64url, from_base64url};

/// No text longer than this is looked at.
pub const TOKEN_AT_MOST: usize = 8 * 1_024;
/// Nor a header longer than this.
const HEADER_AT_MOST: usize = 1_024;

/// Members by which a header would choose its own key. A key comes from where it was configured, and from nowhere else.
const OWN_KEYS: [&str; 4] = ["jwk", "jku", "x5u", "x5c"];

/// Why a signature is not believed. For logs and tests: who presents it learns only that it is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Longer than anything of ours.
    #[error("the token is too long")]
    TooLong,
    /// It is not three parts of base64url with a JSON object in front.
    #[error("this is no token")]
    Malformed,
    /// An algorithm we do not know, or not the one of the key.
    #[error("the token names another algorithm than its key has")]
    Algorithm,
    /// A header that wants to be understood, or brings a key of its own.
    #[error("the token's header asks for what is not done")]
    Header,
    /// Of another kind than is asked for here.
    #[error("this is another kind of token")]
    Type,
    /// There is no key of this id.
    #[error("the token's key is not known")]
    Key,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// What is signed is not what such a token says.
    #[error("the token says what such a token does not say")]
    Claims,
}

/// What a header may say here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm.
    pub alg: Alg,
    /// The kind of token.
    pub typ: Option<String>,
    /// The id of its key.
    pub kid: Option<String>,
}

/// A text in the form of a signature.
pub struct Unverified<'a> {
    header: Header,
    signed: &'a [u8],
    payload: &'a str,
    signature: Vec<u8>,
}

impl core::fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Header {
    fn read(json: &[u8]) -> Result<Self, Rejected> {
        let members = Members::parse(json).map_err(|_| Rejected::Malformed)?;
        // RFC 7515, section 4.1.11: what is critical must be understood. We understand nothing of the kind.
        if members.has("crit") || OWN_KEYS.iter().any(|name| members.has(name)) {
            return Err(Rejected::Header);
        }
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(Item::Text(text)) => Ok(Some(&**text)),
            Some(_) => Err(Rejected::Malformed),
        };
        let alg = text("alg")?.ok_or(Rejected::Malformed)?.parse().map_err(|_| Rejected::Algorithm)?;
        Ok(Self { alg, typ: text("typ")?.map(str::to_owned), kid: text("kid")?.map(str::to_owned) })
    }

    fn write(&self) -> String {
        let mut members = Object::new();
        members.insert("alg".to_owned(), self.alg.as_str().into());
        for (name, text) in [("typ", &self.typ), ("kid", &self.kid)] {
            if let Some(text) = text {
                members.insert(name.to_owned(), text.as_str().into());
            }
        }
        Value::Object(members).to_string()
    }
}

impl<'a> Unverified<'a> {
    /// Takes a text apart. Its signature is not checked by this, and its payload cannot be had.
    pub fn parse(text: &'a str) -> Result<Self, Rejected> {
        if text.len() > TOKEN_AT_MOST {
            return Err(Rejected::TooLong);
        }
        let (before, signature) = text.rsplit_once('.').ok_or(Rejected::Malformed)?;
        let (header, payload) = before.split_once('.').ok_or(Rejected::Malformed)?;
        if header.len() > HEADER_AT_MOST || payload.contains('.') {
            return Err(Rejected::Malformed);
        }
        let decode = |part| from_base64url(part).map_err(|_| Rejected::Malformed);
        let header = Header::read(&decode(header)?)?;
        Ok(Self { header, signed: before.as_bytes(), payload, signature: decode(signature)? })
    }

    /// What its header says. It is not proven.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What was signed, if this key signed it.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Vec<u8>, Rejected> {
        if self.header.alg != key.alg() {
            return Err(Rejected::Algorithm);
        }
        if !key.is_signed(self.signed, &self.signature) {
            return Err(Rejected::Signature);
        }
        from_base64url(self.payload).map_err(|_| Rejected::Malformed)
    }
}

/// A signature over a payload, as text.
pub fn sign(
    payload: &[u8],
    typ: Option<&str>,
    kid: Option<&str>,
    key: &SigningKey,
) -> Result<String, Unavailable> {
    let header = Header { alg: key.alg(), typ: typ.map(str::to_owned), kid: kid.map(str::to_owned) };
    let mut text = [&base64url(header.write().as_bytes()), ".", &base64url(payload)].concat();
    let signature = key.sign(text.as_bytes())?;
    text.push('.');
    text.push_str(&base64url(&signature));
    Ok(text)
}

#[cfg(test)]
mod tests;
