//! Behind a pooler that gives each transaction another connection.

use crate::rig::{runtime, server};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_servers::pgbouncer::PgBouncer;
use cloakroom_store::suite::{CASES, Rig, Skipped};
use cloakroom_store_postgres::Options;
use std::sync::{Arc, OnceLock};

/// Nothing outlives a transaction: no statement, no setting, no lock.
#[test]
fn the_suite_holds_behind_a_pooler() {
    static POOLER: OnceLock<PgBouncer> = OnceLock::new();
    let pooler = POOLER.get_or_init(|| PgBouncer::before(server()).unwrap());
    let mut played = 0;
    // Those that race take a minute, and are about rows.
    let quick = CASES.iter().filter(|case| {
        !["races::", "crashes::", "outages::", "against_model::", "families::"]
            .iter()
            .any(|family| case.name.starts_with(family))
    });
    for case in quick {
        let (database, clock) = (server().database().unwrap(), ManualClock::default());
        let options = Options::at(pooler.url(&database)).clock(Arc::new(clock.clone()));
        let stores = runtime().block_on(options.open()).unwrap().into_stores();
        match (case.run)(&Rig::of(stores, clock)) {
            Ok(Skipped::No) => played += 1,
            Ok(Skipped::Because(_)) => {}
            Err(violation) => panic!("{}: {violation}", case.name),
        }
    }
    assert!(played > 50, "{played}");
}
