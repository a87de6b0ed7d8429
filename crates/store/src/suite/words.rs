//! Short ways to say what the cases say often.

use super::rig::{Rig, Violation};
use crate::fault::{Answer, Fault};
use crate::sessions::{Closing, Loaded, Offer, Open, Opened, Patch, Raise, Raised, Rotate, When};
use cloakroom_model::ports::Clock;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Outcome};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::session::{Assurance, Class, Device, Generations, Row, Session};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::{Digest, LookUp};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::{Span, Time};
use core::future::Future;
use std::sync::atomic::Ordering::Relaxed;

impl From<Fault> for Violation {
    fn from(fault: Fault) -> Self {
        Self::of(format!("an outage where there should be none: {fault:?}"))
    }
}

/// Waits for an answer, without a runtime.
pub(super) fn wait<T>(answer: impl Future<Output = Answer<T>>) -> Answer<T> {
    pollster::block_on(answer)
}

pub(super) fn subject(name: &str) -> Result<SubjectId, Violation> {
    name.parse().map_err(|_| Violation::of(format!("{name:?} is no subject")))
}

/// A digest nobody else has, or the same for the same number.
pub(super) fn look_up(number: u64) -> LookUp {
    LookUp(Digest::of(&[b"look-up", &number.to_be_bytes()]).0)
}

pub(super) fn session_id(number: u64) -> SessionId {
    let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        Digest::of(&[b"session", &number.to_be_bytes()]).0;
    SessionId::from_bytes(bytes)
}

pub(super) fn version_fact(session: &Session) -> KeptFact {
    let fact = Fact { key: FactKey::Version(session.id), at_least: session.version };
    KeptFact { fact, until: session.absolute }
}

pub(super) fn revoked(session: &Session) -> KeptFact {
    KeptFact { fact: Fact::revoke(FactKey::Session(session.id)), until: session.absolute }
}

impl Rig {
    pub(super) fn next(&self) -> u64 {
        self.made.fetch_add(1, Relaxed) + 1
    }

    /// The time of the clock the store was opened with.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, span: Span) {
        self.clock.advance(span);
    }

    /// A session nobody has opened yet: idle one hour, absolute eight.
    pub fn row(&self, of: Option<&SubjectId>) -> Row {
        let (number, now) = (self.next(), self.now());
        Row {
            look_up: look_up(number),
            kid: 1,
            session: Session {
                id: session_id(number),
                class: if of.is_some() { Class::Browser } else { Class::Anonymous },
                host: self.host(),
                subject: of.cloned(),
                parent: None,
                assurance: of.map(|_| Assurance { methods: Vec::new(), at: now }),
                groups: Vec::new(),
                generations: Generations::default(),
                created: now,
                last_seen: now,
                idle: Span::hours(1),
                absolute: now.plus(Span::hours(8)),
                rotated: now,
                ticket: 0,
                version: 1,
                device: Device::default(),
                binding: None,
                data: Data::default(),
            },
        }
    }

    fn host(&self) -> cloakroom_model::words::host::Host {
        match "app.example".parse() {
            Ok(host) => host,
            Err(_) => self.host(),
        }
    }

    pub(super) fn event(&self, name: EventName, session: SessionId) -> Event {
        Event {
            name,
            at: self.now(),
            actor: Actor::System,
            subject: None,
            session: Some(session),
            family: None,
            origin: Origin::default(),
            outcome: Outcome::Done,
            reason: None,
            salt: [7; 16],
        }
    }

    /// A trail with one event about a session.
    pub fn telling(&self, name: EventName, session: SessionId) -> Trail {
        Trail { facts: Vec::new(), events: vec![self.event(name, session)] }
    }

    /// A session to end, with its fact and its event.
    pub fn ending(&self, session: &Session) -> Closing {
        let trail = Trail {
            facts: vec![revoked(session)],
            events: vec![self.event(EventName::SessionClosed, session.id)],
        };
        Closing { session: session.id, when: When::Always, trail }
    }

    /// Opens a session, with its event.
    pub fn open_as(&self, open: Open) -> Answer<Opened> {
        let trail = self.telling(EventName::SessionOpened, open.row.session.id);
        wait(self.stores.sessions.open(open, &trail))
    }

    /// Opens a session for a subject, and answers its row.
    pub fn opened(&self, of: Option<&SubjectId>) -> Result<Row, Violation> {
        let mut row = self.row(of);
        row.session.generations = wait(self.stores.ledger.generations(of))?;
        match self.open_as(Open { row: row.clone(), at_most: None, closing: Vec::new(), family: None })? {
            Opened::Done(..) => Ok(row),
            other => Err(Violation::of(format!("a fresh session does not open: {other:?}"))),
        }
    }

    /// What the ticket of a session names.
    pub fn load(&self, row: &Row) -> Result<Option<Loaded>, Violation> {
        Ok(wait(self.stores.sessions.load(&row.look_up))?)
    }

    /// Whether the session a ticket names is there and depends on nothing that has passed it.
    pub fn is_live(&self, row: &Row) -> Result<bool, Violation> {
        Ok(self.load(row)?.is_some_and(|loaded| {
            let session = &loaded.row.session;
            !session.generations.superseded_by(loaded.truth) && session.expires() > self.now()
        }))
    }

    /// A change of one key of a session's data.
    pub fn patch_of(&self, session: &Session, name: &str, value: u8) -> Result<Patch, Violation> {
        let mut next = session.clone();
        next.version += 1;
        next.data.set(name, &[value & 0x7f]).map_err(|_| Violation::of("bad data".to_owned()))?;
        Ok(Patch { expect: session.version, session: next })
    }

    /// A pending ticket for whoever presents the current one.
    pub fn offer_to(&self, row: &Row, at_most: u32) -> Offer {
        Offer {
            session: row.session.id,
            presented: row.look_up,
            kid: row.kid,
            look_up: look_up(self.next()),
            at_most,
        }
    }

    /// The session as it is now.
    pub fn current(&self, session: SessionId) -> Result<Row, Violation> {
        let found = wait(self.stores.sessions.find(session))?;
        found.map(|loaded| loaded.row).ok_or_else(|| Violation::of("a session is gone".to_owned()))
    }

    /// A new ticket at once, with its fact and its event.
    pub fn rotation_of(&self, row: &Row) -> (Rotate, Trail) {
        let mut next = Row { look_up: look_up(self.next()), ..row.clone() };
        next.session.version += 1;
        next.session.ticket += 2;
        let mut trail = self.telling(EventName::SessionRotated, next.session.id);
        trail.facts.push(version_fact(&next.session));
        (Rotate { expect: row.session.version, row: next, family: None }, trail)
    }

    /// The fact that raises a generation.
    pub fn raise_trail(&self, of: &SubjectId, to: u64) -> Trail {
        let fact = Fact { key: FactKey::User(of.clone()), at_least: to };
        Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() }
    }

    /// Ends every session of a subject, however often others are faster.
    pub fn revoke_all(&self, of: &SubjectId) -> Result<(), Violation> {
        for _ in 0..64 {
            let expect = wait(self.stores.ledger.generations(Some(of)))?.user;
            let raise = Raise { subject: of.clone(), expect, keep: None };
            if let Raised::Done(..) =
                wait(self.stores.sessions.raise(raise, &self.raise_trail(of, expect + 1)))?
            {
                return Ok(());
            }
        }
        Err(Violation::of("a generation does not rise".to_owned()))
    }

    pub(super) fn raise_epoch(&self) -> Result<(), Violation> {
        let epoch = wait(self.stores.ledger.generations(None))?.epoch + 1;
        let fact = Fact { key: FactKey::Epoch, at_least: epoch };
        let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
        wait(self.stores.ledger.publish(&trail))?;
        Ok(())
    }

    pub(super) fn lane(&self) -> Result<LaneId, Violation> {
        let chains = wait(self.stores.events.chains())?;
        chains
            .first()
            .map(|(lane, _)| *lane)
            .ok_or_else(|| Violation::of("a store without a lane".to_owned()))
    }

    /// The names of all events about a session, in the order of each lane.
    pub fn told_of(&self, session: SessionId) -> Result<Vec<EventName>, Violation> {
        let mut links = Vec::new();
        for (lane, _) in wait(self.stores.events.chains())? {
            links.extend(wait(self.stores.events.tail(lane, 0, usize::MAX >> 1))?);
        }
        let events = links.into_iter().filter_map(|link| link.event);
        Ok(events.filter(|event| event.session == Some(session)).map(|event| event.name).collect())
    }
}
