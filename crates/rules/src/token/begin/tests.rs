use super::super::sample::{START, begun, entropy, grant, session};
use super::*;

#[test]
fn a_family_hangs_from_its_session_and_lives_no_longer() {
    let (opened, family) = begun();
    assert_eq!((family.session, family.ticket), (opened.id, opened.ticket));
    assert_eq!((family.generation, family.previous, family.kid), (1, None, 2));
    assert_eq!(family.absolute, opened.absolute);
    assert!(family.idle < opened.idle, "the family's limit is the one that counts");
    let scope: Vec<_> = family.scope.iter().map(Scope::as_str).collect();
    assert_eq!(scope, ["notes:read", "notes:write"], "in order, none twice");
}

#[test]
fn its_salt_and_id_are_drawn_and_its_beginning_is_told() {
    let entropy = entropy();
    let facts = Facts { client_generation: 0, shard: Shard::of([0, 7]), kid: 2 };
    let draw = || {
        let request = Request { session: session(), grant: &grant(), origin: &Origin::default() };
        decide(request, &facts, START, &entropy).unwrap()
    };
    let (one, other) = (draw(), draw());
    assert!(one.family.salt != other.family.salt && one.family.id != other.family.id);
    assert_eq!(one.event.name, EventName::FamilyOpened);
    assert_eq!((one.event.family, one.event.session), (Some(one.family.id), Some(one.session.id)));
}
