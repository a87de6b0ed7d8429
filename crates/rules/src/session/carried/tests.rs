use super::*;
use crate::refusal::Limit;
use crate::session::binding::Client;
use crate::session::check::Purpose;
use crate::session::patch::Change;
use crate::session::policy::BindingPolicy;
use crate::session::sample::{START, after, entropy, session};
use cloakroom_model::records::event::{EventName, Origin};
use cloakroom_model::records::session::Binding;
use cloakroom_model::words::time::Span;

fn decided(
    session: &Session,
    from: &Client,
    binding: BindingPolicy,
    under_active_key: bool,
    now: Time,
) -> Decision {
    let host = "app.example".parse().unwrap();
    let (origin, purpose) = (Origin::default(), Purpose::Use);
    let request = Request { host: &host, client: from, origin: &origin, renewable: true, purpose };
    let policy = SessionPolicy { binding, ..SessionPolicy::default() };
    decide(&request, &Facts { session, under_active_key }, &policy, now, &entropy()).unwrap()
}

fn is_due(under_active_key: bool, now: Time) -> bool {
    match decided(&session(), &Client::default(), BindingPolicy::Record, under_active_key, now) {
        Decision::Live { session, is_due, told } => {
            assert_eq!((session.last_seen, told), (now, Trail::none()));
            is_due
        }
        refused => panic!("{refused:?}"),
    }
}

/// Idle an hour: the cookie is made anew every three minutes, and whenever the key has changed.
#[test]
fn the_cookie_is_made_anew_once_in_a_while() {
    for (under_active_key, now, due) in [
        (true, START, false),
        (true, after(Span::millis(179_999)), false),
        (true, after(Span::minutes(3)), true),
        (false, START, true),
    ] {
        assert_eq!(is_due(under_active_key, now), due, "{under_active_key} {now:?}");
    }
}

#[test]
fn limits_hold_as_for_any_session() {
    let at = |now| decided(&session(), &Client::default(), BindingPolicy::Record, true, now);
    let expired = |limit| Decision::Refuse(Refusal::Expired(limit), Trail::none());
    assert_eq!(at(after(Span::hours(1))), expired(Limit::Idle));
    assert_eq!(at(after(Span::hours(8))), expired(Limit::Absolute));
}

#[test]
fn a_changed_client_is_told_of_and_noted_and_no_other_cookie_dies_of_it() {
    let noted = Binding { address: Some("192.0.2.0/24".into()), ..Binding::default() };
    let session = Session { binding: Some(noted), ..session() };
    let moved = Client { address: Some("198.51.100.0/24".into()), ..Client::default() };
    match decided(&session, &moved, BindingPolicy::Record, true, START) {
        Decision::Live { session: going_on, is_due, told } => {
            assert_eq!((going_on.version, going_on.binding), (session.version, moved.to_binding()));
            assert!(is_due && told.facts.is_empty());
            assert_eq!(told.events[0].name, EventName::BindingChanged);
        }
        refused => panic!("{refused:?}"),
    }
    for (policy, refusal) in
        [(BindingPolicy::StepUp, Refusal::StepUpRequired), (BindingPolicy::Reject, Refusal::ClientChanged)]
    {
        let refused = decided(&session, &moved, policy, true, START);
        assert!(matches!(refused, Decision::Refuse(why, _) if why == refusal), "{refused:?}");
    }
}

#[test]
fn data_does_not_run_ahead_of_the_version() {
    let (session, policy) = (session(), SessionPolicy::default());
    let mut change = Change::default();
    change.set("cart", &7).unwrap();
    let request = patch::Request { change: &change };
    let written = patched(&request, &patch::Facts { session: &session }, &policy).unwrap();
    assert_eq!((written.version, written.data.value("cart")), (session.version, Some(&[7][..])));
}
