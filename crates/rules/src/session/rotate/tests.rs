use super::*;
use crate::session::sample::{after, entropy, groups, proof, session, told};
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::words::time::Span;

fn rotated(why: Why<'_>) -> Result<Decision, Stop> {
    let (request, session) = (Request { why, origin: &Origin::default() }, session());
    decide(&request, &Facts { session: &session, is_carried: false }, after(Span::minutes(6)), &entropy())
}

#[test]
fn a_step_up_takes_assurance_and_generations_from_its_proof() {
    let decision = rotated(Why::StepUp(&proof("anna", 4), &Client::default())).unwrap();
    let now = decision.session;
    assert_eq!(now.assurance.unwrap().at, after(Span::minutes(5)));
    let version = after(Span::minutes(6)).millis().cast_unsigned();
    assert_eq!((now.version, now.ticket, now.rotated), (version, 5, after(Span::minutes(6))));
    assert_eq!(now.absolute, session().absolute, "a step-up makes no session live longer");
    let fact = Fact { key: FactKey::Version(session().id), at_least: version };
    assert_eq!(decision.trail.facts[0].fact, fact, "copies with the old ticket are no evidence");
    assert_eq!(told(&decision.trail.events), [(EventName::SessionRotated, Some(Reason::StepUp))]);
}

#[test]
fn no_record_that_was_put_aside_is_newer() {
    let at = |minutes| after(Span::minutes(minutes));
    let first = under_new_ticket(&session(), at(1));
    // Whoever holds its ticket writes to it as often as they can, and keeps what they got.
    let put_aside = Session { version: first.version + 10_000, ..first.clone() };
    assert!(under_new_ticket(&first, at(2)).version > put_aside.version);
    // A clock that was set back makes nothing older.
    assert_eq!(under_new_ticket(&put_aside, at(0)).version, put_aside.version + 1);
}

#[test]
fn a_proof_of_somebody_else_steps_nobody_up() {
    assert_eq!(
        rotated(Why::StepUp(&proof("mallory", 4), &Client::default())),
        Err(Refusal::AnotherUser.into())
    );
}

#[test]
fn groups_and_binding_rotate_too() {
    let decision = rotated(Why::Groups(&groups(&["admin"]))).unwrap();
    assert_eq!(decision.session.groups, groups(&["admin", "staff"]), "gained, never lost");
    let client = Client { agent: Some("Chrome".into()), ..Client::default() };
    let decision = rotated(Why::Binding(&client)).unwrap();
    assert_eq!(decision.session.binding, client.to_binding());
    assert_eq!(decision.session.ticket, 5);
}

#[test]
fn a_step_up_from_a_new_client_notes_it() {
    let client = Client { agent: Some("Chrome".into()), ..Client::default() };
    let noted = Client { agent: Some("Firefox".into()), ..Client::default() }.to_binding();
    let session = Session { binding: noted, ..session() };
    let request = Request { why: Why::StepUp(&proof("anna", 4), &client), origin: &Origin::default() };
    let decision = decide(
        &request,
        &Facts { session: &session, is_carried: false },
        after(Span::minutes(6)),
        &entropy(),
    )
    .unwrap();
    assert_eq!(decision.session.binding, client.to_binding(), "or it would be asked again for ever");
}

#[test]
fn two_who_change_one_cookie_at_a_time_are_both_good() {
    let (proof, client, session) = (proof("anna", 4), Client::default(), session());
    let [one, other] = [6, 7].map(|minutes| {
        let request = Request { why: Why::StepUp(&proof, &client), origin: &Origin::default() };
        let facts = Facts { session: &session, is_carried: true };
        decide(&request, &facts, after(Span::minutes(minutes)), &entropy()).unwrap().session.version
    });
    assert_eq!(
        (one, other),
        (session.version + 1, session.version + 1),
        "the later one makes the other one stale"
    );
}
