use super::*;
use std::collections::BTreeSet;

fn full() -> Event {
    Event {
        name: EventName::SessionClosed,
        at: Time::from_millis(1_790_000_000_123),
        actor: Actor::Admin("root".parse().unwrap()),
        subject: Some("anna".parse().unwrap()),
        session: Some(SessionId::from_bytes([1; 16])),
        family: Some(FamilyId::from_bytes([2; 16])),
        origin: Origin { address: "192.0.2.0/24".to_owned(), request: "r-1".to_owned() },
        outcome: Outcome::Done,
        reason: Some(Reason::RevokedByAdmin),
        salt: [9; 16],
    }
}

#[test]
fn full_and_bare_events_come_back() {
    let bare = Event {
        actor: Actor::System,
        subject: None,
        session: None,
        family: None,
        origin: Origin::default(),
        reason: None,
        ..full()
    };
    for event in [full(), bare] {
        assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
    }
}

#[test]
fn cut_short_or_changed_kind_bytes_are_refused() {
    let bytes = full().to_bytes();
    for length in 0..bytes.len() {
        assert!(Event::from_bytes(&bytes[..length]).is_err());
    }
    for place in [0, 1, 2, 3] {
        let mut other = bytes.clone();
        other[place] = 0xfe;
        assert!(Event::from_bytes(&other).is_err(), "byte {place}");
    }
}

#[test]
fn names_and_codes_are_each_used_once() {
    let names: BTreeSet<_> = EventName::ALL.iter().map(|name| name.as_str()).collect();
    let codes: BTreeSet<_> = EventName::ALL.iter().map(|name| name.code()).collect();
    assert_eq!((names.len(), codes.len()), (EventName::ALL.len(), EventName::ALL.len()));
    let reasons: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(reasons.len(), Reason::ALL.len());
    assert!(!reasons.contains(&0));
}
