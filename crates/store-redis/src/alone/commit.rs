//! One commit: facts, events and what changes with them, whole or not at all.

use super::ask::{Ask, corrupt, number};
use super::names::Names;
use super::values::{digits, link};
use crate::route::ANSWERS_WITHIN;
use cloakroom_model::records::chain::ChainHead;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::time::Span;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::Intent;
use cloakroom_store::watch::{Change, Watchers};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Where facts are in order.
pub(super) const FACTS: LaneId = LaneId(1);
/// How many lanes of events there are. Each process writes to one of them; where there are more processes, some share one.
pub(super) const LANES: u64 = 16;
/// How many events of a lane are kept.
pub(super) const EVENTS_KEPT: usize = 10_000;
/// How long the name of a commit is remembered that nobody asks for but who sends it again.
const SENT_AGAIN_WITHIN: Span = Span::minutes(1);
/// How often the end of a lane is looked for that others write to.
const TRIES: u32 = 100;

/// A field that changes with a commit, if it is what it was.
#[derive(Debug, Clone)]
pub(super) struct Swap {
    pub(super) field: Vec<u8>,
    /// Nothing: it is not there.
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
}

/// What is committed.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) trail: Trail,
    /// Whether it shall be done, or called off.
    pub(super) is_done: bool,
    /// The name it is done under.
    pub(super) intent: Option<Intent>,
    /// What changes with it, and where.
    pub(super) swaps: (String, Vec<Swap>),
}

impl Work {
    pub(super) fn of(trail: &Trail) -> Self {
        Self { trail: trail.clone(), is_done: true, intent: None, swaps: ("keys".to_owned(), Vec::new()) }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Done(Receipt),
    /// It was called off, now or before.
    Off,
    /// What should change was not what it was.
    Differs,
}

/// Whoever writes.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) ask: Arc<Ask>,
    pub(super) names: Names,
    pub(super) watchers: Arc<Watchers>,
    /// The lane of events, and its end as it was last seen. Held by one at a time.
    pub(super) lane: LaneId,
    pub(super) end: Mutex<ChainHead>,
}

fn of_fact(kept: &KeptFact, must_rise: bool) -> [Vec<u8>; 4] {
    let rises = must_rise && matches!(kept.fact.key, FactKey::User(_));
    let until = digits(u64::try_from(kept.until.millis()).unwrap_or_default());
    [kept.fact.key.to_bytes(), digits(kept.fact.at_least), until, u8::from(rises).to_string().into_bytes()]
}

impl Pen {
    /// Commits, and tells those who watch before it answers.
    pub(super) async fn write(&self, work: &Work) -> Answer<Ended> {
        let ended = if work.trail.events.is_empty() {
            self.once(work, &mut ChainHead::default()).await?
        } else {
            // Behind whoever waits for a server that stands still nobody waits for longer.
            let waited = timeout(ANSWERS_WITHIN, self.end.lock()).await;
            let mut end = waited.map_err(|_| Fault::of(FaultKind::Unavailable))?;
            let mut ended = None;
            for _ in 0..TRIES {
                ended = self.once(work, &mut end).await?;
                if ended.is_some() {
                    break;
                }
            }
            ended
        };
        let ended = ended.ok_or_else(|| Fault::of(FaultKind::Unavailable))?;
        if let Ended::Done(_) = &ended {
            self.watchers.tell(Change { facts: &work.trail.facts, sessions: &[] });
        }
        Ok(ended)
    }

    /// Behind this end of the lane. None if that is not its end: the end is then what it is.
    async fn once(&self, work: &Work, end: &mut ChainHead) -> Answer<Option<Ended>> {
        let (lane, before, ask) = (self.lane, *end, &self.ask);
        let (mut after, mut links) = (before, Vec::new());
        for event in &work.trail.events {
            let next = after.link(lane, event.clone());
            after = next.head();
            links.push(link(&next));
        }
        let (hash, swaps) = &work.swaps;
        let (name, kept) = match work.intent {
            Some(intent) => (format!("i:{}", data_encoding::HEXLOWER.encode(&intent.0)), Intent::KEPT),
            None => (format!("o:{}", self.names.next()), SENT_AGAIN_WITHIN),
        };
        let text = |number: u64| number.to_string().into_bytes();
        let digest = |head: ChainHead| if head.seq == 0 { Vec::new() } else { head.digest.0.to_vec() };
        let keys = ["lanes", "facts", "log", "ends", &format!("e:{}", lane.0), hash, &name];
        let keys = keys.map(|name| ask.key(name));
        let mut args = vec![
            text(work.is_done.into()),
            kept.as_millis().to_string().into_bytes(),
            text(lane.0.into()),
            text(before.seq),
            digest(before),
            digest(after),
            text(EVENTS_KEPT as u64),
            text(work.trail.facts.len() as u64),
            text(links.len() as u64),
            text(swaps.len() as u64),
        ];
        args.extend(work.trail.facts.iter().flat_map(|kept| of_fact(kept, work.intent.is_some())));
        args.extend(links);
        args.extend(swaps.iter().flat_map(|swap| [swap.field.clone(), swap.from.clone(), swap.to.clone()]));
        let mut said = ask.run(&ask.scripts.commit, &keys, &args).await?;
        let what = said.next().ok_or_else(corrupt)?;
        let mut rest = || said.next().ok_or_else(corrupt);
        match what.as_slice() {
            b"done" => {
                *end = after;
                let facts = work.trail.facts.clone();
                Ok(Some(Ended::Done(Receipt { lane: FACTS, head: number(&rest()?)?, facts })))
            }
            b"off" => Ok(Some(Ended::Off)),
            b"differs" => Ok(Some(Ended::Differs)),
            b"behind" => {
                let (seq, digest) = (number(&rest()?)?, rest()?);
                *end = match seq {
                    0 => ChainHead::default(),
                    _ => ChainHead { seq, digest: Digest(digest.try_into().map_err(|_| corrupt())?) },
                };
                Ok(None)
            }
            _ => Err(corrupt()),
        }
    }
}
