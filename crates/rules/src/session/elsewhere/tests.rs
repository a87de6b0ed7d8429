use super::*;
use crate::session::sample::{START, admin, entropy, groups, session, told};
use cloakroom_model::records::fact::{Fact, FactKey};

fn gained(names: &[&str]) -> Decision {
    let (session, by) = (session(), admin());
    let request = Request { gained: &groups(names), by: &by };
    decide(&request, &Facts { session: &session }, START, &entropy()).unwrap()
}

#[test]
fn a_group_gained_elsewhere_makes_copies_stale_and_the_ticket_due() {
    let (changed, trail) = gained(&["admin"]).unwrap();
    assert_eq!(changed.groups, groups(&["admin", "staff"]));
    assert_eq!(trail.facts[0].fact, Fact { key: FactKey::Version(session().id), at_least: 8 });
    assert_eq!(changed.ticket, session().ticket, "the ticket stays good");
    assert_eq!(changed.rotated, Time::from_millis(0), "and is replaced at the next occasion");
    assert_eq!(told(&trail.events), [(EventName::SessionRotated, Some(Reason::GroupsChanged))]);
}

#[test]
fn a_group_the_user_has_already_changes_nothing() {
    assert_eq!(gained(&["staff"]), None);
}
