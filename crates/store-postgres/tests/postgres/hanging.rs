//! Others on the same database that stand still in the middle of what they do.

use crate::rig::{open, runtime, server, wait_a_moment};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::fault::FaultKind;
use cloakroom_store::watch::Told;
use std::process::{Child, Command, Stdio};

/// Somebody who holds every lane and every row of who is there, and does not go on.
struct Frozen(Child);

impl Frozen {
    fn holding(database: &str) -> Self {
        let sql = "BEGIN; SELECT * FROM ck_lane FOR UPDATE; SELECT pg_sleep(3600)";
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-c", sql]).arg(server().url(database));
        let child = psql.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let held = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND wait_event = 'PgSleep'";
        while server().give(database, held).unwrap() != "1" {
            wait_a_moment();
        }
        Self(child)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn published(number: u8) -> Trail {
    let key = FactKey::Session(SessionId::from_bytes([number; 16]));
    Trail { facts: vec![KeptFact { fact: Fact::revoke(key), until: Time::MAX }], events: Vec::new() }
}

#[test]
fn slow_whoever_hangs_holds_nobody_for_long_and_proofs_go_on() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let stores = open(&database, &clock).into_stores();
    runtime().block_on(stores.ledger.publish(&published(1))).unwrap();
    let count = || {
        let all = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
        server().give("postgres", &all).unwrap().parse::<u32>().unwrap()
    };
    let upto = || match stores.watch.told() {
        Told::UpTo(upto) => upto,
        Told::OfAll => panic!("others write here too"),
    };
    let frozen = Frozen::holding(&database);
    let connections = count();
    clock.advance(Span::seconds(5));
    let then = upto();
    let refused = runtime().block_on(stores.ledger.publish(&published(2))).unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Unavailable, "an outage, and no answer");
    assert!(upto() > then, "what is known of others is proven meanwhile");
    // Nobody of ours waits there for what will not come: each of them would keep a connection.
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'"
    );
    assert_eq!(server().give("postgres", &waiting).unwrap(), "0");
    assert!(count() <= connections + 8, "{} connections, and {connections} before", count());
    server().give("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()").unwrap();
    drop(frozen);
    assert!(runtime().block_on(stores.ledger.publish(&published(3))).is_ok(), "and then it goes on");
}
