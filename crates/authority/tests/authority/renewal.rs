//! Periodic rotation: two tickets for a while, and what it means when a superseded one comes back.

use crate::world::{World, refusal, wait, worlds};
use cloakroom_authority::session::SignedIn;
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Span;
use cloakroom_rules::refusal::Refusal;

fn copy(ticket: &Ticket) -> Ticket {
    Ticket::parse(ticket.to_text().expose()).unwrap()
}

fn due(world: &World) -> SignedIn {
    let signed_in = world.sign_in("anna");
    world.pass(Span::minutes(50));
    world.check(&signed_in.ticket).unwrap();
    wait(world.authority.flush_touches()).unwrap();
    world.pass(Span::minutes(11));
    signed_in
}

fn offered(world: &World, ticket: &Ticket) -> Option<Ticket> {
    world.check(ticket).unwrap().offered().map(copy)
}

#[test]
fn an_old_ticket_hands_out_four_at_most_and_works_on() {
    for world in worlds() {
        let old = due(&world).ticket;
        let handed_out: Vec<_> = (0..6).map(|_| offered(&world, &old)).collect();
        assert_eq!(handed_out.iter().flatten().count(), 4, "{}", world.name);
        assert!(world.check(&old).is_ok());
        for ticket in handed_out.iter().flatten() {
            assert!(world.check(ticket).is_ok(), "each of them stays good");
        }
    }
}

#[test]
fn a_lost_answer_signs_nobody_out() {
    for world in worlds() {
        let old = due(&world).ticket;
        let _lost_on_the_way = offered(&world, &old);
        wait(world.authority.flush_touches()).unwrap();
        world.pass(Span::minutes(50));
        let second = offered(&world, &old).unwrap();
        assert!(world.check(&second).is_ok(), "{}", world.name);
    }
}

#[test]
fn the_old_one_has_thirty_seconds_after_the_new_one_is_used() {
    for world in worlds() {
        let old = due(&world).ticket;
        let new = offered(&world, &old).unwrap();
        world.check(&new).unwrap();
        assert!(world.is_known(&new) || world.check(&new).is_ok());
        world.pass(Span::seconds(30));
        assert!(world.check(&old).is_ok(), "a request that was under way");
        assert!(world.check(&old).unwrap().offered().is_none(), "a superseded one gets nothing new");
        assert!(world.check(&new).is_ok());
    }
}

#[test]
fn a_superseded_ticket_that_comes_back_later_ends_the_session_for_both() {
    for world in worlds() {
        let signed_in = due(&world);
        let (thief, victim) = (copy(&signed_in.ticket), signed_in.ticket);
        let new = offered(&world, &victim).unwrap();
        world.check(&new).unwrap();
        world.check(&new).unwrap();
        world.pass(Span::seconds(31));
        assert_eq!(refusal(world.check(&thief)), Refusal::TwoHolders, "{}", world.name);
        assert!(world.check(&new).is_err(), "the other holder is out too");
        assert!(world.told(signed_in.session.id).contains(&EventName::TwoHolders));
    }
}

#[test]
fn whichever_of_parallel_answers_stays_in_the_jar_works() {
    for world in worlds() {
        let signed_in = due(&world);
        let tickets: Vec<_> = (0..3).map(|_| offered(&world, &signed_in.ticket).unwrap()).collect();
        world.check(&tickets[0]).unwrap();
        for minutes in [0, 10, 20] {
            world.pass(Span::minutes(minutes));
            assert!(
                world.check(&tickets[2]).is_ok(),
                "the last one, {minutes} minutes later, {}",
                world.name
            );
            wait(world.authority.flush_touches()).unwrap();
        }
        world.pass(Span::seconds(31));
        assert_eq!(refusal(world.check(&tickets[0])), Refusal::TwoHolders, "the one it took over from");
    }
}

#[test]
fn a_request_that_cannot_carry_a_cookie_is_offered_nothing() {
    for world in worlds() {
        let old = due(&world).ticket;
        let mut presented = world.presented(&old);
        presented.renewable = false;
        assert!(wait(world.authority.check(&presented)).unwrap().offered().is_none());
        world.pass(Span::seconds(31));
        assert!(offered(&world, &old).is_some(), "the next one that can is");
    }
}

/// A thief who holds the old ticket asks while its holder steps up: nothing the thief is handed works.
#[test]
fn what_was_checked_before_a_step_up_changes_nothing_after_it() {
    for world in worlds() {
        let signed_in = due(&world);
        let thief = world.check(&signed_in.ticket).unwrap();
        let holder = world.check(&signed_in.ticket).unwrap();
        let stepped_up = world.step_up(&holder, &world.proof("anna")).unwrap();
        let client = &world.client;
        assert_eq!(refusal(wait(world.authority.bind(&thief, client, &world.origin))), Refusal::Conflict);
        assert_eq!(refusal(wait(world.authority.regroup(&thief, &[], &world.origin))), Refusal::Conflict);
        assert_eq!(refusal(world.step_up(&thief, &world.proof("anna"))), Refusal::Conflict);
        let why = cloakroom_rules::session::raise::Why::SignOutEverywhere;
        assert_eq!(
            refusal(wait(world.authority.end_others(&thief, &why, &crate::world::admin()))),
            Refusal::Conflict
        );
        for dead in thief.offered().into_iter().chain(holder.offered()).chain([&signed_in.ticket]) {
            assert_eq!(refusal(world.check(dead)), Refusal::NotSignedIn, "{}", world.name);
        }
        assert!(world.check(&stepped_up.ticket).is_ok());
    }
}

#[test]
fn a_superseded_ticket_makes_no_changes_in_its_last_seconds() {
    for world in worlds() {
        let old = due(&world).ticket;
        let new = offered(&world, &old).unwrap();
        world.check(&new).unwrap();
        let late = world.check(&old).unwrap();
        assert_eq!(
            refusal(wait(world.authority.bind(&late, &world.client, &world.origin))),
            Refusal::Conflict
        );
    }
}

/// Two tickets of one rotation: the one that was replaced by its sibling changes nothing more, though the session has
/// still the same count of tickets.
#[test]
fn a_request_whose_ticket_a_sibling_replaced_changes_nothing() {
    for world in worlds() {
        let old = due(&world).ticket;
        let (first, second) = (offered(&world, &old).unwrap(), offered(&world, &old).unwrap());
        let thief = world.check(&first).unwrap();
        world.check(&second).unwrap();
        let bound = wait(world.authority.bind(&thief, &world.client, &world.origin));
        assert_eq!(refusal(bound), Refusal::Conflict, "{}", world.name);
        let holder = world.check(&second).unwrap();
        assert!(world.step_up(&holder, &world.proof("anna")).is_ok());
    }
}
