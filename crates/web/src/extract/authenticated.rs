//! Who is signed in, how freshly, and in which role.

use super::guarded::IsGuarded;
use super::rejection::Rejection;
use super::session::of;
use crate::handle::Handle;
use crate::refusals;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::{Span, Time};
use core::convert::Infallible;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;
use http::request::Parts;
use std::sync::Arc;

/// The app's user of a session. `None`: there is no such user any more.
pub trait FromSubject<A>: Sized + Send {
    /// What can go wrong.
    type Error: core::fmt::Display + Send;

    /// Finds the user.
    fn from_subject(
        subject: &SubjectId,
        session: &Record,
        app: &A,
    ) -> impl Future<Output = Result<Option<Self>, Self::Error>> + Send;
}

/// What the session itself says of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub subject: SubjectId,
    /// The groups as they were at sign-in.
    pub groups: Vec<Group>,
}

impl<A: Sync> FromSubject<A> for Account {
    type Error = Infallible;

    async fn from_subject(subject: &SubjectId, session: &Record, _: &A) -> Result<Option<Self>, Infallible> {
        Ok(Some(Self { subject: subject.clone(), groups: session.groups.clone() }))
    }
}

/// How old a proof may be.
pub trait Freshness: Send {
    /// In seconds; `None` is as old as the session.
    const SECONDS: Option<i64>;
}

/// Any proof will do.
#[derive(Debug, Clone, Copy)]
pub struct AnyAge;

impl Freshness for AnyAge {
    const SECONDS: Option<i64> = None;
}

/// The user has proven who they are in the last so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Fresh<const SECONDS: u32>;

impl<const SECONDS: u32> Freshness for Fresh<SECONDS> {
    const SECONDS: Option<i64> = Some(SECONDS as i64);
}

/// Somebody is signed in. Without anybody the handler is not called: a browser is sent to the sign-in page, everything
/// else gets 401.
#[derive(Debug, Clone)]
pub struct Authenticated<U = Account, F = AnyAge> {
    user: U,
    record: Arc<Record>,
    freshness: PhantomData<fn() -> F>,
}

impl<U, F> Authenticated<U, F> {
    /// The user.
    #[must_use]
    pub const fn user(&self) -> &U {
        &self.user
    }

    /// The session.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }
}

impl<U, F> Deref for Authenticated<U, F> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.user
    }
}

fn is_fresh(record: &Record, seconds: Option<i64>, now: Time) -> bool {
    let proven = record.assurance.as_ref().map(|assurance| assurance.at);
    seconds.is_none_or(|seconds| proven.is_some_and(|at| now < at.plus(Span::seconds(seconds))))
}

async fn signed_in<S: IsGuarded, U: FromSubject<S::App>>(
    handle: &Handle,
    state: &S,
) -> Result<Option<(U, Arc<Record>)>, Rejection> {
    handle.look().await.map_err(|denied| Rejection::error(&denied.into(), handle))?;
    let Some(record) = handle.session() else { return Ok(None) };
    let Some(subject) = &record.subject else { return Ok(None) };
    match U::from_subject(subject, &record, state.app()).await {
        Ok(user) => Ok(user.map(|user| (user, record))),
        // Nobody knows who this is: that signs nobody out.
        Err(_) => Err(Rejection::of(&refusals::STORE_DOWN)),
    }
}

impl<S: IsGuarded, U: FromSubject<S::App>, F: Freshness> FromRequestParts<S> for Authenticated<U, F> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let handle = of(parts)?;
        match signed_in(&handle, state).await? {
            None => Err(Rejection::not_signed_in(&handle, parts)),
            Some((_, record)) if !is_fresh(&record, F::SECONDS, handle.site().settings().clock.now()) => {
                Err(Rejection::of(&refusals::STEP_UP))
            }
            Some((user, record)) => Ok(Self { user, record, freshness: PhantomData }),
        }
    }
}

impl<S: IsGuarded, U: FromSubject<S::App>, F: Freshness> OptionalFromRequestParts<S> for Authenticated<U, F> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let handle = of(parts)?;
        let found = signed_in(&handle, state).await?;
        let now = handle.site().settings().clock.now();
        let fresh = found.filter(|(_, record)| is_fresh(record, F::SECONDS, now));
        Ok(fresh.map(|(user, record)| Self { user, record, freshness: PhantomData }))
    }
}

/// A role an app knows.
pub trait Role: Send {
    /// The group that has it.
    const GROUP: &'static str;
}

/// Somebody is signed in who has the role. Without it: 403.
#[derive(Debug, Clone)]
pub struct Requires<R> {
    account: Account,
    role: PhantomData<fn() -> R>,
}

impl<R> Deref for Requires<R> {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

impl<S: IsGuarded, R: Role> FromRequestParts<S> for Requires<R> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let handle = of(parts)?;
        match signed_in::<S, Account>(&handle, state).await? {
            None => Err(Rejection::not_signed_in(&handle, parts)),
            Some((account, _)) if account.groups.iter().any(|group| group.as_str() == R::GROUP) => {
                Ok(Self { account, role: PhantomData })
            }
            Some(_) => Err(Rejection::of(&refusals::FORBIDDEN)),
        }
    }
}
