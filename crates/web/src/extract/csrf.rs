//! Tokens for forms, and nonces for scripts.

use super::guarded::IsGuarded;
use super::rejection::Rejection;
use super::session::of;
use crate::csrf_layer::Verified;
use crate::headers_layer::nonce;
use crate::refusals;
use axum::extract::FromRequestParts;
use core::fmt;
use http::request::Parts;

/// The CSRF token of a page: put it into each form as the hidden field `_csrf`, the first field of a form with files.
#[derive(Clone)]
pub struct CsrfToken(String);

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(..)")
    }
}

impl fmt::Display for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: IsGuarded> FromRequestParts<S> for CsrfToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let handle = of(parts)?;
        handle.csrf_token().await.map(Self).map_err(|error| Rejection::error(&error, &handle))
    }
}

/// The request was meant by who sent it. The layer refuses what was not; this says so in a handler's signature, and
/// refuses what the layer was told not to look at.
#[derive(Debug, Clone, Copy)]
pub struct CsrfVerified(());

impl<S: IsGuarded> FromRequestParts<S> for CsrfVerified {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        match parts.extensions.get::<Verified>() {
            Some(_) => Ok(Self(())),
            None => Err(Rejection::of(&refusals::CSRF)),
        }
    }
}

/// The nonce of this answer, for the `nonce` attribute of its own scripts and styles.
#[derive(Debug, Clone)]
pub struct CspNonce(String);

impl fmt::Display for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: IsGuarded> FromRequestParts<S> for CspNonce {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let drawn = nonce(&parts.extensions).map(|nonce| Self(nonce.as_str().to_owned()));
        drawn.ok_or_else(|| Rejection::of(&refusals::OVERLOADED))
    }
}
