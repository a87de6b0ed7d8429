//! Sessions that the facts of an archive have ended: a store that forgets may have kept them all the same.

use super::{Line, Value};
use crate::codec::decode_session;
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use std::collections::{HashMap, HashSet};

/// What is known of them. Facts stand before sessions.
#[derive(Debug, Default)]
pub struct Over {
    ended: HashSet<SessionId>,
    versions: HashMap<SessionId, u64>,
}

impl Over {
    /// Notes a fact.
    pub fn note(&mut self, (table, values): &Line) {
        let ("ck_fact", [Value::Bytes(key), Value::Number(at_least), ..]) = (table.name, values.as_slice())
        else {
            return;
        };
        let at_least = if *at_least == i64::MAX { Fact::REVOKED } else { at_least.cast_unsigned() };
        match FactKey::from_bytes(key) {
            Ok(FactKey::Session(session)) if at_least > 0 => drop(self.ended.insert(session)),
            Ok(FactKey::Version(session)) => drop(self.versions.insert(session, at_least)),
            _ => {}
        }
    }

    /// Whether a row is a session that is over, or one that is older than the newest that was known of it.
    #[must_use]
    pub fn has_ended(&self, (table, values): &Line) -> bool {
        let ("ck_session", [_, id, _, parent, _, last_seen, .., record]) = (table.name, values.as_slice())
        else {
            return false;
        };
        let id_of = |value: &Value| Some(SessionId::from_bytes(value.bytes()?.try_into().ok()?));
        let (id, parent) = (id_of(id), id_of(parent));
        if [id, parent].iter().flatten().any(|session| self.ended.contains(session)) {
            return true;
        }
        let newest = id.and_then(|id| self.versions.get(&id)).copied().unwrap_or_default();
        let seen = Time::from_millis(last_seen.number().unwrap_or_default());
        let row = record.bytes().and_then(|record| decode_session(record, seen).ok());
        row.is_some_and(|row| row.session.version < newest)
    }
}

#[cfg(test)]
mod tests;
