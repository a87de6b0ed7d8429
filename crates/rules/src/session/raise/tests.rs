use super::*;
use crate::session::sample::{START, admin, anna, entropy, groups, session, told, visitor};
use cloakroom_model::records::fact::{Fact, FactKey};

const TRUTH: Generations = Generations { user: 4, epoch: 1 };

fn raise(why: &Why, keep: Option<&Session>) -> Result<Decision, Stop> {
    let (subject, by) = (anna(), admin());
    let request = Request { subject: &subject, why, by: &by };
    decide(&request, &Facts { truth: TRUTH, keep, at_least: 0 }, START, &entropy())
}

#[test]
fn one_fact_ends_everything() {
    let decision = raise(&Why::RevokedByAdmin, None).unwrap();
    let facts: Vec<_> = decision.trail.facts.iter().map(|kept| (kept.fact.clone(), kept.until)).collect();
    assert_eq!(facts, [(Fact { key: FactKey::User(anna()), at_least: 5 }, Time::MAX)]);
    assert_eq!(told(&decision.trail.events), [(EventName::FactPublished, Some(Reason::RevokedByAdmin))]);
}

#[test]
fn the_one_that_asked_is_stamped_anew_under_a_new_ticket() {
    let decision = raise(&Why::CredentialChanged, Some(&session())).unwrap();
    let keep = decision.keep.unwrap();
    assert_eq!(keep.generations, Generations { user: 5, epoch: 1 });
    assert_eq!((keep.version, keep.ticket), (keep.rotated.millis().cast_unsigned(), 5));
    assert_eq!(decision.trail.facts[1].fact.key, FactKey::Version(keep.id));
    let wanted = [
        (EventName::PasswordChange, Some(Reason::PasswordChange)),
        (EventName::SessionRotated, Some(Reason::PasswordChange)),
    ];
    assert_eq!(told(&decision.trail.events), wanted);
}

#[test]
fn a_demotion_leaves_the_groups_that_are_left() {
    let decision = raise(&Why::Demoted(groups(&["guest"])), Some(&session())).unwrap();
    assert_eq!(decision.keep.unwrap().groups, groups(&["guest"]));
}

#[test]
fn nobody_elses_session_stays_and_none_of_a_disabled_user() {
    for (why, keep) in [(Why::SignOutEverywhere, visitor()), (Why::Disabled, session())] {
        assert_eq!(raise(&why, Some(&keep)), Err(Refusal::AnotherUser.into()), "{why:?}");
    }
}

#[test]
fn the_one_that_stays_is_taken_off_what_ends() {
    let child =
        Session { parent: Some(cloakroom_model::words::id::SessionId::from_bytes([5; 16])), ..session() };
    assert_eq!(raise(&Why::CredentialChanged, Some(&child)).unwrap().keep.unwrap().parent, None);
}
