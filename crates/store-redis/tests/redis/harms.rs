//! What others do to the records, and what happens to the server.

use crate::rig::{beside, open, runtime};
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::session::Row;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_servers::redis::Redis;
use cloakroom_servers::redis_cluster::Cluster;
use cloakroom_store::cells::Cells;
use cloakroom_store::fault::FaultKind;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::sessions::Rotated;
use cloakroom_store::stores::Stores;
use cloakroom_store::suite::Rig;
use cloakroom_store_redis::{OpenError, Options, RedisStore};
use pollster::block_on;
use std::sync::Arc;

struct World {
    rig: Rig,
    redis: Arc<RedisStore>,
    durable: Stores,
    prefix: String,
    anna: SubjectId,
}

fn world(server: &Redis) -> World {
    let (prefix, clock) = (server.prefix(), ManualClock::default());
    let redis = open(&server.url(&prefix), &clock);
    let durable = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
    let stores = beside(durable.clone(), &redis, Arc::new(clock.clone()));
    World { rig: Rig::of(stores, clock), redis, durable, prefix, anna: "anna".parse().unwrap() }
}

impl World {
    fn opened(&self) -> Row {
        self.rig.opened(Some(&self.anna)).unwrap()
    }

    /// Where the record of a session lies.
    fn key(&self, row: &Row) -> String {
        format!("{}s:{}", self.prefix, data_encoding::BASE64URL_NOPAD.encode(&row.look_up.0))
    }

    fn loads(&self, row: &Row) -> Result<bool, FaultKind> {
        block_on(self.rig.stores.sessions.load(&row.look_up))
            .map(|found| found.is_some())
            .map_err(|fault| fault.kind())
    }
}

#[test]
fn nobody_writes_records_but_us() {
    let server = Redis::shared().unwrap();
    let world = world(server);
    let (anna, eve) = (world.opened(), world.rig.opened(Some(&"eve".parse().unwrap())).unwrap());
    let (of_anna, of_eve) = (world.key(&anna), world.key(&eve));
    let copy = "redis.call('HSET', KEYS[2], 'r', redis.call('HGET', KEYS[1], 'r'), 'v', redis.call('HGET', KEYS[1], 'v')) return 1";
    // Eve's ticket shall open what Anna's opens.
    server.give(&["EVAL", copy, "2", &of_anna, &of_eve]).unwrap();
    assert_eq!(world.loads(&eve), Err(FaultKind::Corrupt));
    assert_eq!(world.loads(&anna), Ok(true), "hers is what it was");
    // Her list shall be Eve's.
    let lists = ["anna", "eve"].map(|name| format!("{}u:{name}", world.prefix));
    server.give(&["EVAL", copy, "2", &lists[0], &lists[1]]).unwrap();
    let of_eve = block_on(world.rig.stores.sessions.of_subject(&"eve".parse().unwrap())).unwrap();
    assert!(of_eve.is_empty(), "somebody else's sessions are listed");
    // A note that is none keeps nobody from sweeping.
    server.give(&["ZADD", &format!("{}x:claims", world.prefix), "0", "x"]).unwrap();
    world.rig.pass(cloakroom_model::words::time::Span::minutes(5));
    block_on(world.rig.stores.sessions.expired(8)).unwrap();
    assert!(server.give(&["ZCARD", &format!("{}x:claims", world.prefix)]).unwrap().starts_with(":0"));
    // A byte of it is another one.
    let flip = "local v = redis.call('HGET', KEYS[1], 'v') redis.call('HSET', KEYS[1], 'v', string.char((v:byte(1) + 1) % 256) .. v:sub(2)) return 1";
    server.give(&["EVAL", flip, "1", &of_anna]).unwrap();
    assert_eq!(world.loads(&anna), Err(FaultKind::Corrupt));
    server.give(&["HSET", &of_anna, "v", "x"]).unwrap();
    assert_eq!(world.loads(&anna), Err(FaultKind::Corrupt));
    // Another kind of value in its place.
    server.give(&["DEL", &of_anna]).unwrap();
    server.give(&["SET", &of_anna, "x"]).unwrap();
    assert!(world.loads(&anna).is_err(), "an outage, and no sign-out");
    // Under another key nothing is ours.
    let clock = Arc::new(world.rig.clock.clone());
    let options = Options::at(server.url(&world.prefix), Arc::new(crate::rig::Mac(2))).clock(clock.clone());
    let stranger = Arc::new(runtime().block_on(options.open()).unwrap());
    let stores = beside(world.durable.clone(), &stranger, clock);
    let other = world.opened();
    assert_eq!(
        block_on(stores.sessions.load(&other.look_up)).map_err(|fault| fault.kind()),
        Err(FaultKind::Corrupt)
    );
}

#[test]
fn an_older_record_that_is_put_back_opens_nothing_that_was_ended() {
    let server = Redis::shared().unwrap();
    let world = world(server);
    let (closed, rotated) = (world.opened(), world.opened());
    let keep = "local all = redis.call('HGETALL', KEYS[1]) for i = 1, #all, 2 do redis.call('HSET', KEYS[2], all[i], all[i + 1]) end return 1";
    let put_back = |row: &Row, back: bool| {
        let (key, copy) = (world.key(row), world.key(row) + ":copy");
        let (from, to) = if back { (&copy, &key) } else { (&key, &copy) };
        server.give(&["EVAL", keep, "2", from, to]).unwrap();
    };
    put_back(&closed, false);
    put_back(&rotated, false);
    block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&closed.session)])).unwrap();
    let (rotate, trail) = world.rig.rotation_of(&rotated);
    assert!(matches!(block_on(world.rig.stores.sessions.rotate(rotate, &trail)).unwrap(), Rotated::Done(_)));
    put_back(&closed, true);
    put_back(&rotated, true);
    assert_eq!(world.loads(&closed), Ok(false));
    assert_eq!(world.loads(&rotated), Ok(false));
}

#[test]
fn a_server_that_is_killed_or_stands_still_is_an_outage_and_loses_nothing() {
    let server = Redis::start(&[]).unwrap();
    let world = world(&server);
    let row = world.opened();
    let before = runtime().block_on(world.redis.lost_at()).unwrap();
    for _ in 0..3 {
        let goes = world.opened();
        server.kill().unwrap();
        assert_eq!(world.loads(&row), Err(FaultKind::Unavailable));
        assert!(world.rig.opened(Some(&world.anna)).is_err());
        // Who has to go goes all the same, and is not back with the server.
        block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&goes.session)])).unwrap();
        server.run(&[]).unwrap();
        assert_eq!([world.loads(&row), world.loads(&goes)], [Ok(true), Ok(false)]);
    }
    world.rig.pass(cloakroom_model::words::time::Span::minutes(1));
    server.kill().unwrap();
    server.run(&[]).unwrap();
    assert_eq!(world.loads(&row), Ok(true));
    let after = runtime().block_on(world.redis.lost_at()).unwrap();
    assert!(
        after > before && after == Some(world.rig.clock.now()),
        "it is another server: {before:?} {after:?}"
    );
    server.pause().unwrap();
    assert_eq!(world.loads(&row), Err(FaultKind::Unavailable));
    server.go_on().unwrap();
    assert_eq!(world.loads(&row), Ok(true));
    // Scripts are sent again where they are not known.
    server.give(&["SCRIPT", "FLUSH"]).unwrap();
    block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&row.session)])).unwrap();
    assert_eq!(world.loads(&row), Ok(false));
}

#[test]
fn one_that_was_deposed_is_not_written_to() {
    let (deposed, new) = (Redis::start(&[]).unwrap(), Redis::start(&[]).unwrap());
    let world = world(&deposed);
    let row = world.opened();
    deposed.give(&["CONFIG", "SET", "replica-serve-stale-data", "yes"]).unwrap();
    deposed.give(&["REPLICAOF", "127.0.0.1", &new.port().to_string()]).unwrap();
    let patch = world.rig.patch_of(&row.session, "a", 1).unwrap();
    let patched = block_on(world.rig.stores.sessions.patch(patch, &Trail::none()));
    assert_eq!(patched.map_err(|fault| fault.kind()), Err(FaultKind::Unavailable));
    // The database decides.
    block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&row.session)])).unwrap();
    deposed.give(&["REPLICAOF", "NO", "ONE"]).unwrap();
    assert_eq!(world.loads(&row), Ok(false));
    assert!(world.rig.opened(Some(&world.anna)).is_ok(), "it is written to again");
}

#[test]
fn a_server_that_is_full_lets_nobody_in_and_signs_nobody_out() {
    let server = Redis::start(&["--maxmemory-policy", "noeviction"]).unwrap();
    let world = world(&server);
    let row = world.opened();
    server.give(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let full = world.rig.open_as(cloakroom_store::sessions::Open {
        row: world.rig.row(Some(&world.anna)),
        at_most: None,
        closing: Vec::new(),
        family: None,
    });
    assert_eq!(full.map_err(|fault| fault.kind()), Err(FaultKind::Full));
    assert_eq!(world.loads(&row), Ok(true));
    server.give(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    assert!(world.rig.opened(Some(&world.anna)).is_ok());
}

#[test]
fn a_user_who_may_do_what_is_needed_and_nothing_else() {
    let server = Redis::start(&[]).unwrap();
    let prefix = server.prefix();
    // As docs/operations/stores.md has it.
    let rights = "+hmget +hset +hdel +del +get +set +pexpire +pttl +zadd +zrem +zcard +zrangebyscore +evalsha +script|load +info +hello";
    let user =
        format!("ACL SETUSER cloakroom on >hunter22 resetkeys ~{prefix}* resetchannels -@all {rights}");
    let said = server.give(&user.split(' ').collect::<Vec<_>>()).unwrap();
    assert!(said.starts_with("+OK"), "{said}");
    let url =
        |password: &str| format!("redis://cloakroom:{password}@127.0.0.1:{}?prefix={prefix}", server.port());
    for case in [
        "against_model::agrees_with_the_model",
        "people::buckets_empty_and_fill",
        "touching::expired_are_listed_in_steps",
    ] {
        server.give(&["FLUSHALL"]).unwrap();
        let clock = ManualClock::default();
        let redis = open(&url("hunter22"), &clock);
        let durable = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
        let mut rig = Rig::of(beside(durable, &redis, Arc::new(clock.clone())), clock);
        rig.forgets_buckets = true;
        cloakroom_store::suite::run(case, &rig).unwrap();
    }
    // What is missing is found at the start.
    for right in rights.split(' ').filter(|right| !["+info", "+hello", "+script|load"].contains(right)) {
        server.give(&["ACL", "SETUSER", "cloakroom", &right.replacen('+', "-", 1)]).unwrap();
        let refused = runtime().block_on(Options::at(url("hunter22"), Arc::new(crate::rig::Mac(1))).open());
        let Err(refused) = refused else { panic!("{right} is not missed") };
        let refused = refused.to_string();
        assert!(refused.contains("has the rights"), "{right}: {refused}");
        server.give(&["ACL", "SETUSER", "cloakroom", right]).unwrap();
    }
    // In a cluster its servers are asked who has what.
    let cluster = Cluster::shared().unwrap();
    let prefix = cluster.prefix();
    let user = format!(
        "ACL SETUSER cloakroom on >hunter22 resetkeys ~{prefix}* resetchannels -@all {rights} +cluster|slots"
    );
    for server in cluster.servers() {
        let said = server.give(&user.split(' ').collect::<Vec<_>>()).unwrap();
        assert!(said.starts_with("+OK"), "{said}");
    }
    let in_cluster = cluster.url(&prefix).replace("://", "://cloakroom:hunter22@");
    let clock = ManualClock::default();
    let redis = open(&in_cluster, &clock);
    let durable = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
    let rig = Rig::of(beside(durable, &redis, Arc::new(clock.clone())), clock);
    cloakroom_store::suite::run("against_model::agrees_with_the_model", &rig).unwrap();
    let wrong = Options::at(url("hunter23"), Arc::new(crate::rig::Mac(1)));
    let refused = runtime().block_on(wrong.open()).unwrap_err();
    assert!(matches!(refused, OpenError::Unreachable { .. }));
    let told = format!("{refused} {refused:?}");
    assert!(told.contains("WRONGPASS") && !told.contains("hunter"), "{told}");
}
