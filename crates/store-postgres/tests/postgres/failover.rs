//! A primary and the standby that every commit waits for.

use crate::rig::{runtime, wait_a_moment};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_servers::postgres::Postgres;
use cloakroom_store::fault::FaultKind;
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::Told;
use cloakroom_store_postgres::PostgresStore;

fn fact(number: u8) -> KeptFact {
    let key = FactKey::Session(SessionId::from_bytes([number; 16]));
    KeptFact { fact: Fact::revoke(key), until: Time::MAX }
}

fn publish(stores: &Stores, number: u8) -> Result<(), FaultKind> {
    let trail = Trail { facts: vec![fact(number)], events: Vec::new() };
    runtime().block_on(stores.ledger.publish(&trail)).map(drop).map_err(|fault| fault.kind())
}

fn is_known(stores: &Stores, number: u8) -> bool {
    let keys = [fact(number).fact.key];
    runtime().block_on(stores.ledger.known(&keys)).is_ok_and(|known| known == [Some(Fact::REVOKED)])
}

fn upto(stores: &Stores) -> Span {
    match stores.watch.told() {
        Told::UpTo(upto) => upto,
        Told::OfAll => panic!("others write here too"),
    }
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let is_so = (0..1_500).any(|_| {
        let is_so = condition();
        if !is_so {
            wait_a_moment();
        }
        is_so
    });
    assert!(is_so, "{what}");
}

#[test]
fn slow_a_standby_takes_over_and_nothing_acknowledged_is_lost() {
    let primary = Postgres::start(&[], None).unwrap();
    let database = primary.database().unwrap();
    let standby = primary.standby().unwrap();
    // A standby that nobody waits for would lose what was acknowledged.
    let alone = runtime().block_on(PostgresStore::open(primary.url(&database))).unwrap();
    assert!(!alone.outlives_a_failover());
    primary.give("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'").unwrap();
    primary.give("postgres", "SELECT pg_reload_conf()").unwrap();
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_for("a standby", || primary.give("postgres", synchronous).as_deref() == Ok("1"));
    wait_for("a tick that sees it", || alone.outlives_a_failover());
    drop(alone);
    let url =
        format!("postgres://cloakroom@127.0.0.1:{},127.0.0.1:{}/{database}", primary.port(), standby.port());
    let stores = runtime().block_on(PostgresStore::open(url)).unwrap().into_stores();
    for number in 1..=20 {
        publish(&stores, number).unwrap();
    }
    // The standby is the truth from now on, and the primary does not know: it answers, and vouches for nothing.
    standby.give("postgres", "SELECT pg_promote()").unwrap();
    wait_for("an outage", || publish(&stores, 100).is_err());
    let (deposed, began) = (upto(&stores), SystemClock.since_boot());
    assert_eq!(
        publish(&stores, 101),
        Err(FaultKind::Unavailable),
        "it was acknowledged by who is nobody any more"
    );
    wait_for("time", || SystemClock.since_boot().as_millis() - began.as_millis() > 3_000);
    assert!(upto(&stores) <= Span::millis(deposed.as_millis() + 600), "it was vouched for by nobody");
    assert!(!is_known(&stores, 1), "what a deposed server says is not believed");
    // When it is gone, the other one is found.
    primary.kill().unwrap();
    wait_for("a recovery", || publish(&stores, 21).is_ok());
    for number in 1..=21 {
        wait_for("what was acknowledged", || is_known(&stores, number));
    }
    wait_for("proofs", || upto(&stores) > deposed);
}

#[test]
fn slow_a_server_that_is_killed_again_and_again_loses_nothing_acknowledged() {
    const CYCLES: u8 = 5;
    let server = Postgres::start(&[], None).unwrap();
    let database = server.database().unwrap();
    let stores = runtime().block_on(PostgresStore::open(server.url(&database))).unwrap().into_stores();
    let mut acknowledged = Vec::new();
    for cycle in 0..CYCLES {
        let some = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8u8)
                .map(|writer| {
                    let (stores, first) = (&stores, cycle * 48 + writer * 6);
                    // Until the server is gone under it.
                    scope.spawn(move || {
                        (first..first + 6)
                            .filter(|number| publish(stores, *number).is_ok())
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            server.kill().unwrap();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect::<Vec<u8>>()
        });
        acknowledged.extend(some);
        server.run(&[]).unwrap();
        wait_for("a recovery", || publish(&stores, 255).is_ok());
        for number in &acknowledged {
            assert!(is_known(&stores, *number), "{number} in cycle {cycle}");
        }
    }
    let chains = runtime().block_on(stores.events.chains()).unwrap();
    assert!(!chains.is_empty());
}

#[test]
fn a_commit_whose_standby_was_given_up_is_not_acknowledged() {
    let server = Postgres::start(&[], None).unwrap();
    let database = server.database().unwrap();
    let stores = runtime().block_on(PostgresStore::open(server.url(&database))).unwrap().into_stores();
    publish(&stores, 1).unwrap();
    // A standby that never comes; and somebody who ends the waiting for it. The server commits then, and only warns.
    server.give("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'").unwrap();
    server.give("postgres", "SELECT pg_reload_conf()").unwrap();
    wait_for("the setting", || {
        server.give("postgres", "SHOW synchronous_standby_names").as_deref() == Ok("nobody")
    });
    let published = std::thread::scope(|scope| {
        let publishing = scope.spawn(|| publish(&stores, 2));
        let give_up =
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        while !publishing.is_finished() {
            server.give("postgres", give_up).unwrap();
        }
        publishing.join().unwrap()
    });
    assert_eq!(published, Err(FaultKind::Unavailable), "a failover would lose it");
}
