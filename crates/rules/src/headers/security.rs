//! The other headers, the same on every answer.

use cloakroom_model::words::origin::{Scheme, WebOrigin};

/// For how long browsers are told to come over TLS only. It cannot be taken back before it runs out, so one begins small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hsts {
    /// Five minutes: the first day of an app.
    #[default]
    FiveMinutes,
    /// A day: the first weeks.
    OneDay,
    /// Two years.
    TwoYears,
    /// Two years, and every host under this one too.
    TwoYearsWithSubdomains,
    /// The same, and it may be built into browsers.
    Preload,
}

impl Hsts {
    const fn value(self) -> &'static str {
        match self {
            Self::FiveMinutes => "max-age=300",
            Self::OneDay => "max-age=86400",
            Self::TwoYears => "max-age=63072000",
            Self::TwoYearsWithSubdomains => "max-age=63072000; includeSubDomains",
            Self::Preload => "max-age=63072000; includeSubDomains; preload",
        }
    }
}

/// The headers, by name. An app that has set one of them itself keeps its own.
pub fn headers(origin: &WebOrigin, hsts: Hsts) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let strict = (origin.scheme() == Scheme::Https).then(|| ("strict-transport-security", hsts.value()));
    [
        ("x-content-type-options", "nosniff"),
        // `no-referrer` would make browsers hide the origin of the app's own forms.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ]
    .into_iter()
    .chain(strict)
}

#[cfg(test)]
mod tests;
