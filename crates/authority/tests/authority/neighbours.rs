//! What holds everywhere holds at the verifiers of every authority.

use crate::world::{admin, memory, open_with, ring, runtime, subject};
use cloakroom_authority::Authority;
use cloakroom_authority::feed::NotEverywhere;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::FollowerId;
use cloakroom_rules::feed::said::Heads;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_servers::postgres::Postgres;
use cloakroom_store_postgres::{Options, PostgresStore};
use core::time::Duration;
use std::sync::Arc;
use tokio::task::JoinHandle;

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);
const VERIFIER: FollowerId = FollowerId { service: ServiceId::from_bytes([7; 16]), process: [1; 16] };

struct Server {
    store: Arc<PostgresStore>,
    authority: Authority,
    upkeep: JoinHandle<()>,
}

impl Server {
    async fn start(database: &str, clock: &ManualClock, seed: u64) -> Self {
        let url = Postgres::shared().unwrap().url(database);
        let store = Arc::new(Options::at(url).clock(Arc::new(clock.clone())).open().await.unwrap());
        let stores = PostgresStore::stores(store.clone());
        let authority =
            open_with(stores, clock, seed, SessionPolicy::default(), ring(), 1_000).await.unwrap();
        let upkeep = tokio::spawn(authority.clone().keep_up());
        Self { store, authority, upkeep }
    }

    /// Somebody is taken back. Time leaps here, and a store that has not proven since that it is the truth is an outage.
    async fn ends(&self, name: &str) {
        while self.authority.end_all(&subject(name), &Why::CredentialChanged, &admin()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    async fn everywhere(&self, at_most: Duration) -> Result<(), NotEverywhere> {
        loop {
            match self.authority.everywhere(at_most).await {
                Err(NotEverywhere::Denied(_)) => tokio::task::yield_now().await,
                waited => return waited,
            }
        }
    }

    /// A verifier that follows this one says that it knows everything.
    async fn verifier_knows(&self) {
        let read = loop {
            match self.authority.read_feed(&Heads::new()).await {
                Ok(read) => break read,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.authority.follower_has(VERIFIER, read.of, &read.heads);
    }
}

fn is_behind(waited: &Result<(), NotEverywhere>) -> bool {
    matches!(waited, Err(NotEverywhere::Behind(_)))
}

#[test]
fn everywhere_waits_for_the_verifiers_of_others() {
    runtime().block_on(async {
        let postgres = Postgres::shared().unwrap();
        let (database, clock) = (postgres.database().unwrap(), ManualClock::default());
        let (here, there) =
            (Server::start(&database, &clock, 1).await, Server::start(&database, &clock, 2).await);
        here.ends("anna").await;
        assert!(is_behind(&here.everywhere(SOON).await), "who followed before a start may believe still");
        clock.advance(Span::seconds(20));
        here.everywhere(LONG).await.unwrap();
        // One that follows the other one has not said that it knows.
        there.authority.follower_joins(VERIFIER, Span::seconds(2)).unwrap();
        there.authority.follower_asks(VERIFIER);
        here.ends("bob").await;
        assert!(is_behind(&here.everywhere(SOON).await), "a verifier of the other does not know");
        there.verifier_knows().await;
        here.everywhere(LONG).await.unwrap();
        // It is gone: when it cannot believe any more what it was told, nobody waits.
        there.authority.follower_asks(VERIFIER);
        here.ends("carl").await;
        assert!(is_behind(&here.everywhere(SOON).await), "one that is gone may believe still");
        clock.advance(Span::seconds(3));
        here.everywhere(LONG).await.unwrap();
        // The other one is gone with all that its verifiers know.
        there.authority.follower_asks(VERIFIER);
        there.upkeep.abort();
        there.store.shutdown().await.unwrap();
        here.ends("dora").await;
        assert!(is_behind(&here.everywhere(SOON).await), "nobody speaks for its verifiers");
        let passes = "UPDATE ck_server SET seen = seen - interval '13 seconds'";
        postgres.give(&database, passes).unwrap();
        assert!(is_behind(&here.everywhere(SOON).await), "ten seconds by any clock, and four to notice");
        postgres.give(&database, passes).unwrap();
        here.everywhere(LONG).await.unwrap();
        // One that ends well, and had none, is waited for by nobody.
        let third = Server::start(&database, &clock, 3).await;
        here.ends("emil").await;
        assert!(is_behind(&here.everywhere(SOON).await), "one that has just started");
        third.upkeep.abort();
        third.authority.shut_down().await.unwrap();
        third.store.shutdown().await.unwrap();
        here.everywhere(LONG).await.unwrap();
        here.upkeep.abort();
    });
}

/// Whoever takes over for a database may not have the end of what the one before acknowledged, and gives out its numbers once more. A verifier that
/// has come further would never be told of what they are then.
#[test]
fn numbers_that_may_begin_anew_are_of_another_truth() {
    runtime().block_on(async {
        let postgres = Postgres::shared().unwrap();
        let (database, clock) = (postgres.database().unwrap(), ManualClock::default());
        let server = Server::start(&database, &clock, 1).await;
        server.ends("anna").await;
        let before = server.authority.read_feed(&Heads::new()).await.unwrap();
        assert_eq!(before.of, server.authority.incarnation());
        let all =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        postgres.give("postgres", &all).unwrap();
        while server.authority.incarnation() == before.of {
            tokio::task::yield_now().await;
        }
        let after = loop {
            match server.authority.read_feed(&Heads::new()).await {
                Ok(read) => break read,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        assert_ne!(after.of, before.of, "a verifier goes on where it was");
        assert_eq!(after.heads, before.heads, "nothing was lost this time");
        server.upkeep.abort();
    });
}

/// Whom an authority lets in by itself it asks its own memory, and that follows the truth some time later.
#[test]
fn everywhere_is_here_too() {
    let world = memory(SessionPolicy::default());
    let (authority, elsewhere) = world.of_another_process();
    world.pass(Span::seconds(20));
    runtime().block_on(async {
        assert!(is_behind(&authority.everywhere(SOON).await), "this process may not know yet");
        elsewhere.is_told(&world);
        authority.everywhere(LONG).await.unwrap();
    });
}
