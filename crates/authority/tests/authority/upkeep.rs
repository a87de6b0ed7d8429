//! What is done from time to time.

use crate::world::{World, wait, worlds};
use cloakroom_authority::upkeep::Round;
use cloakroom_model::ports::Clock;
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why;

fn census(world: &World) -> u64 {
    let census = wait(world.stores.sessions.census()).unwrap();
    census.signed_in + census.anonymous
}

#[test]
fn a_sweep_removes_what_expired_and_tells_of_it_once() {
    for world in worlds() {
        let ids: Vec<_> =
            (0..150).map(|number| world.sign_in(&format!("user-{number}")).session.id).collect();
        world.pass(Span::minutes(59));
        assert_eq!(wait(world.authority.tend()).unwrap(), Round::default());
        assert_eq!(census(&world), 150);
        world.pass(Span::minutes(2));
        let mut swept = 0;
        while swept < 150 {
            let round = wait(world.authority.tend()).unwrap();
            assert!(round.expired > 0, "stuck at {swept}, {}", world.name);
            swept += round.expired;
        }
        assert_eq!(census(&world), 0);
        let told: Vec<_> =
            world.events().into_iter().filter(|event| event.name == EventName::SessionExpired).collect();
        assert_eq!(told.len(), 150);
        assert!(ids.iter().all(|id| told.iter().filter(|event| event.session == Some(*id)).count() == 1));
    }
}

#[test]
fn a_session_in_use_outlives_the_sweep() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        for _ in 0..14 {
            world.pass(Span::minutes(30));
            world.check(&signed_in.ticket).unwrap();
            wait(world.authority.tend()).unwrap();
        }
        assert!(world.check(&signed_in.ticket).is_ok(), "{}", world.name);
    }
}

/// The newest use is written down a little later. The sweep knows of it all the same.
#[test]
fn the_newest_use_counts_to_the_minute() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        world.pass(Span::minutes(30));
        world.check(&signed_in.ticket).unwrap();
        wait(world.authority.tend()).unwrap();
        world.pass(Span::minutes(2));
        world.check(&signed_in.ticket).unwrap();
        world.pass(Span::minutes(59));
        assert_eq!(wait(world.authority.tend()).unwrap().expired, 0, "used 59 minutes ago, {}", world.name);
        assert!(world.check(&signed_in.ticket).is_ok());
        world.pass(Span::minutes(61));
        assert_eq!(wait(world.authority.tend()).unwrap().expired, 1, "{}", world.name);
    }
}

#[test]
fn a_clock_that_went_back_does_not_keep_the_sweep_busy_for_ever() {
    for world in worlds() {
        let _before = world.sign_in("anna");
        wait(world.authority.tend()).unwrap();
        world.clock.jump(world.clock.now().minus(Span::hours(3)));
        let _after = world.sign_in("bob");
        assert_eq!(wait(world.authority.sweep()).unwrap(), 0, "{}", world.name);
        assert_eq!(census(&world), 2);
    }
}

/// Records that cannot be read expire like all others, and hide none behind them.
#[test]
fn unreadable_records_are_swept_when_they_expire() {
    let world = crate::world::sqlite(cloakroom_rules::session::policy::SessionPolicy::default());
    for number in 0..40 {
        world.sign_in(&format!("user-{number}"));
    }
    let vandal = rusqlite::Connection::open(&world.database).unwrap();
    vandal.execute("UPDATE ck_session SET record = x'00' WHERE subject < 'user-3'", []).unwrap();
    assert_eq!(wait(world.authority.sweep()).unwrap(), 0, "not before their time");
    world.pass(Span::minutes(61));
    assert_eq!(wait(world.authority.sweep()).unwrap(), 40);
    assert_eq!(census(&world), 0);
}

/// What is forgotten while the clock is wrong is told to no verifier that comes later.
#[test]
fn a_clock_that_jumps_forgets_nothing() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        assert!(wait(world.authority.end(signed_in.session.id, Why::SignOut, &By::system())).unwrap());
        let facts = || wait(world.stores.ledger.since(&[], 1_000)).unwrap().swap_remove(0).entries.len();
        let (before, right) = (facts(), world.clock.now());
        assert!(before > 0);
        world.clock.jump(right.plus(Span::hours(24 * 365)));
        assert_eq!((wait(world.authority.forget_facts()).unwrap(), facts()), (0, before), "{}", world.name);
        world.clock.jump(right);
        world.pass(Span::minutes(11));
        assert_eq!((wait(world.authority.forget_facts()).unwrap(), facts()), (0, before), "{}", world.name);
        world.pass(Span::hours(24 * 100));
        assert!(wait(world.authority.forget_facts()).unwrap() > 0, "{}", world.name);
    }
}
