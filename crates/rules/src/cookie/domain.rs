//! A domain that several hosts share.

use cloakroom_model::words::origin::WebOrigin;

/// Why a domain cannot be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDomain {
    /// Anybody can have a name under it.
    #[error("it is a public suffix: anybody can have a host under it")]
    PublicSuffix,
    /// The app is not under it.
    #[error("the app's own host is not under it")]
    NotOurs,
}

/// A registrable domain, or one below it, that covers the host of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDomain(String);

impl SharedDomain {
    /// The domain, if it may be shared by an app of this origin.
    pub fn of(domain: &str, origin: &WebOrigin) -> Result<Self, BadDomain> {
        let covers = origin.name() == domain
            || origin.name().strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
        if !covers || domain.is_empty() {
            return Err(BadDomain::NotOurs);
        }
        match psl::domain(domain.as_bytes()) {
            Some(_) => Ok(Self(domain.to_owned())),
            None => Err(BadDomain::PublicSuffix),
        }
    }

    /// The domain as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
