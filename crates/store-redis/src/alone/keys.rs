//! The verbs of keys. Each stands under its id; its number within its purpose is taken with it.

use super::commit::{Ended, Swap, Work};
use super::store::RedisLedger;
use super::values::{key, key_from};
use crate::error::Failed;
use async_trait::async_trait;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::keys::{Added, Advanced, Keys};
use std::collections::BTreeMap;

/// How often a key that others move on is looked at anew.
const TRIES: u32 = 16;

fn of_id(id: KeyId) -> Vec<u8> {
    [&b"k"[..], &id.to_bytes()].concat()
}

impl RedisLedger {
    async fn all_keys(&self) -> Answer<Vec<KeyRecord>> {
        let mut command = redis::cmd("HGETALL");
        command.arg(self.ask.key("keys"));
        let found: BTreeMap<Vec<u8>, Vec<u8>> =
            self.ask.links.command(&command).await.map_err(Failed::fault)?;
        found
            .iter()
            .filter(|(field, _)| field.starts_with(b"k"))
            .map(|(_, record)| key_from(record))
            .collect()
    }

    async fn one_key(&self, id: KeyId) -> Answer<Option<Vec<u8>>> {
        let mut command = redis::cmd("HGET");
        command.arg(self.ask.key("keys")).arg(of_id(id));
        self.ask.links.command(&command).await.map_err(Failed::fault)
    }
}

#[async_trait]
impl Keys for RedisLedger {
    async fn of_purpose(&self, purpose: &str) -> Answer<Vec<KeyRecord>> {
        let mut keys = self.inside(self.all_keys()).await?;
        keys.retain(|key| key.purpose == purpose);
        keys.sort_by_key(|key| key.kid);
        Ok(keys)
    }

    async fn add(&self, added: KeyRecord, trail: &Trail) -> Answer<Added> {
        let of_number = [&b"n"[..], &added.kid.to_be_bytes(), added.purpose.as_bytes()].concat();
        let new = |field, to| Swap { field, from: Vec::new(), to };
        let swaps = vec![new(of_id(added.id), key(&added)), new(of_number, added.id.to_bytes().to_vec())];
        let mut work = Work::of(trail);
        work.swaps.1 = swaps;
        Ok(match self.commit(work).await? {
            Ended::Done(receipt) => Added::Done(receipt),
            Ended::Off | Ended::Differs => Added::Taken,
        })
    }

    async fn advance(&self, id: KeyId, from: KeyState, to: KeyState, trail: &Trail) -> Answer<Advanced> {
        for _ in 0..TRIES {
            let Some(found) = self.inside(self.one_key(id)).await? else { return Ok(Advanced::Absent) };
            let mut record = key_from(&found)?;
            if record.state != from || !from.may_become(to) {
                return Ok(Advanced::Elsewhere(record.state));
            }
            record.state = to;
            record.changed = self.clock.now();
            if to == KeyState::Destroyed {
                record.sealed.clear();
            }
            let mut work = Work::of(trail);
            work.swaps.1 = vec![Swap { field: of_id(id), from: found, to: key(&record) }];
            if let Ended::Done(receipt) = self.commit(work).await? {
                return Ok(Advanced::Done(receipt));
            }
        }
        Err(Fault::of(FaultKind::Unavailable))
    }
}
