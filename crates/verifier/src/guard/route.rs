//! What a route bears, and what it says of what it does not.

use cloakroom_model::words::time::Span;

/// How old what is known may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxStaleness(pub(super) Span);

/// What is said where what is known is older than a route bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Otherwise {
    /// Nobody can say: 503.
    #[default]
    Deny503,
    /// The authority is asked for what this one token depends on. If it does not answer in a moment: 503.
    Introspect,
    /// It is let in by what is known, if that is not older than this either; nor than the authority waits for
    /// ([`TokenPolicy::verifiers_bear`](cloakroom_rules::token::policy::TokenPolicy::verifiers_bear)). What was taken back holds so much later.
    AllowStale(Span),
}

/// What a route bears, and what is said of what it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// How old what is known may be.
    pub bears: MaxStaleness,
    /// What is said where it is older.
    pub otherwise: Otherwise,
}

impl From<MaxStaleness> for Route {
    fn from(bears: MaxStaleness) -> Self {
        Self { bears, otherwise: Otherwise::default() }
    }
}

impl MaxStaleness {
    /// Two seconds: where money moves or rights change.
    #[must_use]
    pub const fn sensitive() -> Self {
        Self(Span::seconds(2))
    }

    /// Ten seconds: everywhere else.
    #[must_use]
    pub const fn standard() -> Self {
        Self(Span::seconds(10))
    }

    /// As a span.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }
}
