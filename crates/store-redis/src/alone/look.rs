//! Looking at the log, and speaking to the other processes that do.

use super::ask::{Ask, Said, corrupt, number};
use super::commit::FACTS;
use super::values::{entry, said, said_from};
use cloakroom_model::words::time::Span;
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::LaneTail;
use cloakroom_store::neighbours::{Neighbour, Said as Word};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many facts are read at once at most.
const MOST: usize = 100_000;

/// Whoever looks.
#[derive(Debug, Clone)]
pub(super) struct Looks {
    pub(super) ask: Arc<Ask>,
    /// Who they are.
    pub(super) process: String,
}

/// What comes in pairs.
fn pairs(mut said: Said) -> Answer<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut pairs = Vec::new();
    while let Some(one) = said.next() {
        pairs.push((one, said.next().ok_or_else(corrupt)?));
    }
    Ok(pairs)
}

impl Looks {
    pub(super) fn era(&self) -> u64 {
        self.ask.era.now()
    }

    /// What the log holds after a number, at one moment. Whoever proves that this is the truth writes.
    pub(super) async fn look(&self, after: u64, at_most: usize, proves: bool) -> Answer<LaneTail> {
        let ask = &self.ask;
        let keys = ["lanes", "facts", "log", "processes"].map(|name| ask.key(name));
        let process = if proves { self.process.clone() } else { String::new() };
        let args = [after.to_string(), at_most.min(MOST).to_string(), process].map(String::into_bytes);
        let mut found = ask.run(&ask.scripts.look, &keys, &args).await?;
        let head = number(&found.next().ok_or_else(corrupt)?)?;
        let entries = pairs(found)?.iter().map(|(key, kept)| entry(key, kept)).collect::<Answer<_>>()?;
        Ok(LaneTail { lane: FACTS, head, entries })
    }

    async fn speak(&self, args: &[Vec<u8>]) -> Answer<Said> {
        self.ask.run(&self.ask.scripts.speak, &[self.ask.key("processes")], args).await
    }

    /// Says something to the others.
    pub(super) async fn say(&self, word: Option<&Word>) -> Answer<()> {
        self.speak(&[self.process.clone().into_bytes(), said(word)]).await.map(drop)
    }

    /// The others: those that have verifiers, and those that have not said whether they do.
    pub(super) async fn others(&self) -> Answer<Vec<Neighbour>> {
        let mut found = self.speak(&[self.process.clone().into_bytes()]).await?;
        let now: i64 = number(&found.next().ok_or_else(corrupt)?)?;
        let known: BTreeMap<Vec<u8>, Vec<u8>> = pairs(found)?.into_iter().collect();
        let mut others = Vec::new();
        for (field, seen) in &known {
            let Some(process) =
                field.strip_prefix(b"s").filter(|process| *process != self.process.as_bytes())
            else {
                continue;
            };
            let word = known.get(&[b"b", process].concat()).map(|word| said_from(word)).transpose()?;
            if word != Some(None) {
                let silent_for = Span::millis(now - number::<i64>(seen)?);
                others.push(Neighbour { silent_for, said: word.flatten().unwrap_or_default() });
            }
        }
        Ok(others)
    }
}
