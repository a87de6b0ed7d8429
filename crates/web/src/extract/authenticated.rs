//! Who is signed in, how freshly, and in which role.

use super::guarded::IsGuarded;
use super::rejection::Rejection;
use super::session::{Session, of};
use crate::handle::Handle;
use crate::refusals;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::Span;
use core::convert::Infallible;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;
use http::request::Parts;

/// The app's user of a session. `None`: there is no such user any more.
pub trait FromSubject<A>: Sized + Send {
    /// What can go wrong.
    type Error: core::fmt::Display + Send;

    /// Finds the user. The session is there for what else it says: `session.record()`, `session.get(KEY)`.
    fn from_subject(
        subject: &SubjectId,
        session: &Session,
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

    async fn from_subject(subject: &SubjectId, session: &Session, _: &A) -> Result<Option<Self>, Infallible> {
        let groups = session.handle().account().map(|(_, groups)| groups).unwrap_or_default();
        Ok(Some(Self { subject: subject.clone(), groups }))
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
    session: Session,
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
    pub const fn session(&self) -> &Session {
        &self.session
    }
}

impl<U, F> Deref for Authenticated<U, F> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.user
    }
}

fn is_fresh(session: &Session, seconds: Option<i64>) -> bool {
    let Some(seconds) = seconds else { return true };
    let proven = session.record().and_then(|record| record.assurance.as_ref().map(|assurance| assurance.at));
    proven.is_some_and(|at| session.handle().site().settings().clock.now() < at.plus(Span::seconds(seconds)))
}

async fn signed_in<S: IsGuarded, U: FromSubject<S::App>>(
    handle: Handle,
    state: &S,
) -> Result<Option<(U, Session)>, Rejection> {
    handle.look().await.map_err(|denied| Rejection::error(&denied.into(), &handle))?;
    let Some((Some(subject), _)) = handle.account() else { return Ok(None) };
    let session = Session(handle);
    match U::from_subject(&subject, &session, state.app()).await {
        Ok(user) => Ok(user.map(|user| (user, session))),
        // Nobody knows who this is: that signs nobody out.
        Err(_) => Err(Rejection::of(&refusals::STORE_DOWN)),
    }
}

impl<S: IsGuarded, U: FromSubject<S::App>, F: Freshness> FromRequestParts<S> for Authenticated<U, F> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        match signed_in(of(parts)?, state).await? {
            None => Err(Rejection::not_signed_in(&of(parts)?, parts)),
            Some((_, session)) if !is_fresh(&session, F::SECONDS) => {
                Err(Rejection::not_fresh(session.handle(), parts))
            }
            Some((user, session)) => Ok(Self { user, session, freshness: PhantomData }),
        }
    }
}

impl<S: IsGuarded, U: FromSubject<S::App>, F: Freshness> OptionalFromRequestParts<S> for Authenticated<U, F> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let found = signed_in(of(parts)?, state).await?;
        let fresh = found.filter(|(_, session)| is_fresh(session, F::SECONDS));
        Ok(fresh.map(|(user, session)| Self { user, session, freshness: PhantomData }))
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
        match signed_in::<S, Account>(of(parts)?, state).await? {
            None => Err(Rejection::not_signed_in(&of(parts)?, parts)),
            Some((account, _)) if account.groups.iter().any(|group| group.as_str() == R::GROUP) => {
                Ok(Self { account, role: PhantomData })
            }
            Some((_, session)) => Err(Rejection::shown(&refusals::FORBIDDEN, session.handle())),
        }
    }
}
