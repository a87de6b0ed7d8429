//! The traits of one store, together.

use crate::directory::Directory;
use crate::events::Events;
use crate::families::Families;
use crate::guarantees::Guarantees;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::neighbours::Neighbours;
use crate::nobody::Nobody;
use crate::outbox::Outbox;
use crate::requests::Requests;
use crate::sessions::Sessions;
use crate::throttle::Throttle;
use crate::watch::Watch;
use std::sync::Arc;

/// A store, or several behind one front.
#[derive(Clone)]
pub struct Stores {
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Refresh families.
    pub families: Arc<dyn Families>,
    /// Facts.
    pub ledger: Arc<dyn Ledger>,
    /// Events.
    pub events: Arc<dyn Events>,
    /// Keys.
    pub keys: Arc<dyn Keys>,
    /// People.
    pub directory: Arc<dyn Directory>,
    /// What they have begun.
    pub requests: Arc<dyn Requests>,
    /// How often they tried.
    pub throttle: Arc<dyn Throttle>,
    /// Letters to them.
    pub outbox: Arc<dyn Outbox>,
    /// Who is told of commits.
    pub watch: Arc<dyn Watch>,
    /// Others on the same truth.
    pub neighbours: Arc<dyn Neighbours>,
    /// What it promises.
    pub guarantees: Guarantees,
}

/// What decides where sessions are kept apart: everything but those.
#[derive(Clone)]
pub struct Durable {
    /// Facts.
    pub ledger: Arc<dyn Ledger>,
    /// Events.
    pub events: Arc<dyn Events>,
    /// Keys.
    pub keys: Arc<dyn Keys>,
    /// People.
    pub directory: Arc<dyn Directory>,
    /// What they have begun.
    pub requests: Arc<dyn Requests>,
    /// Letters to them.
    pub outbox: Arc<dyn Outbox>,
    /// Who is told of commits.
    pub watch: Arc<dyn Watch>,
    /// Others on the same truth.
    pub neighbours: Arc<dyn Neighbours>,
    /// What it promises.
    pub guarantees: Guarantees,
}

impl core::fmt::Debug for Durable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Durable").field("guarantees", &self.guarantees).finish_non_exhaustive()
    }
}

impl Durable {
    /// Facts, events and keys, and nobody.
    pub fn without_people<S>(store: Arc<S>, guarantees: Guarantees) -> Self
    where
        S: Ledger + Events + Keys + Watch + Neighbours + 'static,
    {
        let nobody = Arc::new(Nobody);
        Self {
            ledger: store.clone(),
            events: store.clone(),
            keys: store.clone(),
            directory: nobody.clone(),
            requests: nobody.clone(),
            outbox: nobody,
            watch: store.clone(),
            neighbours: store,
            guarantees: Guarantees { people: false, ..guarantees },
        }
    }
}

impl From<Stores> for Durable {
    fn from(stores: Stores) -> Self {
        let Stores {
            ledger, events, keys, directory, requests, outbox, watch, neighbours, guarantees, ..
        } = stores;
        Self { ledger, events, keys, directory, requests, outbox, watch, neighbours, guarantees }
    }
}

impl core::fmt::Debug for Stores {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stores").field("guarantees", &self.guarantees).finish_non_exhaustive()
    }
}

impl Stores {
    /// One value that is all of it.
    pub fn of<S>(store: Arc<S>, guarantees: Guarantees) -> Self
    where
        S: Sessions
            + Families
            + Ledger
            + Events
            + Keys
            + Directory
            + Requests
            + Throttle
            + Outbox
            + Watch
            + Neighbours
            + 'static,
    {
        Self {
            sessions: store.clone(),
            families: store.clone(),
            ledger: store.clone(),
            events: store.clone(),
            keys: store.clone(),
            directory: store.clone(),
            requests: store.clone(),
            throttle: store.clone(),
            outbox: store.clone(),
            watch: store.clone(),
            neighbours: store,
            guarantees,
        }
    }
}
