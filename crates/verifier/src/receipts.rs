//! Receipts that were brought here: whether they are the authority's, and since when each is known to exist.

use crate::feed::receipt::Brought;
use arc_swap::ArcSwapOption;
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::said::{Heads, Incarnation};
use quick_cache::sync::Cache;
use std::sync::Arc;

/// So many are remembered. Only the authority makes any, so nobody can push out those of others.
const REMEMBERED: usize = 10_000;

/// One that is to be honoured.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Of which truth it is, and how far that had come; `None`: it may be made up.
    pub(crate) place: Option<(Incarnation, Heads)>,
    /// It existed then, by the own clock: what is proven from then on covers it, of whichever truth it is. `None`: nobody can say yet
    /// whether it is one.
    pub(crate) existed: Option<Span>,
}

#[derive(Debug)]
struct Believed {
    kid: u16,
    key: MacKey,
    /// Receipts under an earlier root key are from before.
    since: Span,
}

/// What they are checked with.
#[derive(Debug)]
pub(crate) struct Receipts {
    key: ArcSwapOption<Believed>,
    seen: Cache<[u8; 16], Span>,
}

impl Receipts {
    pub(crate) fn none() -> Self {
        Self { key: ArcSwapOption::empty(), seen: Cache::new(REMEMBERED) }
    }

    /// They are checked with this key from now on.
    pub(crate) fn believe(&self, kid: u16, key: &Secret<[u8; 32]>, now: Span) {
        let last = self.key.load();
        let since = last.as_deref().filter(|last| last.kid == kid).map_or(now, |last| last.since);
        self.key.store(Some(Arc::new(Believed { kid, key: MacKey::new(key), since })));
    }

    /// Takes one in. Under a later root key than the known one it is no forgery, and covered by nothing; under an earlier one it is from before
    /// the known one was told, whoever made it.
    pub(crate) fn take_in(&self, text: &str, now: Span) -> Result<Receipt, Malformed> {
        let brought = Brought::parse(text)?;
        let key = self.key.load();
        let mut place = None;
        let existed = match key.as_deref() {
            Some(Believed { kid, since, .. }) if brought.says.kid < *kid => Some(*since),
            Some(Believed { kid, key, .. }) if brought.says.kid == *kid => {
                if !brought.is_by(key) {
                    return Err(Malformed);
                }
                place = Some((brought.says.of, brought.says.heads));
                Some(self.seen.get_or_insert_with(&brought.tag, || Ok::<_, Malformed>(now))?)
            }
            _ => None,
        };
        Ok(Receipt { place, existed })
    }
}
