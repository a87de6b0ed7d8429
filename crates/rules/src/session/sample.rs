//! A session to start from, and short words for the tables.

use crate::audit::tell::By;
use crate::login::proof::{LoginAttempt, LoginProof};
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Reason};
use cloakroom_model::records::session::{Assurance, Class, Device, Generations, Session};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::{Span, Time};

pub(super) const START: Time = Time::from_millis(1_790_000_000_000);

pub(super) fn after(span: Span) -> Time {
    START.plus(span)
}

pub(super) fn entropy() -> SeededEntropy {
    SeededEntropy::new(11)
}

pub(super) fn anna() -> SubjectId {
    "anna".parse().unwrap()
}

pub(super) fn groups(names: &[&str]) -> Vec<Group> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub(super) fn admin() -> By {
    By { actor: Actor::Admin("root".parse().unwrap()), origin: Origin::default() }
}

/// Anna's, opened at the start, idle an hour, eight hours in all, rotated at the start.
pub(super) fn session() -> Session {
    Session {
        id: SessionId::from_bytes([1; 16]),
        class: Class::Browser,
        host: "app.example".parse().unwrap(),
        subject: Some(anna()),
        parent: None,
        assurance: Some(Assurance { methods: vec!["pwd".parse().unwrap()], at: START }),
        groups: groups(&["staff"]),
        generations: Generations { user: 4, epoch: 1 },
        created: START,
        last_seen: START,
        idle: Span::hours(1),
        absolute: after(Span::hours(8)),
        rotated: START,
        ticket: 3,
        version: 7,
        device: Device::default(),
        binding: None,
        data: Data::default(),
    }
}

pub(super) fn visitor() -> Session {
    let session = session();
    let id = SessionId::from_bytes([9; 16]);
    Session { id, class: Class::Anonymous, subject: None, assurance: None, groups: Vec::new(), ..session }
}

pub(super) fn proof(subject: &str, user: u64) -> LoginProof {
    let attempt = LoginAttempt::begin(subject.parse().unwrap(), Generations { user, epoch: 1 });
    attempt.proven(vec!["pwd".parse().unwrap(), "otp".parse().unwrap()], after(Span::minutes(5)))
}

pub(super) fn told(events: &[Event]) -> Vec<(EventName, Option<Reason>)> {
    events.iter().map(|event| (event.name, event.reason)).collect()
}
