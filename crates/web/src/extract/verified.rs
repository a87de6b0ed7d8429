//! The same in another process than the authority's: by what a verifier knows.

use super::bearer::{AnyScope, Asks, are_scopes, demand};
use crate::bearer::{NoBearer, decided, presented};
use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_verifier::guard::Guard;
use cloakroom_verifier::tokens::Seen;
use core::marker::PhantomData;
use core::ops::Deref;
use http::request::Parts;
use std::sync::Arc;

/// The access token of a request to an API that follows the feed. Without a good one the handler is not called: 401 with a challenge, 403 if it
/// does not allow what the route asks, and 503 if nobody can say. The verifier is the app's state, or a part of it:
/// `Router::new().….with_state(verifier.guard().clone())`.
#[derive(Debug, Clone)]
pub struct Verified<A = AnyScope> {
    seen: Arc<Seen>,
    asks: PhantomData<fn() -> A>,
}

impl<A> Deref for Verified<A> {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        self.seen.token()
    }
}

impl<S, A> FromRequestParts<S> for Verified<A>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    A: Asks,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        const {
            assert!(
                are_scopes(A::SCOPE),
                "a scope is a word: visible ASCII without spaces, quotes and backslashes"
            )
        };
        let (checks, demand) = ((Guard::from_ref(state), A::ROUTE), demand::<A>());
        let decided = decided(&parts.headers, &checks, &demand).await;
        let seen = decided.map_err(|no| no.answer(&checks, &demand))?;
        Ok(Self { seen, asks: PhantomData })
    }
}

/// `None` is a request without a token; one that is not good is refused all the same.
impl<S, A> OptionalFromRequestParts<S> for Verified<A>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    A: Asks,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Response> {
        match presented(&parts.headers) {
            Err(NoBearer::Missing) => Ok(None),
            _ => <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some),
        }
    }
}
