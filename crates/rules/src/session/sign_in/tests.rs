use super::*;
use crate::session::patch::NOTHING;
use crate::session::sample::{START, after, anna, entropy, groups, proof, session, told, visitor};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Generations;
use cloakroom_model::words::time::Span;

fn signed_in(own: Option<&Session>, sessions: &[Session], policy: &SessionPolicy) -> Decision {
    under(None, own, sessions, policy).unwrap()
}

fn under(
    parent: Option<&Session>,
    own: Option<&Session>,
    sessions: &[Session],
    policy: &SessionPolicy,
) -> Result<Decision, Stop> {
    let (proof, host) = (proof("anna", 6), "app.example".parse().unwrap());
    let request = Request {
        proof: &proof,
        host: &host,
        class: SignedInClass::Remembered,
        groups: &groups(&["staff", "admin", "staff"]),
        client: &Client { agent: Some("Firefox".into()), ..Client::default() },
        device: &Device { label: "Firefox".into(), ..Device::default() },
        origin: &Origin::default(),
        change: &NOTHING,
    };
    decide(&request, &Facts { own, parent, sessions }, policy, after(Span::minutes(10)), &entropy())
}

#[test]
fn the_session_is_new_and_carries_its_proof() {
    let visitor = visitor();
    let decision = signed_in(Some(&visitor), &[], &SessionPolicy::default());
    let session = &decision.session;
    assert_ne!(session.id, visitor.id);
    assert_eq!(session.subject, Some(anna()));
    assert_eq!(session.generations, Generations { user: 6, epoch: 1 });
    assert_eq!(session.assurance.as_ref().unwrap().methods.len(), 2);
    assert_eq!(session.groups, groups(&["admin", "staff"]));
    assert_eq!(session.class, Class::Remembered);
    assert_eq!(
        (session.idle, session.absolute),
        (Span::days(14), after(Span::minutes(10)).plus(Span::days(30)))
    );
    let wanted =
        [(EventName::LoginSuccess, Some(Reason::SignIn)), (EventName::SessionOpened, Some(Reason::SignIn))];
    assert_eq!(told(&decision.trail.events), wanted);
}

/// Invariant 8: a pre-sign-in ticket never authenticates afterwards, and what it held is not identity.
#[test]
fn the_visitors_session_ends_and_only_declared_names_come_along() {
    let mut visitor = visitor();
    visitor.data.set("cart", &[1]).unwrap();
    visitor.data.set("user_id", &[2]).unwrap();
    let policy = SessionPolicy { survives_sign_in: ["cart".to_owned()].into(), ..SessionPolicy::default() };
    let decision = signed_in(Some(&visitor), &[], &policy);
    assert_eq!(decision.session.data.names().collect::<Vec<_>>(), ["cart"]);
    let (closed, trail) = &decision.closing[0];
    assert_eq!((*closed, &trail.facts[0].fact.key), (visitor.id, &FactKey::Session(visitor.id)));
    assert_eq!(told(&trail.events), [(EventName::SessionClosed, Some(Reason::Replaced))]);
    assert!(signed_in(Some(&visitor), &[], &SessionPolicy::default()).session.data.is_empty());
}

#[test]
fn from_somebodys_session_nothing_comes_along() {
    let mut own = session();
    own.data.set("cart", &[1]).unwrap();
    let policy = SessionPolicy { survives_sign_in: ["cart".to_owned()].into(), ..SessionPolicy::default() };
    assert!(signed_in(Some(&own), &[own.clone()], &policy).session.data.is_empty());
}

#[test]
fn room_is_made_by_the_expired_and_then_the_least_recently_used() {
    let policy = SessionPolicy { sessions_at_most: 3, ..SessionPolicy::default() };
    let at = |number: u8, seen: Span, idle: Span| Session {
        id: SessionId::from_bytes([number; 16]),
        last_seen: after(seen),
        idle,
        ..session()
    };
    let (used, longest_unused) =
        (at(20, Span::minutes(8), Span::hours(1)), at(21, Span::ZERO, Span::hours(1)));
    let expired = at(22, Span::minutes(1), Span::minutes(2));
    let closed = |sessions: &[Session], own: Option<&Session>| {
        signed_in(own, sessions, &policy).closing.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    };
    let two = [longest_unused.clone(), used.clone()];
    assert_eq!(closed(&two, None), []);
    assert_eq!(closed(&[two[0].clone(), expired.clone(), two[1].clone()], None), [expired.id]);
    let four =
        [longest_unused.clone(), expired.clone(), used.clone(), at(23, Span::minutes(9), Span::hours(1))];
    assert_eq!(closed(&four, None), [expired.id, longest_unused.id]);
    assert_eq!(closed(&four[1..], Some(&used)), [used.id], "one's own place is free already");
    assert!(START < expired.last_seen);
}

#[test]
fn a_child_is_of_the_same_user_one_deep_and_no_older_than_its_parent() {
    let (parent, policy) = (session(), SessionPolicy { sessions_at_most: 1, ..SessionPolicy::default() });
    let decision = under(Some(&parent), None, core::slice::from_ref(&parent), &policy).unwrap();
    assert_eq!((decision.session.parent, decision.session.absolute), (Some(parent.id), parent.absolute));
    assert!(
        decision.session.idle == parent.idle && parent.idle < policy.lifetimes.remembered.idle,
        "nor longer unused"
    );
    assert_eq!(decision.closing, [], "what it hangs from makes no room for it");
    let grandparent = Session { parent: Some(SessionId::from_bytes([7; 16])), ..session() };
    for wrong in [visitor(), Session { subject: Some("mallory".parse().unwrap()), ..session() }, grandparent]
    {
        assert_eq!(under(Some(&wrong), None, &[], &policy), Err(Refusal::AnotherUser.into()));
    }
}

#[test]
fn from_a_dead_visitor_or_one_of_another_host_nothing_comes_along() {
    let policy = SessionPolicy { survives_sign_in: ["cart".to_owned()].into(), ..SessionPolicy::default() };
    let with_cart = |mut visitor: Session| {
        visitor.data.set("cart", &[1]).unwrap();
        signed_in(Some(&visitor), &[], &policy).session.data
    };
    assert!(!with_cart(visitor()).is_empty());
    assert!(with_cart(Session { host: "other.example".parse().unwrap(), ..visitor() }).is_empty());
    assert!(with_cart(Session { idle: Span::minutes(1), ..visitor() }).is_empty());
}
