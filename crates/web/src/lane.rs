//! Where browsers keep the tokens of an app that issues them.

use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::scope::{Audience, Scope};
use cloakroom_rules::cookie::policy::CookiePolicy;
use cloakroom_rules::token::begin::Grant;
use cloakroom_rules::token::mint::{BadClaim, Extra};
use std::sync::Arc;

/// Where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Nowhere: browsers have sessions, and tokens are for apps and scripts.
    Sessions,
    /// The access token in a cookie that script cannot read, the refresh token in another one.
    InCookies,
    /// The access token in the memory of a page, the refresh token in a cookie that script cannot read.
    InMemory,
}

/// What an app adds to each access token of a session.
#[derive(Clone)]
pub struct ClaimsOf(pub Arc<AddsClaims>);

/// The function that says so.
pub type AddsClaims = dyn Fn(&Session) -> Result<Extra, BadClaim> + Send + Sync;

impl core::fmt::Debug for ClaimsOf {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ClaimsOf")
    }
}

/// How this app issues tokens to browsers.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Where they are kept.
    pub keeps: Keeps,
    /// The client that this app's browsers are. Nobody else gets tokens in its name.
    pub client: ClientId,
    /// The client that whoever signs in by themselves is, unless they have a name of their own.
    pub others: ClientId,
    /// What browsers' tokens allow.
    pub scope: Vec<Scope>,
    /// Whom they are meant for.
    pub audience: Vec<Audience>,
    /// What the app adds to them, and to those of everybody else.
    pub claims: Option<ClaimsOf>,
    /// What is done with a refresh token that comes late.
    pub late: RefreshPolicy,
    /// What the cookie of the refresh token is like.
    pub refresh_cookie: CookiePolicy,
}

impl Lane {
    /// What a sign-in in a browser gets.
    #[must_use]
    pub fn grant(&self) -> Grant {
        let (scope, audience) = (self.scope.clone(), self.audience.clone());
        Grant { client: self.client, scope, audience, bound_to: None }
    }
}
