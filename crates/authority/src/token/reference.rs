//! Reference tokens: for clients that shall learn nothing from a token. The same claims, sealed; only this authority can open them.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_crypto::json::Value;
use cloakroom_crypto::json::members::Members;
use cloakroom_crypto::jws::TOKEN_AT_MOST;
use cloakroom_crypto::jwt::Claims;
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::{base64url, from_base64url};
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::check;
use cloakroom_verifier::table::Finding;

impl Authority {
    /// The opaque form of a token.
    pub fn refer(&self, token: &AccessToken) -> Result<Secret<String>, Denied> {
        let issuer = self.issuer()?.policy().issuer.as_str().as_bytes();
        let claims = Secret::new(Value::Object(token.write()).to_string().into_bytes());
        let lineage = self.0.lineage(self.0.ring.active()).ok_or(Denied::NoSecrets)?;
        let sealed = self.0.ring.seal_reference(&[issuer, &lineage], claims.expose(), &*self.0.entropy)?;
        let text = Secret::new([SecretKind::Reference.prefix(), &base64url(&sealed)].concat());
        if text.expose().len() > TOKEN_AT_MOST { Err(Refusal::DataTooLarge.into()) } else { Ok(text) }
    }

    /// What a reference token says now, if it is good (RFC 7662): `None` for anything else, whatever is wrong with it.
    pub fn introspect(&self, text: &str) -> Result<Option<AccessToken>, Denied> {
        let policy = self.issuer()?.policy();
        self.0.must_be_abreast()?;
        if text.len() > TOKEN_AT_MOST {
            return Ok(None);
        }
        let opened = text.strip_prefix(SecretKind::Reference.prefix()).and_then(|encoded| {
            let sealed = from_base64url(encoded).ok()?;
            // It belongs to the ledger that can take it back, as sealed sessions do.
            let lineage = self.0.lineage(KeyRing::root_of(&sealed)?)?;
            let place = [policy.issuer.as_str().as_bytes(), &lineage];
            let claims = self.0.ring.open_reference(&place, &sealed).ok()?;
            AccessToken::read(&Members::parse(claims.expose()).ok()?).ok()
        });
        let good = opened.filter(|token| {
            let is_denied = self.0.inside.table.find(token.depended_on()) != Finding::Good;
            // Whoever asks decides for whom it is meant; here only whether it lives.
            check::is_now(token, policy.skew, self.now()).is_ok() && !is_denied
        });
        Ok(good)
    }
}
