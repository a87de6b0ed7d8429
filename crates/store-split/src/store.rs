//! The two stores as one.

use crate::front::Front;
use crate::intents::Intents;
use cloakroom_model::ports::Clock;
use cloakroom_store::cells::Cells;
use cloakroom_store::guarantees::{Guarantees, Truth};
use cloakroom_store::stores::{Durable, Stores};
use cloakroom_store::throttle::Throttle;
use cloakroom_store::watch::{Told, Watch, Watcher, Watchers};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::sleep;

/// Sessions in one store, everything else in another.
pub struct SplitStore {
    pub(crate) front: Arc<Front>,
}

impl core::fmt::Debug for SplitStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SplitStore").field("durable", &self.front.durable).finish_non_exhaustive()
    }
}

impl SplitStore {
    /// Sessions in these cells, everything else in the durable store. On a runtime: what is begun goes on there.
    #[must_use]
    pub fn new(cells: Arc<dyn Cells>, durable: impl Into<Durable>, clock: Arc<dyn Clock>) -> Self {
        let front = Front {
            cells,
            durable: durable.into(),
            clock,
            watchers: Watchers::default(),
            intents: Intents::new(),
            runtime: Handle::current(),
            under_way: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
        };
        Self { front: Arc::new(front) }
    }

    /// The traits of both, with the buckets where they are counted.
    #[must_use]
    pub fn stores(store: Arc<Self>, throttle: Arc<dyn Throttle>) -> Stores {
        let Durable { ledger, events, keys, requests, outbox, neighbours, guarantees, .. } =
            store.front.durable.clone();
        Stores {
            sessions: store.clone(),
            families: store.clone(),
            directory: store.clone(),
            watch: store,
            throttle,
            ledger,
            events,
            keys,
            requests,
            outbox,
            neighbours,
            guarantees: Guarantees { truth: Truth::ClassB, anonymous: None, ..guarantees },
        }
    }

    /// Lets every verb that is under way come to its end. Later ones are outages.
    pub async fn shutdown(&self) {
        self.front.is_closed.store(true, Ordering::Release);
        while self.front.under_way.load(Ordering::Acquire) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Watch for SplitStore {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.front.durable.watch.watch(watcher);
        self.front.watchers.add(watcher);
    }

    fn told(&self) -> Told {
        self.front.durable.watch.told()
    }

    fn era(&self) -> u64 {
        self.front.durable.watch.era()
    }
}
