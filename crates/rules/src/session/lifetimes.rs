//! How long sessions live. The defaults follow NIST SP 800-63B: at most a day between authentications at AAL2 with
//! an hour of idleness, thirty days at AAL1.

use cloakroom_model::records::session::Class;
use cloakroom_model::words::time::Span;

/// The two limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// How long it may lie unused.
    pub idle: Span,
    /// How old it may become.
    pub absolute: Span,
}

/// The limits of each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Visitors.
    pub anonymous: Lifetime,
    /// Signed-in browsers: a working day.
    pub browser: Lifetime,
    /// Browsers that asked to be remembered.
    pub remembered: Lifetime,
    /// The console: the shortest, because it can do the most.
    pub console: Lifetime,
    /// Apps and scripts that renew their tokens.
    pub renewed: Lifetime,
}

impl Lifetimes {
    /// The limits of a class.
    #[must_use]
    pub const fn of(&self, class: Class) -> Lifetime {
        match class {
            Class::Anonymous => self.anonymous,
            Class::Browser => self.browser,
            Class::Remembered => self.remembered,
            Class::Console => self.console,
            Class::Renewed => self.renewed,
        }
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        let browser = Lifetime { idle: Span::hours(1), absolute: Span::hours(8) };
        let remembered = Lifetime { idle: Span::days(14), absolute: Span::days(30) };
        Self {
            anonymous: browser,
            browser,
            remembered,
            console: Lifetime { idle: Span::minutes(15), absolute: Span::hours(8) },
            renewed: remembered,
        }
    }
}

#[cfg(test)]
mod tests;
