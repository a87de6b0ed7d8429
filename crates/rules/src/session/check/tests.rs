use super::*;
use crate::session::sample::{START, after, entropy, session, told};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Binding;
use cloakroom_model::words::time::Span;

struct Case {
    session: Session,
    standing: Standing,
    pending: u32,
    truth: Generations,
    host: &'static str,
    client: Client,
    renewable: bool,
    binding: BindingPolicy,
    purpose: Purpose,
}

fn good() -> Case {
    Case {
        session: session(),
        standing: Standing::Current,
        pending: 0,
        truth: Generations { user: 4, epoch: 1 },
        host: "app.example",
        client: Client::default(),
        renewable: true,
        binding: BindingPolicy::Record,
        purpose: Purpose::Use,
    }
}

fn at(now: Time, case: Case) -> Decision {
    let host = case.host.parse().unwrap();
    let request = Request {
        host: &host,
        client: &case.client,
        origin: &Origin::default(),
        renewable: case.renewable,
        purpose: case.purpose,
    };
    let facts =
        Facts { session: &case.session, standing: case.standing, pending: case.pending, truth: case.truth };
    let policy = SessionPolicy { binding: case.binding, ..SessionPolicy::default() };
    decide(&request, &facts, &policy, now, &entropy()).unwrap()
}

fn live(decision: Decision) -> Live {
    match decision {
        Decision::Live(live) => live,
        other => panic!("not live: {other:?}"),
    }
}

fn refusal(decision: &Decision) -> Option<Refusal> {
    match decision {
        Decision::Live(_) => None,
        Decision::Refuse(refusal, _) | Decision::End(refusal, _) => Some(*refusal),
    }
}

#[test]
fn a_fresh_session_is_live_until_its_rotation_is_due() {
    let fresh = live(at(after(Span::minutes(5)), good()));
    let wanted = Live { promote: None, offer: false, good_until: after(Span::hours(1)), note: None };
    assert_eq!(fresh, wanted);
}

/// Invariant 9: nothing outlives its absolute limit; a limit is the first moment that is too late.
#[test]
fn limits_to_the_millisecond() {
    let seen_at = |span| Session { last_seen: after(span), ..session() };
    for (now, seen, wanted) in [
        (Span::millis(3_599_999), Span::ZERO, None),
        (Span::hours(1), Span::ZERO, Some(Refusal::Expired(Limit::Idle))),
        (Span::hours(1), Span::millis(1), None),
        (Span::millis(8 * 3_600_000 - 1), Span::hours(7), None),
        (Span::millis(8 * 3_600_000 - 1), Span::millis(7 * 3_600_000 + 1), None),
        (Span::hours(8), Span::millis(8 * 3_600_000 - 1), Some(Refusal::Expired(Limit::Absolute))),
        (Span::days(3), Span::ZERO, Some(Refusal::Expired(Limit::Absolute))),
    ] {
        let decision = at(after(now), Case { session: seen_at(seen), ..good() });
        let found = refusal(&decision);
        assert_eq!(found, wanted, "{now:?} after its start, last seen {seen:?} after it");
    }
}

#[test]
fn a_clock_that_went_back_ends_nothing_and_lengthens_nothing() {
    let early = START.minus(Span::days(2));
    let decision = live(at(early, good()));
    assert!(decision.good_until <= session().absolute);
    assert_eq!(refusal(&at(after(Span::hours(8)), good())), Some(Refusal::Expired(Limit::Absolute)));
}

/// Invariant 5: whatever a newer generation denies is denied.
#[test]
fn generations_below_the_truth_are_over() {
    for (user, epoch, ended) in [(4, 1, false), (3, 0, false), (5, 1, true), (4, 2, true), (0, 2, true)] {
        let decision = at(START, Case { truth: Generations { user, epoch }, ..good() });
        assert_eq!(refusal(&decision) == Some(Refusal::Ended), ended, "truth {user}, {epoch}");
        if let Decision::Refuse(_, trail) = decision {
            assert_eq!(told(&trail.events), [(EventName::CredentialRefused, Some(Reason::Superseded))]);
        }
    }
}

/// Invariant 8: a ticket of one host opens nothing on another.
#[test]
fn another_host_is_refused_and_told() {
    let decision = at(START, Case { host: "other.example", ..good() });
    let Decision::Refuse(Refusal::WrongHost, trail) = decision else { panic!("{decision:?}") };
    assert_eq!(told(&trail.events), [(EventName::CredentialRefused, Some(Reason::WrongHost))]);
    assert!(trail.facts.is_empty(), "a stray ticket must not end its session");
}

#[test]
fn rotation_is_offered_when_due_to_whom_it_can_reach() {
    for (minutes, renewable, pending, offer) in [
        (59, true, 0, false),
        (60, true, 0, true),
        (60, false, 0, false),
        (60, true, 3, true),
        (60, true, 4, false),
    ] {
        let session = Session { last_seen: after(Span::minutes(59)), ..session() };
        let now = after(Span::minutes(minutes));
        let decision = live(at(now, Case { session, renewable, pending, ..good() }));
        assert_eq!(decision.offer, offer, "{minutes} min, renewable {renewable}, {pending} pending");
        let overlap = after(Span::minutes(60)).plus(Span::seconds(30));
        let next_look =
            if offer { now } else { [after(Span::hours(1)), overlap][usize::from(minutes == 60)] };
        assert_eq!(decision.good_until, next_look, "a due rotation is looked at again");
    }
}

#[test]
fn a_pending_ticket_takes_over() {
    let decision = live(at(START, Case { standing: Standing::Pending, pending: 1, ..good() }));
    let promote = decision.promote.unwrap();
    assert_eq!(told(&promote.events), [(EventName::SessionRotated, Some(Reason::Periodic))]);
    assert!(!decision.offer && promote.facts.is_empty(), "the periodic rotation makes no copy stale");
}

#[test]
fn a_superseded_ticket_works_thirty_seconds_and_then_means_two_holders() {
    let standing = Standing::Superseded(START);
    for seconds in [0, 29, 30] {
        let decision = live(at(after(Span::seconds(seconds)), Case { standing, ..good() }));
        assert!(decision.promote.is_none() && !decision.offer, "a superseded ticket gets no new one");
    }
    let decision = at(after(Span::millis(30_001)), Case { standing, ..good() });
    let Decision::End(Refusal::TwoHolders, trail) = decision else { panic!("{decision:?}") };
    assert_eq!(trail.facts[0].fact.key, FactKey::Session(session().id));
    assert_eq!(told(&trail.events), [(EventName::TwoHolders, Some(Reason::TwoHolders))]);
}

#[test]
fn a_changed_client_is_told_questioned_or_refused() {
    let noted = Binding { address: Some("192.0.2.0/24".into()), agent: Some("Firefox".into()), tls: None };
    let client = |address: &str, agent: &str| Client {
        address: (!address.is_empty()).then(|| address.into()),
        agent: (!agent.is_empty()).then(|| agent.into()),
        tls: None,
    };
    use BindingPolicy::{Record, Reject, StepUp};
    let same = "192.0.2.0/24";
    for (policy, purpose, address, agent, wanted) in [
        (Reject, Purpose::Use, same, "Firefox", None),
        (Record, Purpose::Use, same, "curl", None),
        (StepUp, Purpose::Use, same, "curl", Some(Refusal::StepUpRequired)),
        (StepUp, Purpose::StepUp, same, "curl", None),
        (StepUp, Purpose::Use, same, "", Some(Refusal::StepUpRequired)),
        (Reject, Purpose::Use, same, "curl", Some(Refusal::ClientChanged)),
        (Reject, Purpose::StepUp, same, "curl", Some(Refusal::ClientChanged)),
        (Reject, Purpose::Use, "", "Firefox", Some(Refusal::ClientChanged)),
    ] {
        let session = Session { binding: Some(noted.clone()), ..session() };
        let case = Case { session, client: client(address, agent), binding: policy, purpose, ..good() };
        let decision = at(START, case);
        assert_eq!(refusal(&decision), wanted, "{policy:?} {purpose:?} {address} {agent}");
        if let Decision::Refuse(_, trail) = &decision {
            assert!(trail.events.len() == 1 && trail.facts.is_empty());
        }
    }
}

#[test]
fn a_noted_change_keeps_what_is_not_seen_and_makes_copies_stale() {
    let noted = Binding { address: None, agent: Some("Firefox".into()), tls: Some("ja4".into()) };
    let client = Client { address: Some("192.0.2.0/24".into()), agent: Some("curl".into()), tls: None };
    let case = |session| Case { session, client: client.clone(), ..good() };
    let decision = live(at(START, case(Session { binding: Some(noted.clone()), ..session() })));
    let (noting, trail) = *decision.note.unwrap();
    assert_eq!(noting.binding, Some(Binding { tls: Some("ja4".into()), ..client.to_binding().unwrap() }));
    assert_eq!(trail.facts[0].fact.key, FactKey::Version(session().id));
    assert_eq!(told(&trail.events), [(EventName::BindingChanged, Some(Reason::Binding))]);
    let visitor = Session { subject: None, binding: Some(noted), ..session() };
    assert!(
        live(at(START, case(visitor))).note.is_none(),
        "of visitors nothing is told: anybody can make them"
    );
}
