//! Rigs in databases of their own, on one server.

use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_servers::postgres::Postgres;
use cloakroom_store::suite::Rig;
use cloakroom_store_postgres::{Options, PostgresStore};
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;

/// What the stores of all tests run on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

pub(crate) fn server() -> &'static Postgres {
    Postgres::shared().unwrap()
}

pub(crate) fn open(database: &str, clock: &ManualClock) -> PostgresStore {
    let options = Options::at(server().url(database)).clock(Arc::new(clock.clone()));
    runtime().block_on(options.open()).unwrap()
}

/// Another process has no clock of ours.
#[expect(clippy::disallowed_methods, reason = "it waits for another process")]
pub(crate) fn wait_a_moment() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

/// Whether anybody may use a database.
pub(crate) fn close_off(database: &str, on: bool) {
    let server = server();
    server.give("postgres", &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {}", !on)).unwrap();
    if on {
        let all =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        server.give("postgres", &all).unwrap();
    }
}

pub(crate) fn rig() -> Rig {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let store = Arc::new(open(&database, &clock));
    let closing = store.clone();
    let mut rig = Rig::of(PostgresStore::stores(store), clock.clone());
    let from = database.clone();
    rig.crash = Some(Box::new(move || open(&server().copy(&from).unwrap(), &clock).into_stores()));
    rig.outage = Some(Box::new(move |on| close_off(&database, on)));
    rig.close = Some(Box::new(move || pollster::block_on(closing.shutdown()).unwrap()));
    rig
}
