//! Invariant 11: with the store down nobody is let in, nobody is signed out, and what is known goes on.

use crate::world::{World, admin, change, refusal, sqlite, subject, wait};
use cloakroom_authority::Denied;
use cloakroom_model::words::time::Span;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use rusqlite::Connection;

fn is_outage<T>(answer: &Result<T, Denied>) -> bool {
    matches!(answer, Err(Denied::Down(_)))
}

fn with_store_down(world: &World) {
    wait(world.sqlite.as_ref().unwrap().shutdown()).unwrap();
}

#[test]
fn an_unknown_ticket_is_an_outage_and_not_a_refusal() {
    let world = sqlite(SessionPolicy::default());
    let (known, unseen) = (world.sign_in("anna"), world.sign_in("bob"));
    world.check(&known.ticket).unwrap();
    with_store_down(&world);
    assert!(is_outage(&world.check(&unseen.ticket)), "nobody knows whether this one is good");
    assert!(world.check(&known.ticket).is_ok());
    world.pass(Span::minutes(30));
    assert!(is_outage(&world.check(&known.ticket)), "beyond its bound a copy is no evidence either");
}

#[test]
fn every_verb_answers_an_outage() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    let proof = world.proof("anna");
    let own = world.check(&signed_in.ticket).unwrap();
    with_store_down(&world);
    let (authority, id, anna) = (&world.authority, signed_in.session.id, subject("anna"));
    assert!(is_outage(&wait(authority.begin_login(&anna))));
    assert!(is_outage(&world.sign_in_with(&proof, None)));
    assert!(is_outage(&wait(authority.patch(id, &change("a", 1)))));
    assert!(is_outage(&wait(authority.open_anonymous(&world.host, &world.client, &change("a", 1)))));
    assert!(is_outage(&world.step_up(&own, &proof)));
    assert!(is_outage(&wait(authority.end(id, CloseWhy::SignOut, &admin()))));
    assert!(is_outage(&wait(authority.end_all(&anna, &Why::RevokedByAdmin, &admin()))));
    assert!(is_outage(&wait(authority.end_others(&own, &Why::SignOutEverywhere, &admin()))));
    assert!(is_outage(&wait(authority.sessions_of(&anna))));
    assert!(is_outage(&wait(authority.tend())));
    assert!(is_outage(&wait(authority.sign_heads())));
}

#[test]
fn after_an_outage_everything_is_as_it_was() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    let blocker = Connection::open(&world.database).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ended = wait(world.authority.end(signed_in.session.id, CloseWhy::SignOut, &admin()));
    assert!(is_outage(&ended), "a sign-out that was not written is not acknowledged");
    drop(blocker);
    assert!(world.check(&signed_in.ticket).is_ok());
    assert!(wait(world.authority.end(signed_in.session.id, CloseWhy::SignOut, &admin())).unwrap());
    assert_eq!(refusal(world.check(&signed_in.ticket)), Refusal::NotSignedIn);
}

/// People work on while the store is down. When it is back, what they did counts.
#[test]
fn uses_during_an_outage_are_not_forgotten() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    world.check(&signed_in.ticket).unwrap();
    let blocker = Connection::open(&world.database).unwrap();
    world.pass(Span::minutes(20));
    world.check(&signed_in.ticket).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(is_outage(&wait(world.authority.tend())));
    drop(blocker);
    world.pass(Span::minutes(45));
    wait(world.authority.tend()).unwrap();
    assert!(world.check(&signed_in.ticket).is_ok(), "used 45 minutes ago");
}

/// Nothing can be written for longer than the idle limit; whoever was there all along stays.
#[test]
fn an_outage_longer_than_the_idle_limit_signs_out_nobody_who_was_there() {
    let world = sqlite(SessionPolicy::default());
    let (busy, away) = (world.sign_in("anna"), world.sign_in("bob"));
    let disk = Connection::open(&world.database).unwrap();
    disk.execute_batch(
        "CREATE TRIGGER full_1 BEFORE UPDATE ON ck_session BEGIN SELECT RAISE(FAIL, 'full'); END; \
         CREATE TRIGGER full_2 BEFORE INSERT ON ck_old_ticket BEGIN SELECT RAISE(FAIL, 'full'); END;",
    )
    .unwrap();
    for minute in 1..=75 {
        world.pass(Span::minutes(1));
        assert!(world.check(&busy.ticket).is_ok(), "signed out in minute {minute}");
    }
    assert!(is_outage(&wait(world.authority.tend())));
    disk.execute_batch("DROP TRIGGER full_1; DROP TRIGGER full_2;").unwrap();
    let written = wait(world.authority.patch(busy.session.id, &change("a", 1)));
    assert!(written.is_ok(), "the first write after the outage: {written:?}");
    wait(world.authority.tend()).unwrap();
    assert!(world.check(&busy.ticket).is_ok(), "swept");
    assert!(world.check(&away.ticket).is_err(), "whoever was not is out");
}

/// The event that says so is written as soon as it can be.
#[test]
fn a_changed_client_during_an_outage_is_told_after_it() {
    let mut world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    world.client.agent = Some("curl".into());
    let blocker = Connection::open(&world.database).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(is_outage(&world.check(&signed_in.ticket)));
    drop(blocker);
    world.check(&signed_in.ticket).unwrap();
    let told = world.told(signed_in.session.id);
    assert!(told.contains(&cloakroom_model::records::event::EventName::BindingChanged), "{told:?}");
}
