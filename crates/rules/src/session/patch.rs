//! Data changes by key: what one request sets does not undo what another set meanwhile.

use super::policy::SessionPolicy;
use crate::refusal::{Refusal, Stop};
use cloakroom_model::records::data::Data;
use cloakroom_model::records::session::Session;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Names to set and names to remove.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Change(BTreeMap<String, Option<Vec<u8>>>);

/// What an app keeps is not for logs.
impl core::fmt::Debug for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Change({} names)", self.0.len())
    }
}

/// No change.
pub static NOTHING: Change = Change(BTreeMap::new());

impl Change {
    /// Sets a name to a value.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<&mut Self, Refusal> {
        let encoded = rmp_serde::to_vec_named(value).map_err(|_| Refusal::BadValue)?;
        Data::default().set(name, &encoded).map_err(|_| Refusal::BadValue)?;
        self.0.insert(name.to_owned(), Some(encoded));
        Ok(self)
    }

    /// Removes a name.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.0.insert(name.to_owned(), None);
        self
    }

    /// Says nothing of a name any more.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// This change, where a newer one says nothing of a name.
    #[must_use]
    pub fn under(mut self, newer: Self) -> Self {
        self.0.extend(newer.0);
        self
    }

    /// What this change makes of a name: `None` if it does not touch it, `Some(None)` if it removes it.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<Option<T>>, Refusal> {
        let Some(staged) = self.0.get(name) else { return Ok(None) };
        let value = staged.as_deref().map(rmp_serde::from_slice).transpose();
        value.map(Some).map_err(|_| Refusal::BadValue)
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value of a session's data. `None`: not there. What is there and is no `T` is refused, never defaulted.
pub fn read<T: DeserializeOwned>(data: &Data, name: &str) -> Result<Option<T>, Refusal> {
    data.value(name).map(rmp_serde::from_slice).transpose().map_err(|_| Refusal::BadValue)
}

/// The change that is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// By name.
    pub change: &'a Change,
}

/// The session as it was read.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Whose version the change is made from.
    pub session: &'a Session,
}

/// The session as it shall be, one version later.
pub type Decision = Session;

/// Merges the change into what was read.
pub fn decide(request: &Request<'_>, facts: &Facts<'_>, policy: &SessionPolicy) -> Result<Decision, Stop> {
    let mut session = facts.session.clone();
    let changes = request.change.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
    session.data.change(changes).map_err(|_| Refusal::BadValue)?;
    let at_most = match session.subject {
        Some(_) => policy.data_at_most,
        None => policy.anonymous_data_at_most,
    };
    if session.data.as_msgpack().len() > at_most {
        return Err(Refusal::DataTooLarge.into());
    }
    session.version = session.version.saturating_add(1);
    Ok(session)
}

#[cfg(test)]
mod tests;
