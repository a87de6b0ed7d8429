//! Keyed digests of what people bring along.

use super::People;
use crate::denied::Denied;
use cloakroom_crypto::derive::Purpose;
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::records::request::Browser;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::link::Link;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::subject::SubjectId;

/// How many digits a code has.
const DIGITS: u32 = 1_000_000;

impl People {
    fn mac(&self, kid: u16, purpose: Purpose, scope: &str) -> Result<MacKey, Denied> {
        Ok(self.0.authority.0.ring.mac(kid, purpose, scope.as_bytes())?)
    }

    pub(super) fn active(&self) -> u16 {
        self.0.authority.0.ring.active()
    }

    /// What the store keeps of a link.
    pub(super) fn look_up_of(&self, kid: u16, link: &Link) -> Result<LookUp, Denied> {
        Ok(self.mac(kid, Purpose::LookUp, "link")?.look_up(SecretKind::Link, link.expose()))
    }

    /// The digests under which a link may stand.
    pub(super) fn look_ups_of(&self, link: &Link) -> Result<Vec<LookUp>, Denied> {
        self.0.authority.0.ring.kids().map(|kid| self.look_up_of(kid, link)).collect()
    }

    /// What is kept of the cookie that tells one browser from another.
    pub(super) fn browser(&self, kid: u16, secret: &str) -> Result<Browser, Denied> {
        Ok(Browser(self.mac(kid, Purpose::PreSession, "browser")?.tag(&[secret.as_bytes()])))
    }

    /// The code that a browser shows, for another one to say.
    pub fn shown_code(&self, secret: &str) -> Result<String, Denied> {
        let [a, b, c, d, ..] =
            self.mac(self.active(), Purpose::PreSession, "code")?.tag(&[secret.as_bytes()]);
        Ok(format!("{:06}", u32::from_be_bytes([a, b, c, d]) % DIGITS))
    }

    /// What is kept of that code.
    pub(super) fn kept_code(&self, kid: u16, look_up: &LookUp, code: &str) -> Result<[u8; 32], Denied> {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        Ok(self.mac(kid, Purpose::PreSession, "kept-code")?.tag(&[&look_up.0, digits.as_bytes()]))
    }

    /// What something is counted at. No name or address stands in the store.
    pub(super) fn counted_at(&self, counted: &str, by: &[&str]) -> Result<LookUp, Denied> {
        let parts: Vec<_> = by.iter().map(|part| part.as_bytes()).collect();
        Ok(LookUp(self.mac(self.active(), Purpose::Throttle, counted)?.tag(&parts)))
    }

    /// What an invitation stands under until somebody has it.
    pub(super) fn guest_digest(&self, kid: u16, email: &LoginName) -> Result<[u8; 32], Denied> {
        Ok(self.mac(kid, Purpose::LookUp, "guest")?.tag(&[email.key().as_bytes()]))
    }

    /// What stands in the event log for a name that nobody has: people type passwords there.
    pub(super) fn pseudonym(&self, name: &str) -> Result<Option<SubjectId>, Denied> {
        let [a, b, c, d, e, f, g, h, ..] =
            self.mac(self.active(), Purpose::LogPseudonym, "")?.tag(&[name.to_lowercase().as_bytes()]);
        let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        Ok(format!("unknown:{number:016x}").parse().ok())
    }

    /// What shows that a browser has signed in to an account at a time.
    pub(super) fn device_mac(&self, kid: u16, parts: &[&[u8]]) -> Result<[u8; 32], Denied> {
        Ok(self.mac(kid, Purpose::Device, "")?.tag(parts))
    }
}
