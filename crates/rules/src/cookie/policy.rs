//! Which cookies there can be. The list is closed, and each of them is valid: what a browser would drop, or what
//! would protect less than it seems, cannot be written down.

use super::domain::SharedDomain;
use cloakroom_model::words::time::Span;

/// The most a name and its value may have together: what every browser keeps.
pub const AT_MOST: usize = 4_096;
/// Browsers keep no cookie for longer.
const LONGEST: Span = Span::hours(400 * 24);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    HostHttp,
    HostOnly,
    HostStrict,
    SharedDomain(SharedDomain),
    CrossSite(&'static str),
    CsrfReadable,
    DevLoopback(u16),
    DevReadable(u16),
    DevStrict(u16),
}

/// What a cookie is like. Made by one of the named constructors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookiePolicy {
    kind: Kind,
    /// Whether it goes when the browser does.
    until_browser_closes: bool,
}

/// The name and value do not fit into a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes of name and value do not fit into a cookie of {AT_MOST}")]
pub struct TooLong(pub usize);

impl CookiePolicy {
    const fn of(kind: Kind) -> Self {
        Self { kind, until_browser_closes: false }
    }

    /// The default: this host only, never seen by script, set by the server only, not sent along by other sites' forms.
    #[must_use]
    pub const fn host_http() -> Self {
        Self::of(Kind::HostHttp)
    }

    /// The same without the `Http` prefix, for cookies that older software must recognise.
    #[must_use]
    pub const fn host_only() -> Self {
        Self::of(Kind::HostOnly)
    }

    /// Not sent on any request that another site begins, not even a link.
    #[must_use]
    pub const fn host_strict() -> Self {
        Self::of(Kind::HostStrict)
    }

    /// Shared by every host under a domain: each of them can read it, and set it.
    #[must_use]
    pub const fn shared_domain(domain: SharedDomain) -> Self {
        Self::of(Kind::SharedDomain(domain))
    }

    /// Sent also where the app is embedded in other sites, with a jar of its own for each of them. The reason is for
    /// whoever reads the code.
    #[must_use]
    pub const fn cross_site(reason: &'static str) -> Self {
        Self::of(Kind::CrossSite(reason))
    }

    /// The one that script may read: for double submit.
    #[must_use]
    pub const fn csrf_readable() -> Self {
        Self::of(Kind::CsrfReadable)
    }

    /// For plain http on this machine. Cookies do not know ports, so the port is part of the name.
    #[must_use]
    pub const fn dev_loopback(port: u16) -> Self {
        Self::of(Kind::DevLoopback(port))
    }

    /// The one that script may read, for plain http on this machine.
    #[must_use]
    pub const fn dev_readable(port: u16) -> Self {
        Self::of(Kind::DevReadable(port))
    }

    /// Not sent on any request that another site begins, for plain http on this machine.
    #[must_use]
    pub const fn dev_strict(port: u16) -> Self {
        Self::of(Kind::DevStrict(port))
    }

    /// The same until the browser closes.
    #[must_use]
    pub fn until_browser_closes(self) -> Self {
        Self { until_browser_closes: true, ..self }
    }

    /// The whole name of a cookie, with the prefix by which the browser knows what must hold for it.
    #[must_use]
    pub fn name(&self, base: &str) -> String {
        let prefix = match &self.kind {
            Kind::HostHttp | Kind::HostStrict | Kind::CrossSite(_) => "__Host-Http-",
            Kind::HostOnly | Kind::CsrfReadable => "__Host-",
            Kind::SharedDomain(_) => "__Secure-",
            Kind::DevLoopback(port) | Kind::DevReadable(port) | Kind::DevStrict(port) => {
                let (front, rest) = base.split_at(base.find('_').unwrap_or(base.len()));
                return format!("{front}_dev_{port}{rest}");
            }
        };
        [prefix, base].concat()
    }

    /// Why it is sent to a site that is embedded in others; `None` if it is not.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self.kind {
            Kind::CrossSite(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether script may read it.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        matches!(self.kind, Kind::CsrfReadable | Kind::DevReadable(_))
    }

    /// Whether browsers drop it over plain http.
    #[must_use]
    pub const fn needs_tls(&self) -> bool {
        !matches!(self.kind, Kind::DevLoopback(_) | Kind::DevReadable(_) | Kind::DevStrict(_))
    }

    /// Whether only this host can have set it.
    #[must_use]
    pub const fn is_host_bound(&self) -> bool {
        !matches!(self.kind, Kind::SharedDomain(_)) && self.needs_tls()
    }

    const fn attributes(&self) -> &'static str {
        match &self.kind {
            Kind::HostHttp | Kind::HostOnly => "; Path=/; Secure; HttpOnly; SameSite=Lax",
            Kind::HostStrict => "; Path=/; Secure; HttpOnly; SameSite=Strict",
            Kind::SharedDomain(_) => "; Path=/; Secure; HttpOnly; SameSite=Lax; Domain=",
            Kind::CrossSite(_) => "; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
            Kind::CsrfReadable => "; Path=/; Secure; SameSite=Strict",
            Kind::DevLoopback(_) => "; Path=/; HttpOnly; SameSite=Lax",
            Kind::DevReadable(_) => "; Path=/; SameSite=Strict",
            Kind::DevStrict(_) => "; Path=/; HttpOnly; SameSite=Strict",
        }
    }

    fn domain(&self) -> &str {
        match &self.kind {
            Kind::SharedDomain(domain) => domain.as_str(),
            _ => "",
        }
    }

    /// The value of a `Set-Cookie` header. The value consists of characters that need no quoting; the cookie lives as
    /// long as what it opens.
    pub fn set(&self, base: &str, value: &str, lives: Span) -> Result<String, TooLong> {
        let name = self.name(base);
        let length = name.len() + value.len();
        if length > AT_MOST {
            return Err(TooLong(length));
        }
        let seconds = lives.as_millis().min(LONGEST.as_millis()).max(0) / 1_000;
        let age = if self.until_browser_closes { String::new() } else { format!("; Max-Age={seconds}") };
        Ok([&name, "=", value, self.attributes(), self.domain(), &age].concat())
    }

    /// The value of a `Set-Cookie` header that takes the cookie away.
    #[must_use]
    pub fn clear(&self, base: &str) -> String {
        [&self.name(base), "=", self.attributes(), self.domain(), "; Max-Age=0"].concat()
    }
}

#[cfg(test)]
mod tests;
