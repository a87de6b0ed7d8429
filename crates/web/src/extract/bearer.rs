//! A request whose bearer token is good and enough.

use super::guarded::IsGuarded;
use super::session::of;
use crate::bearer::{NoBearer, check};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use cloakroom_model::words::time::Span;
use cloakroom_rules::token::access::{AccessToken, Level};
use cloakroom_rules::token::check::Demand;
use cloakroom_verifier::guard::{MaxStaleness, Otherwise, Route};
use cloakroom_verifier::tokens::Seen;
use core::marker::PhantomData;
use core::ops::Deref;
use http::request::Parts;
use std::sync::Arc;

/// What a route asks of a token.
pub trait Asks: Send {
    /// Everything that it must allow.
    const SCOPE: &'static [&'static str] = &[];
    /// How many seconds ago the user may have proven who they are.
    const PROVEN_WITHIN: Option<i64> = None;
    /// How sure it must be who they are.
    const LEVEL: Option<Level> = None;
    /// How old what is known may be, and what is said where it is older: for [`Verified`](super::Verified) alone, since in the authority's own
    /// process nothing is old.
    const ROUTE: Route = Route { bears: MaxStaleness::standard(), otherwise: Otherwise::Deny503 };
}

/// Nothing but that it is good.
#[derive(Debug, Clone, Copy)]
pub struct AnyScope;

impl Asks for AnyScope {}

pub(super) fn demand<A: Asks>() -> Demand {
    Demand {
        scope: A::SCOPE.iter().filter_map(|word| word.parse().ok()).collect(),
        proven_within: A::PROVEN_WITHIN.map(Span::seconds),
        level: A::LEVEL,
    }
}

/// Whether each is a word that a token can have: else it is one that none ever has, and that is found out here.
pub(super) const fn are_scopes(mut words: &[&str]) -> bool {
    while let [word, rest @ ..] = words {
        let mut bytes = word.as_bytes();
        if bytes.is_empty() || bytes.len() > 64 {
            return false;
        }
        while let [byte, more @ ..] = bytes {
            if !byte.is_ascii_graphic() || *byte == b'"' || *byte == b'\\' {
                return false;
            }
            bytes = more;
        }
        words = rest;
    }
    true
}

/// The access token of a request. Without a good one the handler is not called: 401 with a challenge, or 403 if it does not allow
/// what the route asks.
#[derive(Debug, Clone)]
pub struct Bearer<A = AnyScope> {
    seen: Arc<Seen>,
    asks: PhantomData<fn() -> A>,
}

impl<A> Deref for Bearer<A> {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        self.seen.token()
    }
}

impl<S: IsGuarded, A: Asks> FromRequestParts<S> for Bearer<A> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let handle = of(parts).map_err(axum::response::IntoResponse::into_response)?;
        const {
            assert!(
                are_scopes(A::SCOPE),
                "a scope is a word: visible ASCII without spaces, quotes and backslashes"
            )
        };
        let demand = demand::<A>();
        match check(&parts.headers, handle.site(), &demand) {
            Ok(seen) => {
                handle.is_by_bearer(&seen);
                Ok(Self { seen, asks: PhantomData })
            }
            Err(no) => Err(no.answer(handle.site(), &demand)),
        }
    }
}

/// `None` is a request without a token; one that is not good is refused all the same.
impl<S: IsGuarded, A: Asks> OptionalFromRequestParts<S> for Bearer<A> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Response> {
        match crate::bearer::presented(&parts.headers) {
            Err(NoBearer::Missing) => Ok(None),
            _ => <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some),
        }
    }
}
