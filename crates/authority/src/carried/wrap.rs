//! From a session to the value of its cookie, and back.

use super::Carrier;
use crate::denied::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::sealed::Sealed;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::signed::Signed;
use cloakroom_model::words::text::{Malformed, base64url, from_base64url};
use cloakroom_rules::cookie::policy::AT_MOST;
use cloakroom_rules::refusal::Refusal;
use cloakroom_store::codec::{decode_carried, encode_carried};

/// What data must leave free of a cookie.
const KEPT_FREE: usize = 256;

/// How a cookie carries a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// Encrypted: its holder cannot read it.
    Sealed,
    /// Signed only: its holder can read it, and not change it.
    Signed,
}

/// The whole names of the cookies.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Of somebody who is signed in.
    pub signed_in: &'a str,
    /// Of a visitor.
    pub visitor: &'a str,
}

/// A session, and the value of the cookie that carries it.
#[derive(Debug)]
pub struct Wrapped {
    /// The value. It opens the session.
    pub value: Secret<String>,
    /// The session.
    pub session: Session,
}

impl Wrapping {
    pub(super) const fn kind(self) -> SecretKind {
        match self {
            Self::Sealed => SecretKind::SealedCookie,
            Self::Signed => SecretKind::SignedCookie,
        }
    }

    fn kid(self, bytes: &[u8]) -> Result<u16, Malformed> {
        match self {
            Self::Sealed => Sealed::parse(bytes).map(|parts| parts.kid),
            Self::Signed => Signed::parse(bytes).map(|parts| parts.kid),
        }
    }
}

impl<'a> Carrier<'a> {
    /// The cookie of a session.
    #[must_use]
    pub const fn name_for(&self, session: &Session) -> &'a str {
        if session.subject.is_some() { self.names.signed_in } else { self.names.visitor }
    }

    /// A session as the value of its cookie. What does not fit is refused, never cut.
    pub fn wrap(&self, session: Session) -> Result<Wrapped, Denied> {
        self.wrap_within(session, AT_MOST)
    }

    /// The same after the app has written data: room is left for what must not fail for want of it, like another proof. What
    /// is no larger than it was fits, too.
    pub(super) fn wrap_data(&self, session: Session, before: &Session) -> Result<Wrapped, Denied> {
        match self.wrap_within(session.clone(), AT_MOST - KEPT_FREE) {
            Err(Denied::Refused(Refusal::DataTooLarge)) => {
                let was = self.wrap(before.clone())?.value.expose().len();
                self.wrap_within(session, was + self.name_for(before).len())
            }
            wrapped => wrapped,
        }
    }

    /// The same for a session that begins.
    pub(super) fn wrap_new(&self, session: Session) -> Result<Wrapped, Denied> {
        // A visitor's data may have come along: what had room there must have room here.
        let kept_free = if session.subject.is_some() { KEPT_FREE / 4 } else { KEPT_FREE };
        self.wrap_within(session, AT_MOST - kept_free)
    }

    fn wrap_within(&self, session: Session, at_most: usize) -> Result<Wrapped, Denied> {
        let inner = &self.authority.0;
        let (ring, name) = (&inner.ring, self.name_for(&session));
        let lineage = inner.lineage(ring.active()).ok_or(Denied::NoSecrets)?;
        let place = [name.as_bytes(), self.origin.as_str().as_bytes(), &lineage];
        let plain = encode_carried(&session);
        let wrapped = match self.wrapping {
            Wrapping::Sealed => ring.seal(&place, &plain, &*inner.entropy)?,
            Wrapping::Signed => ring.sign(&place, &plain)?,
        };
        let value = Secret::new([self.wrapping.kind().prefix(), &base64url(&wrapped)].concat());
        if name.len() + value.expose().len() > at_most.min(AT_MOST) {
            return Err(Refusal::DataTooLarge.into());
        }
        Ok(Wrapped { value, session })
    }

    /// The session that the value of a cookie carries, and the key it was wrapped under. Whether it still is one is not
    /// looked at here.
    pub(super) fn unwrap(&self, name: &str, value: &str) -> Result<(Session, u16), Refusal> {
        let inner = &self.authority.0;
        // Never made by us, or under a key that is gone: nobody's.
        let text = value.strip_prefix(self.wrapping.kind().prefix()).ok_or(Refusal::NotSignedIn)?;
        let bytes = from_base64url(text).map_err(|_| Refusal::NotSignedIn)?;
        let kid = self.wrapping.kid(&bytes).map_err(|_| Refusal::NotSignedIn)?;
        let lineage = inner.lineage(kid).ok_or(Refusal::NotSignedIn)?;
        let place = [name.as_bytes(), self.origin.as_str().as_bytes(), &lineage];
        let session = match self.wrapping {
            Wrapping::Sealed => {
                let opened = inner.ring.open(&place, &bytes).map_err(|_| Refusal::Tampered)?;
                decode_carried(opened.expose())
            }
            Wrapping::Signed => {
                decode_carried(inner.ring.open_signed(&place, &bytes).map_err(|_| Refusal::Tampered)?)
            }
        };
        // By a later version of this: it is not ours to read.
        Ok((session.map_err(|_| Refusal::NotSignedIn)?, kid))
    }
}
