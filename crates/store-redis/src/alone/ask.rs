//! Asking the ledger: one slot, one script, and who has answered.

use super::era::Era;
use super::scripts::Scripts;
use crate::error::Failed;
use crate::link::Links;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use redis::Script;
use std::sync::Arc;

/// What a script answers, but for who did.
pub(super) type Said = std::vec::IntoIter<Vec<u8>>;

/// The way to the ledger.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) links: Arc<Links>,
    pub(super) scripts: Scripts,
    pub(super) era: Era,
}

/// What was read is not what was written.
pub(super) const fn corrupt() -> Fault {
    Fault::of(FaultKind::Corrupt)
}

/// A number as it is written.
pub(super) fn number<T: core::str::FromStr>(text: &[u8]) -> Answer<T> {
    core::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(corrupt)
}

impl Ask {
    pub(super) fn new(links: Arc<Links>) -> Self {
        Self { links, scripts: Scripts::new(), era: Era::default() }
    }

    /// A key of the ledger. All of them lie in one slot.
    pub(super) fn key(&self, name: &str) -> Vec<u8> {
        self.links.key(&format!("{{ledger}}:{name}"))
    }

    /// Runs a script, which may be done twice.
    pub(super) async fn run(&self, script: &Script, keys: &[Vec<u8>], args: &[Vec<u8>]) -> Answer<Said> {
        let mut run = script.prepare_invoke();
        keys.iter().for_each(|key| {
            run.key(key);
        });
        args.iter().for_each(|arg| {
            run.arg(arg);
        });
        let run = &run;
        let said = self.links.ask(|mut connection| async move { run.invoke_async(&mut connection).await });
        let said: Vec<Vec<u8>> = said.await.map_err(Failed::fault)?;
        let mut said = said.into_iter();
        self.era.is_of(said.next().ok_or_else(corrupt)?);
        Ok(said)
    }
}
