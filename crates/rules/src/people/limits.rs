//! How often somebody may try. What an attempt is counted by, and how much of it there is.

use cloakroom_model::words::time::Span;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Sign-ins from a network.
    Network,
    /// Sign-ins to an account by browsers that never did.
    Account,
    /// Sign-ins from a network to an account.
    Pair,
    /// Sign-ins to an account by one browser that did before.
    KnownBrowser,
    /// Mail that a network makes us send.
    MailFromNetwork,
    /// Mail to one address.
    MailTo,
    /// Codes typed for a link.
    Code,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted.
    pub counted: Counted,
    /// One try comes back in this time.
    pub every: Span,
    /// How many may be made at once.
    pub burst: u32,
}

impl Counted {
    /// The limit. Ten guesses a day are nothing to a password that is not on every list, and ten wrong tries are more than somebody
    /// makes who knows theirs.
    #[must_use]
    pub const fn limit(self) -> Limit {
        let (every, burst) = match self {
            Self::Network => (Span::seconds(6), 60),
            Self::Account => (Span::minutes(3), 20),
            Self::Pair => (Span::minutes(1), 10),
            Self::KnownBrowser => (Span::seconds(30), 10),
            Self::MailFromNetwork => (Span::seconds(30), 30),
            Self::MailTo => (Span::minutes(5), 5),
            Self::Code => (Span::hours(1), 5),
        };
        Limit { counted: self, every, burst }
    }

    /// The name of the place it is counted at: two never share one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Account => "account",
            Self::Pair => "pair",
            Self::KnownBrowser => "known-browser",
            Self::MailFromNetwork => "mail-from-network",
            Self::MailTo => "mail-to",
            Self::Code => "code",
        }
    }
}

/// What a sign-in is counted by. A stranger can slow down strangers, and not somebody in a browser that is known.
#[must_use]
pub const fn of_sign_in(knows_browser: bool) -> &'static [Counted] {
    if knows_browser {
        &[Counted::KnownBrowser]
    } else {
        &[Counted::Network, Counted::Account, Counted::Pair]
    }
}

/// What a sign-in that succeeds was not: an attack on the account. Its network is counted all the same.
#[must_use]
pub const fn given_back(knows_browser: bool) -> &'static [Counted] {
    if knows_browser { &[Counted::KnownBrowser] } else { &[Counted::Account, Counted::Pair] }
}

#[cfg(test)]
mod tests;
