//! A backup taken while the store is written to.

use crate::rig::open;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;
use cloakroom_store::ledger::Ledger;
use cloakroom_store_sqlite::{OpenError, Options};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

#[test]
fn is_one_moment_and_holds_everything_acknowledged_before_it() {
    let (folder, clock) = (TempDir::new().unwrap(), ManualClock::default());
    let store = Arc::new(open(&folder.path().join("store.db"), &clock));
    let publish = |store: &dyn Ledger, n: u64| {
        let fact = Fact { key: FactKey::User(format!("user-{n}").parse().unwrap()), at_least: n + 1 };
        let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
        pollster::block_on(store.publish(&trail)).unwrap();
    };
    (0..50).for_each(|n| publish(&*store, n));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = store.clone();
        let (stop, publish) = (&stop, &publish);
        scope.spawn(move || {
            for n in 50.. {
                publish(&*writing, n);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        for round in 0..5 {
            let before = pollster::block_on(store.heads()).unwrap()[0].1;
            let copy = folder.path().join(format!("copy-{round}.db"));
            pollster::block_on(store.backup_to(&copy)).unwrap();
            assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(pollster::block_on(store.backup_to(&copy)).is_err(), "a backup overwrote a file");
            assert!(
                matches!(Options::at(&copy).open(), Err(OpenError::WentBack { .. })),
                "a copy is no live store"
            );
            let copied = Options::at(&copy).clock(Arc::new(clock.clone())).accept_restored().open().unwrap();
            let head = pollster::block_on(copied.heads()).unwrap()[0].1;
            let facts = pollster::block_on(copied.since(&[], 100_000)).unwrap().swap_remove(0).entries;
            // One more: the epoch that rises when it is accepted.
            assert!(
                head > before && facts.len() as u64 == head,
                "head {head}, {} facts, {before} before",
                facts.len()
            );
        }
        stop.store(true, Ordering::Relaxed);
    });
}
