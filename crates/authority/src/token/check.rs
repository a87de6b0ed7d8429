//! An access token is presented to this process.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_verifier::tokens::Verdict;

impl Authority {
    /// What is to be said of an access token. No store, no waiting: what was taken back is in the table before that is acknowledged.
    pub fn check_access(&self, text: &str) -> Result<Verdict, Denied> {
        let issuer = self.issuer()?;
        self.0.must_be_abreast()?;
        Ok(issuer.tokens.check(text, &self.0.inside.table, self.now()))
    }
}
