//! The suite on a cluster, and servers of it that fail.

use crate::rig::{beside, open};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_servers::redis::Redis;
use cloakroom_servers::redis_cluster::Cluster;
use cloakroom_servers::redis_sentinel::Sentinels;
use cloakroom_store::fault::FaultKind;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::suite::Rig;
use pollster::block_on;
use std::sync::Arc;

fn at(url: &str) -> Rig {
    let clock = ManualClock::default();
    let redis = open(url, &clock);
    let durable = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
    let mut rig = Rig::of(beside(durable, &redis, Arc::new(clock.clone())), clock);
    rig.forgets_buckets = true;
    rig
}

pub(crate) fn rig() -> Rig {
    let cluster = Cluster::shared().unwrap();
    at(&cluster.url(&cluster.prefix()))
}

mod suite {
    cloakroom_store::conformance!(crate::clustered::rig);
}

/// Those who are signed in stay so, and what is ended stays ended, while one server after the other is lost. What is not known is an outage.
fn survives(rig: &Rig, lose: impl FnOnce()) {
    let anna = "anna".parse().unwrap();
    let rows: Vec<_> = (0..30).map(|_| rig.opened(Some(&anna)).unwrap()).collect();
    let (ended, kept) = rows.split_at(10);
    for row in ended {
        block_on(rig.stores.sessions.close(vec![rig.ending(&row.session)])).unwrap();
    }
    lose();
    for row in ended.iter().chain(kept) {
        let is_kept = kept.contains(row);
        let found = (0..100).find_map(|_| match block_on(rig.stores.sessions.load(&row.look_up)) {
            Ok(found) => Some(found.is_some()),
            Err(fault) => {
                assert_eq!(fault.kind(), FaultKind::Unavailable);
                None
            }
        });
        assert_eq!(found, Some(is_kept), "{}", row.session.id);
    }
    let opened = (0..100).find_map(|_| rig.opened(Some(&anna)).ok());
    assert!(rig.is_live(&opened.unwrap()).unwrap());
}

#[test]
fn slow_a_primary_of_a_cluster_is_lost() {
    let cluster = Cluster::start().unwrap();
    let rig = at(&cluster.url(&cluster.prefix()));
    survives(&rig, || {
        cluster.servers()[..3].iter().try_for_each(Redis::wait_until_repeated).unwrap();
        cluster.servers()[0].kill().unwrap();
    });
}

/// Whoever asks for a key on its way is sent after it, and nobody finds nothing.
#[test]
fn slow_keys_move_to_another_server_while_they_are_used() {
    let cluster = Cluster::start().unwrap();
    let rig = at(&cluster.url(&cluster.prefix()));
    let anna = "anna".parse().unwrap();
    let rows: Vec<_> = (0..60).map(|_| rig.opened(Some(&anna)).unwrap()).collect();
    let (ended, kept) = rows.split_at(20);
    let (moved, mut looks) = std::thread::scope(|scope| {
        let moving = scope.spawn(|| cluster.move_slots().unwrap());
        let mut looks = 0;
        while !moving.is_finished() {
            for row in kept {
                match block_on(rig.stores.sessions.load(&row.look_up)) {
                    Ok(found) => assert!(found.is_some(), "{} is gone on its way", row.session.id),
                    Err(fault) => assert_eq!(fault.kind(), FaultKind::Unavailable),
                }
                looks += 1;
            }
            let _opened_or_not = rig.opened(Some(&anna));
        }
        (moving.join().unwrap(), looks)
    });
    for row in ended {
        let closed =
            (0..100).find_map(|_| block_on(rig.stores.sessions.close(vec![rig.ending(&row.session)])).ok());
        assert!(closed.is_some());
    }
    for row in &rows {
        assert_eq!(rig.is_live(row).unwrap(), kept.contains(row));
        looks += 1;
    }
    assert!(moved > 20 && looks > 100, "{moved} keys moved, {looks} looks");
}

#[test]
fn slow_sentinels_choose_another_one() {
    let sentinels = Sentinels::start().unwrap();
    let rig = at(&sentinels.url("test:"));
    let [first, second] = sentinels.servers();
    survives(&rig, || {
        first.wait_until_repeated().unwrap();
        first.kill().unwrap();
        sentinels.wait_for(second).unwrap();
    });
    // The first one comes back, and is told that it is none any more: whoever asks it by itself is refused.
    first.run(&[]).unwrap();
    let opened = (0..200).find_map(|_| rig.opened(None).ok()).unwrap();
    assert!(rig.is_live(&opened).unwrap());
}

/// Nobody closes the connection to a server that hangs.
#[test]
fn slow_sentinels_choose_another_one_than_one_that_hangs() {
    let sentinels = Sentinels::start().unwrap();
    let rig = at(&sentinels.url("test:"));
    let [first, second] = sentinels.servers();
    survives(&rig, || {
        first.wait_until_repeated().unwrap();
        first.pause().unwrap();
        sentinels.wait_for(second).unwrap();
    });
}
