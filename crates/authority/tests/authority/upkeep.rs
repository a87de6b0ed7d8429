//! What is done from time to time.

use crate::world::{World, wait, worlds};
use cloakroom_authority::upkeep::Round;
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::time::Span;

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
