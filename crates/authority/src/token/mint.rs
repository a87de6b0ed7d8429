//! Access and refresh tokens as text.

use crate::authority::Authority;
use crate::denied::Denied;
use crate::issuer::Issuer;
use cloakroom_crypto::jws::TOKEN_AT_MOST;
use cloakroom_crypto::jwt;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::refresh::RefreshToken;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::mint::{Extra, Request, decide};
use cloakroom_store::families::Held;

/// An access token and what it says.
#[derive(Debug)]
pub struct Minted {
    /// What the client holds.
    pub text: Secret<String>,
    /// What it says.
    pub token: AccessToken,
}

impl Authority {
    /// An access token for a sign-in that was read at a time.
    pub fn mint(&self, held: &Held, read_at: Time, extra: Extra) -> Result<Minted, Denied> {
        let issuer = self.issuer()?;
        let request = Request { family: &held.family, session: &held.session, read_at, extra };
        let token = decide(request, issuer.policy(), &*self.0.entropy)?;
        let text = Secret::new(self.sign(issuer, &token)?);
        // Nobody would look at it.
        if text.expose().len() > TOKEN_AT_MOST {
            Err(Refusal::DataTooLarge.into())
        } else {
            Ok(Minted { text, token })
        }
    }

    fn sign(&self, issuer: &Issuer, token: &AccessToken) -> Result<String, Denied> {
        let signing = issuer.signing.load();
        let signing = signing.as_ref().ok_or(Denied::NoSecrets)?;
        Ok(jwt::sign(token, &signing.kid, &signing.key)?)
    }

    /// The current refresh token of a family. The same family gives the same text.
    pub(super) fn refresh_text(&self, family: &Family) -> Result<Secret<String>, Denied> {
        let Family { id, kid, shard, generation, .. } = *family;
        let mut token = RefreshToken { kid, shard, family: id, generation, mac: [0; 16] };
        token.mac = self.0.ring.refresh_mac(&token, &family.salt)?;
        Ok(Secret::new(token.to_text()))
    }
}
