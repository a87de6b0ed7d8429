//! Somebody signs in with a client that renews its tokens.

use crate::authority::Authority;
use crate::denied::Denied;
use crate::session::SignIn;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::token::begin::Grant;
use cloakroom_store::families::Held;

/// A sign-in with its refresh token.
#[derive(Debug)]
pub struct Begun {
    /// The session and its family.
    pub held: Held,
    /// When they were read.
    pub read_at: Time,
    /// The refresh token. It is nowhere else.
    pub refresh: Secret<String>,
}

impl Authority {
    /// The generation of a client now. Read it before the proof is looked at.
    pub async fn client_generation(&self, client: ClientId) -> Result<u64, Denied> {
        let known = self.0.stores.ledger.known(&[FactKey::Client(client)]).await?;
        Ok(known.into_iter().next().flatten().unwrap_or_default())
    }

    /// Opens a session for a proof, and the family that renews it. Its class says how long it may be renewed; its ticket is given to
    /// nobody.
    pub async fn begin(&self, sign_in: &SignIn<'_>, grant: &Grant) -> Result<Begun, Denied> {
        self.issuer()?;
        if sign_in.parent.is_some() {
            // An access token does not say from what its session hangs.
            return Err(Refusal::BadValue.into());
        }
        let read_at = self.now();
        let client_generation = self.client_generation(grant.client).await?;
        let (signed_in, family) = self.open_session(sign_in, Some((grant, client_generation))).await?;
        let family = family.ok_or_else(Denied::corrupt)?;
        let refresh = self.refresh_text(&family)?;
        Ok(Begun { held: Held { family, session: signed_in.session }, read_at, refresh })
    }
}
