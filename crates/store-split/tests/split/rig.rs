//! Both stores in memory.

use crate::cells::MemoryCells;
use crate::doubtful::{Doubtful, Next};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::cells::Cells;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::stores::Stores;
use cloakroom_store::suite::Rig;
use cloakroom_store_split::SplitStore;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

pub(crate) fn durable(clock: &ManualClock) -> Stores {
    MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores()
}

pub(crate) fn split(cells: impl Cells + 'static, durable: &Stores, clock: &ManualClock) -> Stores {
    let _on_it = runtime().enter();
    let store = SplitStore::new(Arc::new(cells), durable.clone(), Arc::new(clock.clone()));
    SplitStore::stores(Arc::new(store), durable.throttle.clone())
}

pub(crate) fn rig() -> Rig {
    let clock = ManualClock::default();
    let cells = MemoryCells::new(&clock);
    let (ledger, durable) = Doubtful::of(durable(&clock));
    let stores = split(cells.clone(), &durable, &clock);
    let outage = move |is_down| {
        cells.is_down.store(is_down, Ordering::SeqCst);
        *ledger.next.lock() = if is_down { Next::NobodyAnswers } else { Next::Well };
    };
    let mut rig = Rig::of(stores, clock);
    rig.outage = Some(Box::new(outage));
    rig
}

/// Both stores in memory, each of which can be made to fail.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) rig: Rig,
    pub(crate) ledger: Arc<Doubtful>,
    pub(crate) cells: MemoryCells,
    pub(crate) durable: Stores,
    pub(crate) anna: SubjectId,
}

pub(crate) fn world() -> World {
    let clock = ManualClock::default();
    let cells = MemoryCells::new(&clock);
    let (ledger, durable) = Doubtful::of(durable(&clock));
    let rig = Rig::of(split(cells.clone(), &durable, &clock), clock.clone());
    World { clock, rig, ledger, cells, durable, anna: "anna".parse().unwrap() }
}
