//! Bearer tokens: from the `Authorization` header and from nowhere else (RFC 6750), and what a client is told who has none that is
//! good (RFC 9728, RFC 9470).

use crate::handle::Handle;
use crate::problem::Problem;
use crate::refusals;
use crate::site::Site;
use cloakroom_authority::Denied;
use cloakroom_model::words::scope::Scope;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::token::check::{Demand, meets};
use cloakroom_verifier::guard::{Checked, Guard, MaxStaleness};
use cloakroom_verifier::tokens::{Seen, Verdict};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use std::sync::Arc;
use tower_layer::Layer;
use tower_service::Service;

/// Where it is published what tokens this resource takes.
pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
/// Where the keys are published.
pub const JWKS: &str = "/.well-known/jwks.json";

/// Why a request is refused.
#[derive(Debug, Clone)]
pub enum NoBearer {
    /// It has no token.
    Missing,
    /// What it has is not one token in the one form.
    Malformed,
    /// The token is not good.
    Invalid,
    /// It does not allow this.
    Scope,
    /// Its proof is too old, or not sure enough.
    StepUp,
    /// Nobody could look.
    Denied(Denied),
    /// What is known of revocations is older than this route bears.
    Unknown,
}

/// Where tokens are checked.
pub trait Checks {
    /// What is to be said of a token, if anybody can say.
    fn verdict(&self, text: &str) -> Result<Verdict, NoBearer>;

    /// The time.
    fn now(&self) -> Time;

    /// Where it stands what tokens are taken here, if it stands anywhere.
    fn metadata(&self) -> Option<String>;
}

/// In the process that issues them.
impl Checks for Site {
    fn verdict(&self, text: &str) -> Result<Verdict, NoBearer> {
        self.authority().check_access(text).map_err(NoBearer::Denied)
    }

    fn now(&self) -> Time {
        self.settings().clock.now()
    }

    fn metadata(&self) -> Option<String> {
        Some(format!("{}{RESOURCE_METADATA}", self.origin()))
    }
}

/// In another one, that follows the feed: by what is known there, and how old that may be.
impl Checks for (Guard, MaxStaleness) {
    fn verdict(&self, text: &str) -> Result<Verdict, NoBearer> {
        match self.0.check(text, self.1, None) {
            Checked::Known(verdict) => Ok(verdict),
            Checked::Unknown(_) => Err(NoBearer::Unknown),
        }
    }

    fn now(&self) -> Time {
        self.0.clock().now()
    }

    fn metadata(&self) -> Option<String> {
        None
    }
}

/// One or the other.
#[derive(Debug, Clone)]
enum Source {
    Here(Site),
    Elsewhere((Guard, MaxStaleness)),
}

impl Source {
    fn checks(&self) -> &dyn Checks {
        match self {
            Self::Here(site) => site,
            Self::Elsewhere(guard) => guard,
        }
    }
}

/// The one token of a request.
pub fn presented(headers: &HeaderMap) -> Result<&str, NoBearer> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), next) = (all.next(), all.next()) else { return Err(NoBearer::Missing) };
    if next.is_some() {
        return Err(NoBearer::Malformed);
    }
    let text = value.to_str().map_err(|_| NoBearer::Malformed)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(NoBearer::Missing);
    }
    // RFC 6750, section 2.1: one word of these.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(is_word) { Err(NoBearer::Malformed) } else { Ok(token) }
}

/// Whether a request has a token in its `Authorization`, good or not.
pub(crate) fn bears_token(headers: &HeaderMap) -> bool {
    presented(headers).is_ok()
}

/// The token of a request, if it is good and enough.
pub fn check(headers: &HeaderMap, checks: &dyn Checks, demand: &Demand) -> Result<Arc<Seen>, NoBearer> {
    let text = presented(headers)?;
    let seen = match checks.verdict(text)? {
        Verdict::Valid(seen) => seen,
        Verdict::Expired | Verdict::Revoked | Verdict::Stale | Verdict::NotHere(_) | Verdict::Invalid(_) => {
            return Err(NoBearer::Invalid);
        }
    };
    // A token that is bound to a key is no bearer token: without a proof of the key it is not accepted anywhere.
    if seen.token().bound_to.is_some() {
        return Err(NoBearer::Invalid);
    }
    match meets(seen.token(), demand, checks.now()) {
        Ok(()) => Ok(seen),
        Err(Refusal::NotAllowed) => Err(NoBearer::Scope),
        Err(_) => Err(NoBearer::StepUp),
    }
}

impl NoBearer {
    const fn problem(&self) -> Problem {
        match self {
            Self::Missing | Self::Invalid => refusals::NOT_SIGNED_IN,
            Self::Malformed => refusals::MALFORMED_AUTHORIZATION,
            Self::Scope => refusals::SCOPE,
            Self::StepUp => refusals::STEP_UP,
            Self::Denied(denied) => refusals::of(denied),
            Self::Unknown => refusals::REVOCATION_UNKNOWN,
        }
    }

    fn error(&self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::Denied(_) | Self::Unknown => None,
            Self::Malformed => Some("invalid_request"),
            Self::Invalid => Some("invalid_token"),
            Self::Scope => Some("insufficient_scope"),
            Self::StepUp => Some("insufficient_user_authentication"),
        }
    }

    /// The answer, with its challenge.
    #[must_use]
    pub fn answer<B: From<String>>(&self, checks: &dyn Checks, demand: &Demand) -> Response<B> {
        let mut answer = self.problem().answer();
        if !matches!(self, Self::Denied(_) | Self::Unknown)
            && let Ok(challenge) = HeaderValue::from_str(&self.challenge(checks, demand))
        {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }

    fn challenge(&self, checks: &dyn Checks, demand: &Demand) -> String {
        let mut parts = Vec::new();
        if let Some(error) = self.error() {
            parts.push(format!("error=\"{error}\""));
        }
        if matches!(self, Self::Missing | Self::Scope) && !demand.scope.is_empty() {
            let words: Vec<_> = demand.scope.iter().map(Scope::as_str).collect();
            parts.push(format!("scope=\"{}\"", words.join(" ")));
        }
        if matches!(self, Self::StepUp) {
            if let Some(level) = demand.level {
                parts.push(format!("acr_values=\"{}\"", level.as_str()));
            }
            if let Some(within) = demand.proven_within {
                parts.push(format!("max_age={}", within.as_millis() / 1_000));
            }
        }
        parts.extend(checks.metadata().map(|metadata| format!("resource_metadata=\"{metadata}\"")));
        format!("Bearer {}", parts.join(", ")).trim_end().to_owned()
    }
}

/// Lets only requests through whose bearer token is good and enough; what it says is an `Arc<Seen>` in the extensions.
#[derive(Debug, Clone)]
pub struct BearerLayer {
    source: Source,
    demand: Arc<Demand>,
}

impl BearerLayer {
    /// For an app, with what every one of its routes asks.
    #[must_use]
    pub fn new(site: Site, demand: Demand) -> Self {
        Self { source: Source::Here(site), demand: Arc::new(demand) }
    }

    /// For an API in another process than the authority: by what a verifier knows, if that is not older than its routes bear.
    #[must_use]
    pub fn by(guard: Guard, bears: MaxStaleness, demand: Demand) -> Self {
        Self { source: Source::Elsewhere((guard, bears)), demand: Arc::new(demand) }
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService { inner, layer: self.clone() }
    }
}

/// An app behind bearer tokens.
#[derive(Debug, Clone)]
pub struct BearerService<S> {
    inner: S,
    layer: BearerLayer,
}

impl<S, Q, B> Service<Request<Q>> for BearerService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: From<String>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = BearerFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let BearerLayer { source, demand } = &self.layer;
        let checks = source.checks();
        match check(request.headers(), checks, demand) {
            Ok(seen) => {
                if let Some(handle) = request.extensions().get::<Handle>() {
                    handle.is_by_bearer(&seen);
                }
                request.extensions_mut().insert(seen);
                BearerFuture::Running { running: self.inner.call(request) }
            }
            Err(no) => BearerFuture::Refused { answer: Some(no.answer(checks, demand)) },
        }
    }
}

pin_project! {
    /// An answer on its way.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum BearerFuture<F, B> {
        Refused { answer: Option<Response<B>> },
        Running { #[pin] running: F },
    }
}

impl<F, B> core::fmt::Debug for BearerFuture<F, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("BearerFuture")
    }
}

impl<F, B, E> Future for BearerFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
            Projected::Running { running } => {
                let mut answer = ready!(running.poll(context))?;
                // RFC 6750, section 5.3 by way of RFC 9111: what was said to the holder of a token is nobody else's.
                if !answer.headers().contains_key(CACHE_CONTROL) {
                    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                }
                Poll::Ready(Ok(answer))
            }
        }
    }
}

#[cfg(test)]
mod tests;
