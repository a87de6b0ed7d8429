//! What is known in memory and what the truth says are the same, whoever changes it.

use crate::world::{admin, change, engine_with, memory, refusal, ring, sqlite, wait, worlds};
use cloakroom_authority::Denied;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::words::time::Span;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why;
use cloakroom_rules::session::patch::read;
use cloakroom_rules::session::policy::SessionPolicy;

#[test]
fn what_memory_knows_is_good_for_as_long_as_it_is_known_to_be_of_now() {
    for world in worlds() {
        let (other, elsewhere) = world.of_another_process();
        let signed_in = world.sign_in("anna");
        let token = world.access(&world.begin("anna").held);
        let check = || wait(other.check(&world.presented(&signed_in.ticket)));
        let known = || other.known(&signed_in.ticket, &world.host, &world.client);
        assert!(check().is_ok() && known().is_some() && other.check_access(&token).is_ok());
        world.pass(Span::millis(1_999));
        assert!(known().is_some(), "so far behind it may be");
        world.pass(Span::millis(2));
        assert!(known().is_none() && check().is_ok(), "the truth says that they are still signed in");
        let unknown = |answer: Result<_, Denied>| assert!(matches!(answer, Err(Denied::Down(_))));
        unknown(other.check_access(&token).map(drop));
        unknown(other.introspect("ckr_x").map(drop));
        wait(world.authority.end(signed_in.session.id, Why::SignOut, &admin())).unwrap();
        assert_eq!(refusal(check()), Refusal::NotSignedIn, "and that they are not");
        elsewhere.is_told(&world);
        assert!(other.check_access(&token).is_ok());
    }
}

/// What an app keeps in a session is no fact: nobody tells of it.
#[test]
fn what_another_process_writes_is_seen_a_moment_later() {
    for world in worlds() {
        let (other, elsewhere) = world.of_another_process();
        let signed_in = world.sign_in("anna");
        let seen = || {
            let checked = wait(other.check(&world.presented(&signed_in.ticket))).unwrap();
            read::<u32>(&checked.session().unwrap().data, "a").unwrap()
        };
        assert_eq!(seen(), None);
        wait(world.authority.patch(signed_in.session.id, &change("a", 5))).unwrap();
        world.pass(Span::seconds(2));
        elsewhere.is_told(&world);
        assert_eq!(seen(), Some(5), "{}", world.name);
        // And it writes over nothing that it has not seen.
        wait(world.authority.patch(signed_in.session.id, &change("b", 6))).unwrap();
        wait(other.patch(signed_in.session.id, &change("a", 7))).unwrap();
        let data = world.check(&signed_in.ticket).unwrap().session().unwrap().data;
        assert_eq!((read(&data, "a"), read(&data, "b")), (Ok(Some(7u32)), Ok(Some(6u32))), "{}", world.name);
    }
}

#[test]
fn a_known_session_needs_no_store() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    world.check(&signed_in.ticket).unwrap();
    wait(world.sqlite.as_ref().unwrap().shutdown()).unwrap();
    for _ in 0..100 {
        world.pass(Span::seconds(10));
        assert!(world.check(&signed_in.ticket).is_ok());
    }
}

#[test]
fn a_copy_is_read_again_after_half_an_hour() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    world.check(&signed_in.ticket).unwrap();
    world.pass(Span::minutes(29));
    assert!(world.is_known(&signed_in.ticket));
    world.pass(Span::minutes(1));
    assert!(!world.is_known(&signed_in.ticket));
    assert!(world.check(&signed_in.ticket).is_ok() && world.is_known(&signed_in.ticket));
}

#[test]
fn a_busy_session_costs_no_write_per_request() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        world.check(&signed_in.ticket).unwrap();
        let writes = (0..1_000).map(|_| {
            world.pass(Span::seconds(1));
            world.check(&signed_in.ticket).unwrap();
            wait(world.authority.flush_touches()).unwrap()
        });
        // A thousand seconds hold five twentieths of an hour.
        assert_eq!(writes.sum::<usize>(), 5, "{}", world.name);
    }
}

#[test]
fn two_engines_on_one_store_see_each_others_changes() {
    for world in worlds() {
        let policy = SessionPolicy::default();
        let second = engine_with(world.stores.clone(), &world.clock, 9, policy, ring(), 1_000);
        let signed_in = world.sign_in("anna");
        let presented = world.presented(&signed_in.ticket);
        world.check(&signed_in.ticket).unwrap();
        wait(second.check(&presented)).unwrap();
        wait(second.patch(signed_in.session.id, &change("a", 5))).unwrap();
        let data = world.check(&signed_in.ticket).unwrap().session().unwrap().data;
        assert_eq!(read(&data, "a"), Ok(Some(5u32)), "{}", world.name);
    }
}

#[test]
fn a_bounded_number_is_known_and_the_recently_used_stay() {
    let world = memory(SessionPolicy::default());
    let small = engine_with(world.stores.clone(), &world.clock, 9, SessionPolicy::default(), ring(), 160);
    let often = world.sign_in("anna");
    let mut kept = 0;
    for number in 0..2_000 {
        let signed_in = world.sign_in(&format!("user-{number}"));
        world.pass(Span::seconds(1));
        wait(small.check(&world.presented(&signed_in.ticket))).unwrap();
        kept += usize::from(small.known(&often.ticket, &world.host, &world.client).is_some());
        wait(small.check(&world.presented(&often.ticket))).unwrap();
    }
    assert!(small.known_sessions() <= 160);
    assert!(kept > 1_800, "the session in use was known {kept} times of 2000");
}

#[test]
fn a_rotated_root_key_signs_nobody_out() {
    let world = memory(SessionPolicy::default());
    let before = world.sign_in("anna");
    let rotated = ring().rotated(&SeededEntropy::new(5)).unwrap();
    let next = engine_with(world.stores.clone(), &world.clock, 9, SessionPolicy::default(), rotated, 1_000);
    assert!(wait(next.check(&world.presented(&before.ticket))).is_ok());
    let cut = ring().rotated(&SeededEntropy::new(5)).unwrap().without_earlier_than(2);
    let last = engine_with(world.stores.clone(), &world.clock, 10, SessionPolicy::default(), cut, 1_000);
    assert!(
        wait(last.check(&world.presented(&before.ticket))).is_err(),
        "without the key its tickets are dead"
    );
}
