//! The ticket of this request, for what only its holder may do outside of this crate.

use super::state::{Handle, Live, Own};
use crate::session_error::SessionError;
use cloakroom_authority::session::{Checked, SignedIn};
use cloakroom_rules::refusal::Refusal;
use std::sync::Arc;

/// A session of this request that is in the store, and the ticket that opened it.
pub struct OwnTicket(Arc<Live>);

/// It holds a ticket.
impl core::fmt::Debug for OwnTicket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("OwnTicket(..)")
    }
}

impl OwnTicket {
    /// The session through its ticket.
    pub fn checked(&self) -> Result<&Checked, SessionError> {
        match &self.0.own {
            Own::Stored(checked) => Ok(checked),
            _ => Err(Refusal::Conflict.into()),
        }
    }
}

impl Handle {
    /// The session that is signed in here. What was staged before is written first.
    pub async fn own_ticket(&self) -> Result<OwnTicket, SessionError> {
        self.commit().await?;
        self.look().await?;
        Ok(OwnTicket(self.own()?))
    }

    /// The session goes on under a new ticket, which goes out with the answer.
    pub fn goes_on(&self, new: &SignedIn) -> Result<(), SessionError> {
        self.staging(|_| Ok(()))?;
        self.goes_on_under(new)
    }
}
