//! What a ticket is worth from another client, by policy.

use crate::world::{World, memory, refusal, sqlite, wait};
use cloakroom_authority::Denied;
use cloakroom_authority::session::{Checked, Presented};
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::policy::{BindingPolicy, SessionPolicy};

fn worlds(binding: BindingPolicy) -> [World; 2] {
    let policy = || SessionPolicy { binding, ..SessionPolicy::default() };
    [memory(policy()), sqlite(policy())]
}

fn check_as(world: &World, ticket: &Ticket, agent: &str, purpose: Purpose) -> Result<Checked, Denied> {
    let client = Client { agent: Some(agent.into()), ..world.client.clone() };
    let presented = Presented { client: &client, purpose, ..world.presented(ticket) };
    wait(world.authority.check(&presented))
}

/// The page that asks for the fresh proof must work, and open no other page.
#[test]
fn the_step_up_page_opens_nothing_else_to_another_client() {
    for world in worlds(BindingPolicy::StepUp) {
        let ticket = world.sign_in("anna").ticket;
        for _ in 0..3 {
            let used = check_as(&world, &ticket, "curl", Purpose::Use);
            assert_eq!(refusal(used), Refusal::StepUpRequired, "{}", world.name);
            assert!(check_as(&world, &ticket, "curl", Purpose::StepUp).is_ok());
        }
        assert!(
            check_as(&world, &ticket, "Firefox", Purpose::Use).is_ok(),
            "its own client uses it all along"
        );
        let from_curl = check_as(&world, &ticket, "curl", Purpose::StepUp).unwrap();
        let client = Client { agent: Some("curl".into()), ..world.client.clone() };
        let proven = wait(world.authority.step_up(&from_curl, &world.proof("anna"), &client, &world.origin));
        assert!(check_as(&world, &proven.unwrap().ticket, "curl", Purpose::Use).is_ok(), "proven anew");
    }
}

#[test]
fn a_bound_session_is_refused_to_another_client_whatever_it_wants() {
    for world in worlds(BindingPolicy::Reject) {
        let ticket = world.sign_in("anna").ticket;
        for purpose in [Purpose::Use, Purpose::StepUp] {
            assert_eq!(
                refusal(check_as(&world, &ticket, "curl", purpose)),
                Refusal::ClientChanged,
                "{}",
                world.name
            );
        }
        assert!(check_as(&world, &ticket, "Firefox", Purpose::Use).is_ok());
    }
}
