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
    /// Of which truth it is, and how far that had come.
    pub(crate) of: Incarnation,
    pub(crate) heads: Heads,
    /// It existed then, by the own clock: what is proven from then on covers it, of whichever truth it is. `None`: nobody can say yet
    /// whether it is one.
    pub(crate) existed: Option<Span>,
}

/// What they are checked with.
#[derive(Debug)]
pub(crate) struct Receipts {
    key: ArcSwapOption<(u16, MacKey)>,
    seen: Cache<[u8; 16], Span>,
}

impl Receipts {
    pub(crate) fn none() -> Self {
        Self { key: ArcSwapOption::empty(), seen: Cache::new(REMEMBERED) }
    }

    /// They are checked with this key from now on.
    pub(crate) fn believe(&self, kid: u16, key: &Secret<[u8; 32]>) {
        self.key.store(Some(Arc::new((kid, MacKey::new(key)))));
    }

    /// Takes one in. Another key than the known one may be newer: such a receipt is no forgery, and covered by nothing.
    pub(crate) fn take_in(&self, text: &str, now: Span) -> Result<Receipt, Malformed> {
        let brought = Brought::parse(text)?;
        let key = self.key.load();
        let existed = match key.as_deref().filter(|(kid, _)| *kid == brought.says.kid) {
            Some((_, key)) if !brought.is_by(key) => return Err(Malformed),
            Some(_) => Some(self.seen.get_or_insert_with(&brought.tag, || Ok::<_, Malformed>(now))?),
            None => None,
        };
        Ok(Receipt { of: brought.says.of, heads: brought.says.heads, existed })
    }
}
