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
use cloakroom_verifier::feed::receipt::HEADER as RECEIPT;
use cloakroom_verifier::guard::{Checked, Guard, Route};
use cloakroom_verifier::receipts::Receipt;
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
    /// What came as a receipt is none.
    NoReceipt,
}

/// Where tokens are checked.
pub trait Checks {
    /// What is to be said of a token that came with these headers, if anybody can say.
    fn verdict(&self, text: &str, headers: &HeaderMap) -> Result<Verdict, NoBearer>;

    /// The time.
    fn now(&self) -> Time;

    /// Where it stands what tokens are taken here, if it stands anywhere.
    fn metadata(&self) -> Option<String>;
}

/// In the process that issues them.
impl Checks for Site {
    /// Whatever a receipt of ours is about is known here already.
    fn verdict(&self, text: &str, _: &HeaderMap) -> Result<Verdict, NoBearer> {
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
impl Checks for (Guard, Route) {
    fn verdict(&self, text: &str, headers: &HeaderMap) -> Result<Verdict, NoBearer> {
        let (guard, route) = self;
        said(guard.decide_at_once(text, *route, receipt(guard, headers)?.as_ref()))
    }

    fn now(&self) -> Time {
        self.0.clock().now()
    }

    fn metadata(&self) -> Option<String> {
        None
    }
}

fn said(checked: Checked) -> Result<Verdict, NoBearer> {
    match checked {
        Checked::Known(verdict) => Ok(verdict),
        Checked::Unknown(_) => Err(NoBearer::Unknown),
    }
}

/// The one receipt of a request.
fn receipt(guard: &Guard, headers: &HeaderMap) -> Result<Option<Receipt>, NoBearer> {
    let mut all = headers.get_all(RECEIPT).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return if headers.contains_key(RECEIPT) { Err(NoBearer::NoReceipt) } else { Ok(None) };
    };
    let brought = value.to_str().ok().and_then(|text| guard.receipt(text).ok());
    brought.map(Some).ok_or(NoBearer::NoReceipt)
}

/// One or the other.
#[derive(Debug, Clone)]
enum Source {
    Here(Site),
    Elsewhere((Guard, Route)),
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
    let verdict = checks.verdict(presented(headers)?, headers)?;
    is_enough(verdict, checks, demand)
}

fn is_enough(verdict: Verdict, checks: &dyn Checks, demand: &Demand) -> Result<Arc<Seen>, NoBearer> {
    let seen = match verdict {
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
            Self::NoReceipt => refusals::MALFORMED_RECEIPT,
        }
    }

    fn error(&self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::Denied(_) | Self::Unknown | Self::NoReceipt => None,
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
        if !matches!(self, Self::Denied(_) | Self::Unknown | Self::NoReceipt)
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

    /// For an API in another process than the authority: by what a verifier knows, if that is not older than its routes bear. A request
    /// that brings a receipt waits for what it is about, a second at most.
    #[must_use]
    pub fn by(guard: Guard, route: impl Into<Route>, demand: Demand) -> Self {
        Self { source: Source::Elsewhere((guard, route.into())), demand: Arc::new(demand) }
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
    S: Service<Request<Q>, Response = Response<B>> + Clone + Send + 'static,
    Q: Send + 'static,
    B: From<String> + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = BearerFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let BearerLayer { source, demand } = &self.layer;
        match check(request.headers(), source.checks(), demand) {
            #[cfg(feature = "stream")]
            Err(NoBearer::Unknown) if self.layer.may_know_soon(request.headers()) => self.decide(request),
            checked => match self.layer.lets_in(checked, request) {
                Ok(request) => BearerFuture::Running { running: self.inner.call(request) },
                Err(answer) => BearerFuture::Refused { answer: Some(answer) },
            },
        }
    }
}

impl BearerLayer {
    /// The request as the app gets it, or why it does not.
    fn lets_in<Q, B: From<String>>(
        &self,
        checked: Result<Arc<Seen>, NoBearer>,
        mut request: Request<Q>,
    ) -> Result<Request<Q>, Response<B>> {
        let seen = checked.map_err(|no| no.answer(self.source.checks(), &self.demand))?;
        if let Some(handle) = request.extensions().get::<Handle>() {
            handle.is_by_bearer(&seen);
        }
        request.extensions_mut().insert(seen);
        Ok(request)
    }
}

#[cfg(feature = "stream")]
impl<S> BearerService<S> {
    /// What cannot be said at once may be known in a moment.
    fn decide<Q, B>(&mut self, request: Request<Q>) -> BearerFuture<S::Future, B>
    where
        S: Service<Request<Q>, Response = Response<B>> + Clone + Send + 'static,
        Q: Send + 'static,
        B: From<String> + 'static,
    {
        let fresh = self.inner.clone();
        // The one that was asked whether it is ready is the one to call.
        let mut inner = core::mem::replace(&mut self.inner, fresh);
        let layer = self.layer.clone();
        let deciding = Box::pin(async move {
            let checked = layer.decided(request.headers().clone()).await;
            layer.lets_in(checked, request).map(|request| inner.call(request))
        });
        BearerFuture::Deciding { deciding }
    }
}

/// The token of a request, if it is good and enough; what is not known may be known in a moment.
#[cfg(feature = "stream")]
pub async fn decided(
    headers: &HeaderMap,
    checks: &(Guard, Route),
    demand: &Demand,
) -> Result<Arc<Seen>, NoBearer> {
    let (guard, route) = checks;
    let (text, receipt) = (presented(headers)?, receipt(guard, headers)?);
    let verdict = said(guard.decide(text, *route, receipt.as_ref()).await)?;
    is_enough(verdict, checks, demand)
}

#[cfg(feature = "stream")]
impl BearerLayer {
    fn may_know_soon(&self, headers: &HeaderMap) -> bool {
        let Source::Elsewhere((guard, route)) = &self.source else { return false };
        receipt(guard, headers).is_ok_and(|receipt| guard.may_know_soon(*route, receipt.as_ref()))
    }

    async fn decided(&self, headers: HeaderMap) -> Result<Arc<Seen>, NoBearer> {
        let Source::Elsewhere(checks) = &self.source else { return Err(NoBearer::Unknown) };
        decided(&headers, checks, &self.demand).await
    }
}

/// What comes of a request that was not answered at once.
type Deciding<F, B> = Pin<Box<dyn Future<Output = Result<F, Response<B>>> + Send>>;

pin_project! {
    /// An answer on its way.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum BearerFuture<F, B> {
        Refused { answer: Option<Response<B>> },
        Deciding { deciding: Deciding<F, B> },
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

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Projected::Deciding { deciding } = self.as_mut().project() {
            match ready!(deciding.as_mut().poll(context)) {
                Ok(running) => self.set(Self::Running { running }),
                Err(answer) => return Poll::Ready(Ok(answer)),
            }
        }
        match self.project() {
            Projected::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
            Projected::Deciding { .. } => Poll::Pending,
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
