//! Browsers that somebody has signed in with. They hold a cookie that says so, and nothing else.

use super::People;
use crate::denied::Denied;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::text::{base64url, from_base64url};
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_store::directory::Found;

/// How many accounts one browser is known to.
const AT_MOST: usize = 4;
const ENTRY: usize = 16 + 8 + 8 + 2 + 16;

/// One account that a browser has signed in to: who, under which of their counters, when, under which root key, and its MAC.
struct Entry<'a> {
    user: [u8; 16],
    generation: u64,
    at: Time,
    bytes: &'a [u8],
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    bytes.chunks_exact(ENTRY).take(AT_MOST).filter_map(|bytes| {
        let user = *bytes.first_chunk::<16>()?;
        let generation = u64::from_be_bytes(*bytes.get(16..24)?.first_chunk()?);
        let at = Time::from_millis(i64::from_be_bytes(*bytes.get(24..32)?.first_chunk()?));
        Some(Entry { user, generation, at, bytes })
    })
}

impl People {
    fn is_ours(&self, entry: &Entry<'_>, now: Time) -> Result<bool, Denied> {
        let policy = &self.0.policy;
        let (Some(said), Some(kid), Some(mac)) = (
            entry.bytes.get(..34),
            entry.bytes.get(32..34).and_then(<[u8]>::first_chunk),
            entry.bytes.get(34..),
        ) else {
            return Ok(false);
        };
        let kid = u16::from_be_bytes(*kid);
        if !self.0.authority.0.ring.kids().any(|known| known == kid) {
            return Ok(false);
        }
        let age = now.since(entry.at);
        let is_recent = age < policy.known_browser && age.as_millis() > -policy.links.as_millis();
        let expected = self.device_mac(kid, &[said])?;
        Ok(is_recent && expected.get(..16).is_some_and(|half| cloakroom_crypto::compare::equal(half, mac)))
    }

    /// What the cookie of a browser says of somebody who has signed in with it, if it does: what tries are counted by. Not the cookie, of which
    /// anybody could write many. It is void when everything else of theirs was made void since.
    pub(super) fn knows_browser(
        &self,
        cookie: Option<&str>,
        found: &Found,
    ) -> Result<Option<String>, Denied> {
        let Some(bytes) = cookie.and_then(|cookie| from_base64url(cookie).ok()) else { return Ok(None) };
        let now = self.0.authority.now();
        for entry in entries(&bytes) {
            let is_theirs = entry.user == found.account.id.to_bytes() && entry.generation == found.truth.user;
            if is_theirs && self.is_ours(&entry, now)? {
                return Ok(Some(base64url(entry.bytes)));
            }
        }
        Ok(None)
    }

    /// The cookie of a browser that somebody has just shown with that they are who they are. Others of its accounts stay in it.
    pub async fn known_from_now_on(&self, cookie: Option<&str>, user: UserId) -> Result<String, Denied> {
        let found = self.0.authority.0.stores.directory.by_id(user).await?;
        let generation = found.ok_or(Refusal::NotSignedIn)?.truth.user;
        let (now, kid) = (self.0.authority.now(), self.active());
        let mut bytes = [
            &user.to_bytes()[..],
            &generation.to_be_bytes(),
            &now.millis().to_be_bytes(),
            &kid.to_be_bytes(),
        ]
        .concat();
        let [mac @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.device_mac(kid, &[&bytes])?;
        bytes.extend_from_slice(&mac);
        let before = cookie.and_then(|cookie| from_base64url(cookie).ok()).unwrap_or_default();
        for entry in entries(&before).take(AT_MOST - 1) {
            if entry.user != user.to_bytes() && self.is_ours(&entry, now)? {
                bytes.extend_from_slice(entry.bytes);
            }
        }
        Ok(base64url(&bytes))
    }
}
