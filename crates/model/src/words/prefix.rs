//! The prefixes by which a leaked secret is recognised: by people, by scanners, by `token inspect`.

/// What a secret opens. The list is closed; one place, so that no two kinds share a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// A session ticket.
    Ticket,
    /// A sealed session cookie: the record itself, encrypted.
    SealedCookie,
    /// A signed session cookie: the record itself, readable.
    SignedCookie,
    /// A refresh token.
    Refresh,
    /// An access token that only its issuer can open.
    Reference,
    /// An authorization code.
    Code,
    /// A device code.
    DeviceCode,
    /// A link sent by mail.
    Link,
    /// A service or client secret.
    ServiceSecret,
    /// An initial access token for client registration.
    InitialAccess,
    /// A pushed authorization request.
    PushedRequest,
}

impl SecretKind {
    /// Every kind there is.
    pub const ALL: [SecretKind; 11] = [
        Self::Ticket,
        Self::SealedCookie,
        Self::SignedCookie,
        Self::Refresh,
        Self::Reference,
        Self::Code,
        Self::DeviceCode,
        Self::Link,
        Self::ServiceSecret,
        Self::InitialAccess,
        Self::PushedRequest,
    ];

    /// The text every secret of this kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Ticket => "ckt_",
            Self::SealedCookie => "cke_",
            Self::SignedCookie => "ckm_",
            Self::Refresh => "ckr_",
            Self::Reference => "cko_",
            Self::Code => "cka_",
            Self::DeviceCode => "ckd_",
            Self::Link => "ckl_",
            Self::ServiceSecret => "cks_",
            Self::InitialAccess => "cki_",
            Self::PushedRequest => "urn:ietf:params:oauth:request_uri:ckp_",
        }
    }

    /// The kind a text claims to be.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

#[cfg(test)]
mod tests;
