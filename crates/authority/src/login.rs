//! Signing in begins: the counters are read before the proof is looked at.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_rules::login::proof::LoginAttempt;

impl Authority {
    /// Begins a sign-in. Call this before the password is looked up and verified, so that a change of it that
    /// happens meanwhile wins.
    pub async fn begin_login(&self, subject: &SubjectId) -> Result<LoginAttempt, Denied> {
        let generations = self.0.stores.ledger.generations(Some(subject)).await?;
        Ok(LoginAttempt::begin(subject.clone(), generations))
    }
}
