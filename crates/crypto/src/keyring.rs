//! The ring of root keys, and everything derived from them.

use crate::derive::{Purpose, RootKey, Unavailable};
use crate::mac::MacKey;
use crate::seal::{SealKey, Tampered};
use crate::signed::SignKey;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::refresh::RefreshToken;
use cloakroom_model::words::sealed::Sealed;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::signed::Signed;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url};
use cloakroom_model::words::ticket::Ticket;
use std::collections::BTreeMap;

const FIRST_LINE: &str = "cloakroom-root-keys/1";

/// Root keys by number. The highest is active; the earlier ones still open and find what they made.
#[derive(Debug)]
pub struct KeyRing {
    active: u16,
    keys: BTreeMap<u16, Derived>,
}

#[derive(Debug)]
struct Derived {
    root: RootKey,
    look_up: MacKey,
    shard: MacKey,
    seal: SealKey,
    sign_cookie: SignKey,
    at_rest: SealKey,
    reference: SealKey,
    audit: MacKey,
}

/// The ring cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// No key at all.
    #[error("a key ring needs at least one root key")]
    Empty,
    /// Two keys of one number.
    #[error("root key {0} stands twice")]
    Twice(u16),
    /// The cryptographic library failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The text is not a ring.
    #[error("not a root key file (line {0})")]
    Line(usize),
}

impl Derived {
    fn of(kid: u16, root: RootKey) -> Result<Self, Unavailable> {
        let mac = |purpose: Purpose| root.derive(purpose, kid, &[]).map(|key| MacKey::new(&key));
        let seal = |purpose: Purpose| SealKey::new(kid, purpose.as_str(), &root.derive(purpose, kid, &[])?);
        Ok(Self {
            look_up: mac(Purpose::LookUp)?,
            shard: mac(Purpose::Shard)?,
            seal: seal(Purpose::Seal)?,
            sign_cookie: SignKey::new(kid, mac(Purpose::SignCookie)?),
            at_rest: seal(Purpose::AtRest)?,
            reference: seal(Purpose::Reference)?,
            audit: mac(Purpose::Audit)?,
            root,
        })
    }
}

impl KeyRing {
    /// A ring of these keys; the highest number is the active one.
    pub fn new(roots: impl IntoIterator<Item = (u16, RootKey)>) -> Result<Self, RingError> {
        let mut keys = BTreeMap::new();
        for (kid, root) in roots {
            if keys.insert(kid, Derived::of(kid, root)?).is_some() {
                return Err(RingError::Twice(kid));
            }
        }
        let active = *keys.last_key_value().ok_or(RingError::Empty)?.0;
        Ok(Self { active, keys })
    }

    /// A ring with one new key, for a first start.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, RingError> {
        Self::new([(1, draw_root(entropy).map_err(|_| Unavailable)?)])
    }

    /// This ring and a new active key. What the earlier keys made stays good.
    pub fn rotated(self, entropy: &dyn Entropy) -> Result<Self, RingError> {
        let next = self.active.checked_add(1).ok_or(RingError::Twice(self.active))?;
        let earlier = self.keys.into_iter().map(|(kid, derived)| (kid, derived.root));
        Self::new(earlier.chain([(next, draw_root(entropy).map_err(|_| Unavailable)?)]))
    }

    /// This ring without keys below `oldest`: what they made is dead. The active key always stays.
    #[must_use]
    pub fn without_earlier_than(mut self, oldest: u16) -> Self {
        let active = self.active;
        self.keys.retain(|kid, _| *kid >= oldest || *kid == active);
        self
    }

    /// The number of the key that makes new things.
    #[must_use]
    pub const fn active(&self) -> u16 {
        self.active
    }

    /// All numbers, the active one first: the order in which a miss is looked up.
    pub fn kids(&self) -> impl Iterator<Item = u16> {
        self.keys.keys().rev().copied()
    }

    fn under(&self, kid: u16) -> Option<&Derived> {
        self.keys.get(&kid)
    }

    fn under_active(&self) -> Result<&Derived, Unavailable> {
        self.under(self.active).ok_or(Unavailable)
    }

    /// The look-up digest of a ticket under a key.
    #[must_use]
    pub fn look_up(&self, kid: u16, ticket: &Ticket) -> Option<LookUp> {
        Some(self.under(kid)?.look_up.look_up(SecretKind::Ticket, ticket.expose()))
    }

    /// The shard of a subject.
    pub fn shard(&self, subject: &SubjectId) -> Result<Shard, Unavailable> {
        let [high, low, ..] = self.under_active()?.shard.tag(&[subject.as_str().as_bytes()]);
        Ok(Shard::of([high, low]))
    }

    /// A MAC key of its own for a purpose and a scope.
    pub fn mac(&self, kid: u16, purpose: Purpose, scope: &[u8]) -> Result<MacKey, Unavailable> {
        let root = &self.under(kid).ok_or(Unavailable)?.root;
        root.derive(purpose, kid, scope).map(|key| MacKey::new(&key))
    }

    /// The MAC of a refresh token: under the root key that it names, by the salt of its family.
    pub fn refresh_mac(&self, token: &RefreshToken, salt: &[u8; 16]) -> Result<[u8; 16], Unavailable> {
        let [mac @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            self.mac(token.kid, Purpose::Refresh, salt)?.tag(&[&token.claim()]);
        Ok(mac)
    }

    /// Whether we computed this refresh token. In constant time.
    #[must_use]
    pub fn is_our_refresh(&self, token: &RefreshToken, salt: &[u8; 16]) -> bool {
        self.refresh_mac(token, salt).is_ok_and(|mac| crate::compare::equal(&mac, &token.mac))
    }

    /// What a verifier follows the feed with: made anew whenever it is asked for.
    pub fn feed_credential(&self, kid: u16, service: ServiceId) -> Result<FeedCredential, Unavailable> {
        let root = &self.under(kid).ok_or(Unavailable)?.root;
        let key = root.derive(Purpose::Ledger, kid, &service.to_bytes())?;
        Ok(FeedCredential { kid, service, key })
    }

    /// What receipts are made with, and what verifiers are told to check them with: the number of the active root key, and the key.
    pub fn receipt_key(&self) -> Result<(u16, Secret<[u8; 32]>), Unavailable> {
        let key = self.under_active()?.root.derive(Purpose::Receipt, self.active, &[])?;
        Ok((self.active, key))
    }

    /// The key that signs heads of the event chain.
    #[must_use]
    pub fn audit(&self, kid: u16) -> Option<&MacKey> {
        self.under(kid).map(|derived| &derived.audit)
    }

    /// Seals a cookie under the active key.
    pub fn seal(&self, place: &[&[u8]], plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, Unavailable> {
        self.under_active()?.seal.seal(place, plain, entropy)
    }

    /// Opens a cookie with the one key it names.
    pub fn open(&self, place: &[&[u8]], sealed: &[u8]) -> Result<Secret<Vec<u8>>, Tampered> {
        self.named(sealed)?.seal.open(place, sealed)
    }

    /// Signs a cookie under the active key.
    pub fn sign(&self, place: &[&[u8]], plain: &[u8]) -> Result<Vec<u8>, Unavailable> {
        Ok(self.under_active()?.sign_cookie.sign(place, plain))
    }

    /// What was signed with the one key it names.
    pub fn open_signed<'a>(&self, place: &[&[u8]], signed: &'a [u8]) -> Result<&'a [u8], Tampered> {
        let kid = Signed::parse(signed).map_err(|_| Tampered)?.kid;
        self.under(kid).ok_or(Tampered)?.sign_cookie.open(place, signed)
    }

    /// Seals what a store keeps but must not be able to read.
    pub fn seal_at_rest(
        &self,
        place: &[&[u8]],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Unavailable> {
        self.under_active()?.at_rest.seal(place, plain, entropy)
    }

    /// The number of the root key that something was sealed under, whether it is there or not.
    #[must_use]
    pub fn root_of(sealed: &[u8]) -> Option<u16> {
        Sealed::parse(sealed).ok().map(|sealed| sealed.kid)
    }

    /// Opens what a store kept.
    pub fn open_at_rest(&self, place: &[&[u8]], sealed: &[u8]) -> Result<Secret<Vec<u8>>, Tampered> {
        self.named(sealed)?.at_rest.open(place, sealed)
    }

    /// Seals what a reference token stands for.
    pub fn seal_reference(
        &self,
        place: &[&[u8]],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Unavailable> {
        self.under_active()?.reference.seal(place, plain, entropy)
    }

    /// Opens what a reference token stands for.
    pub fn open_reference(&self, place: &[&[u8]], sealed: &[u8]) -> Result<Secret<Vec<u8>>, Tampered> {
        self.named(sealed)?.reference.open(place, sealed)
    }

    fn named(&self, sealed: &[u8]) -> Result<&Derived, Tampered> {
        let kid = Sealed::parse(sealed).map_err(|_| Tampered)?.kid;
        self.under(kid).ok_or(Tampered)
    }

    /// A value that tells whether a store was written under this very key. It opens nothing.
    pub fn check_value(&self, kid: u16) -> Result<[u8; 32], Unavailable> {
        Ok(self.mac(kid, Purpose::Check, &[])?.tag(&[b"check"]))
    }

    /// The ring as the text of its file. Whoever reads it can sign anybody in.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let mut text = format!("{FIRST_LINE}\n");
        for (kid, derived) in &self.keys {
            text.push_str(&format!("{kid} {}\n", base64url(derived.root.expose())));
        }
        Secret::new(text)
    }

    /// A ring from the text of its file.
    pub fn from_text(text: &str) -> Result<Self, RingError> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
            return Err(RingError::Line(1));
        }
        let mut roots = Vec::new();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
            roots.push(parse_line(line).map_err(|_| RingError::Line(at + 1))?);
        }
        Self::new(roots)
    }
}

fn parse_line(line: &str) -> Result<(u16, RootKey), Malformed> {
    let (kid, key) = line.split_once(' ').ok_or(Malformed)?;
    let number = kid.parse::<u16>().map_err(|_| Malformed)?;
    if number == 0 || number.to_string() != kid {
        return Err(Malformed);
    }
    Ok((number, RootKey::new(Secret::new(array_from_base64url(key)?))))
}

fn draw_root(entropy: &dyn Entropy) -> Result<RootKey, NoEntropy> {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes)?;
    Ok(RootKey::new(Secret::new(bytes)))
}

#[cfg(test)]
mod tests;
