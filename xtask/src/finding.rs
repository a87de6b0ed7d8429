//! Something that is not as the house wants it.

use core::fmt;

/// Where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) hint: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}: {}\n  hint: {}", self.place, self.reason, self.hint)
    }
}

/// What a check found, and a line that says what it looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) summary: String,
    pub(crate) found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        place: impl fmt::Display,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.found.push(Finding { place: place.to_string(), reason: reason.into(), hint: hint.into() });
    }
}
