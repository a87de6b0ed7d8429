//! Nothing but Redis.

use crate::rig::{alone, ledger};
use cloakroom_model::ports::SystemClock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::chain::ChainHead;
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Outcome};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_servers::redis::Redis;
use cloakroom_servers::redis_cluster::Cluster;
use cloakroom_store::events::Events;
use cloakroom_store::fault::FaultKind;
use cloakroom_store::guarantees::{Durability, EventsKept};
use cloakroom_store::ledger::{Intent, Ledger};
use cloakroom_store::neighbours::{Neighbours, Said};
use cloakroom_store::suite::{CASES, Case, Rig, run};
use cloakroom_store::watch::{Change, Told, Watch, Watcher};
use cloakroom_store_redis::RedisLedger;
use pollster::block_on;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Everything under a prefix, as it is at one moment, in another database of the same server.
const COPY: &str = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end";

pub(crate) fn on_one() -> Rig {
    let (server, clock) = (Redis::shared().unwrap(), ManualClock::default());
    let prefix = server.prefix();
    let mut rig = Rig::of(alone(&server.url(&prefix), &clock), clock.clone());
    rig.forgets_buckets = true;
    let copies = AtomicU32::new(0);
    rig.crash = Some(Box::new(move || {
        let copy = (copies.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        server.give(&["EVAL", COPY, "0", &prefix, &copy]).unwrap();
        alone(&format!("redis://127.0.0.1:{}/{copy}?prefix={prefix}", server.port()), &clock)
    }));
    rig
}

pub(crate) fn on_a_cluster() -> Rig {
    let (cluster, clock) = (Cluster::shared().unwrap(), ManualClock::default());
    let url = cluster.url(&cluster.prefix());
    let mut stores = alone(&url, &clock);
    // It promises more; but nobody here copies a cluster at one moment.
    stores.guarantees.durability = Durability::Server;
    let mut rig = Rig::of(stores, clock);
    rig.forgets_buckets = true;
    rig
}

mod one {
    cloakroom_store::conformance!(crate::alone::on_one);
}

mod clustered {
    cloakroom_store::conformance!(crate::alone::on_a_cluster);
}

fn session(number: u8) -> FactKey {
    FactKey::Session(SessionId::from_bytes([number; 16]))
}

fn fact(number: u8) -> Trail {
    let fact = Fact::revoke(session(number));
    Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() }
}

fn event(number: u8) -> Event {
    Event {
        name: EventName::SessionClosed,
        at: Time::from_millis(0),
        actor: Actor::System,
        subject: None,
        session: Some(SessionId::from_bytes([number; 16])),
        family: None,
        origin: Origin::default(),
        outcome: Outcome::Done,
        reason: None,
        salt: [number; 16],
    }
}

#[derive(Default)]
struct Heard(Mutex<BTreeSet<FactKey>>);

impl Watcher for Heard {
    fn committed(&self, change: Change<'_>) {
        self.0.lock().unwrap().extend(change.facts.iter().map(|kept| kept.fact.key.clone()));
    }
}

impl Heard {
    fn of(ledger: &RedisLedger) -> Arc<Self> {
        let heard = Arc::new(Self::default());
        let watcher: Arc<dyn Watcher> = heard.clone();
        ledger.watch(&watcher);
        heard
    }

    async fn hears(&self, keys: &[FactKey]) {
        while !keys.iter().all(|key| self.0.lock().unwrap().contains(key)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A process whose time passes only while it is waited for.
struct Process {
    runtime: Runtime,
    ledger: RedisLedger,
}

impl Process {
    fn at(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let ledger = runtime.block_on(RedisLedger::open_on(url, Arc::new(SystemClock))).unwrap();
        Self { runtime, ledger }
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let patient = async { tokio::time::timeout(Duration::from_secs(30), future).await };
        self.runtime.block_on(patient).expect("it does not come")
    }

    fn publishes(&self, number: u8) {
        self.wait(self.ledger.publish(&fact(number))).unwrap();
    }
}

#[test]
fn what_one_process_takes_back_the_others_are_told_of() {
    let server = Redis::shared().unwrap();
    let url = server.url(&server.prefix());
    let [one, other] = [Process::at(&url), Process::at(&url)];
    let heard = Heard::of(&other.ledger);
    one.publishes(1);
    other.wait(heard.hears(&[session(1)]));
    let Told::UpTo(before) = other.ledger.told() else { panic!("it is not alone") };
    other.wait(async {
        while other.ledger.told() == Told::UpTo(before) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert_eq!((one.ledger.era(), other.ledger.era()), (0, 0));
}

/// A server that has lost its last facts gives out their numbers once more: who knew the lost ones must not take the new ones for known.
#[test]
fn slow_a_server_that_has_lost_its_end_is_read_anew() {
    let server = Redis::start(&["--appendonly", "no", "--save", ""]).unwrap();
    let url = server.url("lost:");
    let [sleeper, other] = [Process::at(&url), Process::at(&url)];
    let heard = Heard::of(&sleeper.ledger);
    other.publishes(1);
    server.give(&["SAVE"]).unwrap();
    let lost = [session(2), session(3)];
    (2..4).for_each(|number| other.publishes(number));
    sleeper.wait(heard.hears(&lost));
    let before = other.ledger.era();
    server.kill().unwrap();
    server.run(&["--appendonly", "no", "--save", ""]).unwrap();
    (4..8).for_each(|number| while other.wait(other.ledger.publish(&fact(number))).is_err() {});
    assert_eq!(other.wait(other.ledger.known(&lost)).unwrap(), [None, None], "they were not lost");
    assert_eq!(other.wait(other.ledger.heads()).unwrap(), [(LaneId(1), 5)]);
    assert_ne!(other.ledger.era(), before);
    sleeper.wait(heard.hears(&[4, 5, 6, 7].map(session)));
    assert_eq!(sleeper.ledger.era(), 1);
}

/// More processes than lanes: those that share one go on from each other's end, and nothing is told twice.
#[test]
fn slow_processes_that_share_a_lane_append_in_turns() {
    let (server, clock) = (Redis::shared().unwrap(), ManualClock::default());
    let url = server.url(&server.prefix());
    let first = ledger(&url, &clock);
    let others: Vec<_> = (1..17).map(|_| ledger(&url, &clock)).collect();
    let last = others.last().unwrap().clone();
    std::thread::scope(|scope| {
        for (number, ledger) in [(1, &first), (2, &last)] {
            for _ in 0..4 {
                scope.spawn(move || {
                    for _ in 0..100 {
                        let trail = Trail { facts: Vec::new(), events: vec![event(number), event(number)] };
                        block_on(ledger.publish(&trail)).unwrap();
                    }
                });
            }
        }
    });
    let chains = block_on(first.chains()).unwrap();
    assert_eq!(chains.iter().map(|(lane, end)| (lane.0, end.seq)).collect::<Vec<_>>(), [(1, 1_600)]);
    let links = block_on(first.tail(LaneId(1), 0, 10_000)).unwrap();
    let end = links.iter().fold(ChainHead::default(), |head, link| head.then(LaneId(1), link.payload));
    assert_eq!((links.len(), end), (1_600, chains[0].1));
}

/// The oldest make room, and the chain of those that are left is whole.
#[test]
fn slow_the_last_events_are_kept() {
    let (server, clock) = (Redis::shared().unwrap(), ManualClock::default());
    let prefix = server.prefix();
    let ledger = ledger(&server.url(&prefix), &clock);
    let EventsKept::Last(kept) = RedisLedger::durable(ledger.clone()).guarantees.events else { panic!() };
    let trail = Trail { facts: Vec::new(), events: vec![event(1); 1_000] };
    for _ in 0..kept / 1_000 + 1 {
        block_on(ledger.publish(&trail)).unwrap();
    }
    let lane = LaneId(1);
    let links = block_on(ledger.tail(lane, 0, usize::MAX >> 1)).unwrap();
    assert_eq!((links.len(), links[0].seq), (kept, 1_001));
    let end = links[1..].iter().fold(links[0].head(), |head, link| head.then(lane, link.payload));
    assert_eq!(block_on(ledger.chains()).unwrap(), [(lane, end)]);
    assert_eq!(block_on(ledger.tail(lane, 500, 3)).unwrap()[0].seq, 1_001);
    assert_eq!(
        server.give(&["HLEN", &format!("{prefix}{{ledger}}:e:1")]).unwrap().trim(),
        format!(":{kept}")
    );
}

#[test]
fn everything_is_lost_and_it_goes_on() {
    let server = Redis::start(&[]).unwrap();
    let process = Process::at(&server.url("all:"));
    let both = |number| Trail { events: vec![event(number)], ..fact(number) };
    process.wait(process.ledger.publish(&both(1))).unwrap();
    server.give(&["FLUSHALL"]).unwrap();
    process.wait(process.ledger.publish(&both(2))).unwrap();
    assert_eq!(
        process.wait(process.ledger.known(&[session(1), session(2)])).unwrap(),
        [None, Some(Fact::REVOKED)]
    );
    assert_eq!(process.wait(process.ledger.tail(LaneId(1), 0, 10)).unwrap()[0].seq, 1);
}

/// Nothing of a commit that a full server refuses is there.
#[test]
fn without_room_nothing_is_written() {
    let server = Redis::start(&[]).unwrap();
    let process = Process::at(&server.url("full:"));
    process.publishes(1);
    server.give(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let intent = Intent([7; 16]);
    let both = Trail { events: vec![event(2)], ..fact(2) };
    let refused = process.wait(process.ledger.publish_as(intent, &both)).unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Full);
    assert_eq!(process.wait(process.ledger.forget(10)).unwrap(), 0, "room is made all the same");
    server.give(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    assert_eq!(process.wait(process.ledger.known(&[session(2)])).unwrap(), [None]);
    assert!(process.wait(process.ledger.tail(LaneId(1), 0, 10)).unwrap().is_empty());
    assert!(!process.wait(process.ledger.settle(intent)).unwrap());
}

/// Who was made a replica answers, and proves nothing.
#[test]
fn slow_a_replica_proves_nothing() {
    let [server, other] = [Redis::start(&[]).unwrap(), Redis::start(&[]).unwrap()];
    let process = Process::at(&server.url("deposed:"));
    process.publishes(1);
    server.give(&["REPLICAOF", "127.0.0.1", &other.port().to_string()]).unwrap();
    process.wait(async { tokio::time::sleep(Duration::from_millis(700)).await });
    let told = process.ledger.told();
    process.wait(async { tokio::time::sleep(Duration::from_millis(1_500)).await });
    assert_eq!(process.ledger.told(), told);
}

#[test]
fn processes_hear_what_the_others_say() {
    let server = Redis::shared().unwrap();
    let url = server.url(&server.prefix());
    let [one, other] = [Process::at(&url), Process::at(&url)];
    let of = |process: &Process| process.wait(process.ledger.neighbours()).unwrap();
    assert_eq!(of(&other).iter().map(|other| other.said.clone()).collect::<Vec<_>>(), [Said::default()]);
    let said = Said { bears: Span::seconds(7), heads: vec![(LaneId(1), 5)] };
    one.wait(one.ledger.say(Some(said.clone()))).unwrap();
    let heard = of(&other);
    assert_eq!(heard[0].said, said);
    assert!(heard[0].silent_for < Span::seconds(20), "{heard:?}");
    one.wait(one.ledger.say(None)).unwrap();
    assert!(of(&other).is_empty(), "it has no verifiers");
}

/// As docs/operations/stores.md has it.
#[test]
fn a_user_with_the_rights_that_are_named_can_do_everything() {
    let server = Redis::start(&[]).unwrap();
    let rights = "+hmget +hset +hdel +del +get +set +pexpire +pttl +zadd +zrem +zcard +zrangebyscore +evalsha +script|load +info +hello \
                  +hget +hgetall +incr +time +zrange +zremrangebyrank";
    let user = format!("ACL SETUSER cloakroom on >hunter22 resetkeys ~alone:* resetchannels -@all {rights}");
    let said = server.give(&user.split_whitespace().collect::<Vec<_>>()).unwrap();
    assert!(said.starts_with("+OK"), "{said}");
    let url = format!("redis://cloakroom:hunter22@127.0.0.1:{}?prefix=alone:", server.port());
    let of_the_ledger = ["ledger", "events", "keys", "intents", "watching"];
    let is_tried = |case: &&Case| of_the_ledger.iter().any(|family| case.name.starts_with(family));
    for case in CASES.iter().filter(is_tried) {
        server.give(&["FLUSHALL"]).unwrap();
        let clock = ManualClock::default();
        let stores = alone(&url, &clock);
        assert_eq!(stores.guarantees.durability, Durability::Server, "CONFIG is not asked");
        run(case.name, &Rig::of(stores, clock)).unwrap();
    }
    let process = Process::at(&url);
    process.wait(process.ledger.say(None)).unwrap();
    process.wait(process.ledger.neighbours()).unwrap();
    process.wait(process.ledger.forget(10)).unwrap();
    server.give(&["ACL", "SETUSER", "cloakroom", "-time"]).unwrap();
    let open = RedisLedger::open(&url);
    let refused = process.wait(async { open.await.map(drop) }).unwrap_err().to_string();
    assert!(refused.starts_with("CK2051") && refused.contains("stores.md has the rights"), "{refused}");
}

#[test]
fn what_is_closed_is_an_outage() {
    let server = Redis::shared().unwrap();
    let process = Process::at(&server.url(&server.prefix()));
    process.ledger.shutdown();
    assert_eq!(process.wait(process.ledger.known(&[])).unwrap_err().kind(), FaultKind::Closed);
    assert_eq!(process.wait(process.ledger.publish(&fact(1))).unwrap_err().kind(), FaultKind::Closed);
}
