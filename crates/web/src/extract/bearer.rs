//! A request whose bearer token is good and enough.

use super::guarded::IsGuarded;
use super::session::of;
use crate::bearer::{NoBearer, check};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use cloakroom_model::words::time::Span;
use cloakroom_rules::token::access::{AccessToken, Level};
use cloakroom_rules::token::check::Demand;
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
}

/// Nothing but that it is good.
#[derive(Debug, Clone, Copy)]
pub struct AnyScope;

impl Asks for AnyScope {}

fn demand<A: Asks>() -> Demand {
    Demand {
        // A word that is no scope is one that no token has.
        scope: A::SCOPE.iter().filter_map(|word| word.parse().ok()).collect(),
        proven_within: A::PROVEN_WITHIN.map(Span::seconds),
        level: A::LEVEL,
    }
}

fn is_askable<A: Asks>(demand: &Demand) -> bool {
    demand.scope.len() == A::SCOPE.len()
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
        let demand = demand::<A>();
        let checked = match is_askable::<A>(&demand) {
            true => check(&parts.headers, handle.site(), &demand),
            false => Err(NoBearer::Scope),
        };
        match checked {
            Ok(seen) => {
                handle.is_personal();
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
