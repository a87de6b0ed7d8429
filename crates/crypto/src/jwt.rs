//! Tokens: a signature whose payload is a JSON object of one kind, by a key that its header names.

use crate::derive::Unavailable;
use crate::json::members::{Item, Members};
use crate::json::{Object, Value};
use crate::jwks::KeySet;
use crate::jws::{self, Rejected, Unverified};
use crate::signing_key::SigningKey;
use crate::verifying_key::VerifyingKey;
use cloakroom_model::words::text::Malformed;

/// The claims of one kind of token.
pub trait Claims: Sized {
    /// The kind, as the header says it (RFC 8725, section 3.11).
    const TYP: &'static str;

    /// The claims of an object that was signed.
    fn read(members: &Members<'_>) -> Result<Self, Malformed>;

    /// The object to sign.
    fn write(&self) -> Object;
}

/// A text that may be a token. Nothing of what it claims can be had from it.
#[derive(Debug)]
pub struct UnverifiedJwt<'a>(Unverified<'a>);

/// Claims that a key of ours has signed. Whether they are still good is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt<C> {
    claims: C,
    kid: String,
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes a text apart.
    pub fn parse(text: &'a str) -> Result<Self, Rejected> {
        Unverified::parse(text).map(Self)
    }

    /// The id of the key that it names. A token without one is not of ours.
    pub fn kid(&self) -> Result<&str, Rejected> {
        self.0.header().kid.as_deref().ok_or(Rejected::Key)
    }

    /// The claims, if a key of the set signed them for this kind of token.
    pub fn verify<C: Claims>(&self, keys: &KeySet) -> Result<Jwt<C>, Rejected> {
        let kid = self.kid()?;
        self.verify_with(kid, keys.of(kid).ok_or(Rejected::Key)?)
    }

    fn verify_with<C: Claims>(&self, kid: &str, key: &VerifyingKey) -> Result<Jwt<C>, Rejected> {
        if !self.0.header().typ.as_deref().is_some_and(|typ| is_of_kind(typ, C::TYP)) {
            return Err(Rejected::Type);
        }
        let payload = self.0.verify(key)?;
        let payload = Members::parse(&payload).map_err(|_| Rejected::Claims)?;
        if !is_between(key, &payload) {
            return Err(Rejected::Claims);
        }
        let claims = C::read(&payload).map_err(|_| Rejected::Claims)?;
        Ok(Jwt { claims, kid: kid.to_owned() })
    }
}

/// RFC 7515, section 4.1.9: `application/` may be left away; media types do not mind case.
fn is_of_kind(typ: &str, wanted: &str) -> bool {
    const APPLICATION: &str = "application/";
    let short = match typ.get(..APPLICATION.len()) {
        Some(start) if start.eq_ignore_ascii_case(APPLICATION) => typ.get(APPLICATION.len()..),
        _ => Some(typ),
    };
    short.is_some_and(|short| short.eq_ignore_ascii_case(wanted))
}

/// A shared key speaks for its issuer to its audience, and for nobody else to nobody else.
fn is_between(key: &VerifyingKey, payload: &Members<'_>) -> bool {
    key.pair().is_none_or(|pair| {
        let is = |name: &str, wanted: &str| payload.get(name).and_then(Item::as_str) == Some(wanted);
        is("iss", &pair.issuer) && is("aud", &pair.audience)
    })
}

impl<C> Jwt<C> {
    /// What was signed.
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// The id of the key that signed it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The claims alone.
    pub fn into_claims(self) -> C {
        self.claims
    }
}

/// A token of these claims.
pub fn sign<C: Claims>(claims: &C, kid: &str, key: &SigningKey) -> Result<String, Unavailable> {
    let payload = Value::Object(claims.write()).to_string();
    jws::sign(payload.as_bytes(), Some(C::TYP), Some(kid), key)
}

#[cfg(test)]
mod tests;
