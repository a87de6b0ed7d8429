//! Telling an app who asks, so that it can prove it.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_crypto::jwt;
use cloakroom_model::records::session::Session;
use cloakroom_rules::token::assertion::{Facts, LEFT_AT_LEAST, Request, decide};
use std::sync::Arc;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The app, as an origin.
    pub app: &'a str,
    /// The host that was asked.
    pub host: &'a str,
    /// By which method.
    pub method: &'a str,
    /// What they are called.
    pub called: &'a str,
    /// Their address, if it was shown to be theirs.
    pub email: &'a str,
}

impl Authority {
    /// The published keys of assertions. They are no keys of tokens.
    pub fn assertion_jwks(&self) -> Result<Arc<str>, Denied> {
        let issuer = self.0.assertions.as_ref().ok_or(Denied::NoTokens)?;
        Ok(issuer.signing.load_full().ok_or(Denied::NoSecrets)?.jwks.clone())
    }

    /// Who asks, signed for one app, host and method. `None`: nobody is signed in. What was said a moment ago is said again.
    pub fn assertion(&self, session: &Session, telling: &Telling<'_>) -> Result<Option<Arc<str>>, Denied> {
        let issuer = self.0.assertions.as_ref().ok_or(Denied::NoTokens)?;
        let (now, turn) = (self.now(), self.0.inside.table.turn());
        let about = (session.id, session.version, telling.host.to_owned(), telling.method.to_owned());
        if let Some(text) = self.0.asserted.again(&about, turn, now, LEFT_AT_LEAST) {
            return Ok(Some(text));
        }
        let audience = telling.app.parse().map_err(|_| Denied::NoTokens)?;
        let request = Request {
            issuer: &issuer.policy().issuer,
            audience: &audience,
            host: telling.host,
            method: telling.method,
            called: telling.called,
            email: telling.email,
        };
        let Some(said) = decide(&request, &Facts { session }, now, &*self.0.entropy)? else {
            return Ok(None);
        };
        let signing = issuer.signing.load();
        let signing = signing.as_ref().ok_or(Denied::NoSecrets)?;
        let text: Arc<str> = jwt::sign(&said, &signing.kid, &signing.key)?.into();
        self.0.asserted.remember(about, text.clone(), said.expires, turn);
        Ok(Some(text))
    }
}
