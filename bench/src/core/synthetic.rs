//! A store that has a session for every ticket: it makes the session up. So that ten million of them can be
//! known without a store that holds them.

use async_trait::async_trait;
use cloakroom_authority::session::Presented;
use cloakroom_authority::{Authority, Settings};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_model::ports::{Clock, Entropy, NoEntropy, SystemClock};
use cloakroom_model::records::data::Data;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::{Assurance, Class, Device, Generations, Row, Session, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch,
};
use cloakroom_testkit::engine::{Failure, ring, wait};
use std::sync::Arc;

#[derive(Debug)]
struct Synthetic(Session);

const NEVER: Fault = Fault::of(FaultKind::Unavailable);

#[async_trait]
impl Sessions for Synthetic {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        let mut session = self.0.clone();
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = look_up.0;
        session.id = SessionId::from_bytes(id);
        let row = Row { look_up: *look_up, kid: 1, session };
        Ok(Some(Loaded { row, standing: Standing::Current, pending: 0, truth: Generations::default() }))
    }

    async fn find(&self, _: SessionId) -> Answer<Option<Loaded>> {
        Err(NEVER)
    }

    async fn of_subject(&self, _: &SubjectId) -> Answer<Vec<Row>> {
        Err(NEVER)
    }

    async fn expired(&self, _: usize) -> Answer<Expired> {
        Err(NEVER)
    }

    async fn census(&self) -> Answer<Census> {
        Err(NEVER)
    }

    async fn open(&self, _: Open, _: &Trail) -> Answer<Opened> {
        Err(NEVER)
    }

    async fn patch(&self, _: Patch, _: &Trail) -> Answer<Patched> {
        Err(NEVER)
    }

    async fn rotate(&self, _: Rotate, _: &Trail) -> Answer<Rotated> {
        Err(NEVER)
    }

    async fn offer(&self, _: Offer, _: &Trail) -> Answer<Offered> {
        Err(NEVER)
    }

    async fn promote(&self, _: Promote, _: &Trail) -> Answer<Promoted> {
        Err(NEVER)
    }

    async fn raise(&self, _: Raise, _: &Trail) -> Answer<Raised> {
        Err(NEVER)
    }

    async fn touch(&self, _: Vec<Touch>) -> Answer<()> {
        Ok(())
    }

    async fn close(&self, _: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        Err(NEVER)
    }
}

/// A signed-in session with a hundred bytes of data.
pub(crate) fn session(now: Time) -> Result<Session, Failure> {
    let mut data = Data::default();
    let hundred = [&[0xc4, 90][..], &[7; 90]].concat();
    data.set("cart", &hundred).map_err(|_| "data that does not fit")?;
    Ok(Session {
        id: SessionId::from_bytes([0; 16]),
        class: Class::Browser,
        host: "app.example.com".parse().map_err(|_| "a host that is none")?,
        subject: Some("user-12345".parse().map_err(|_| "a subject that is none")?),
        parent: None,
        assurance: Some(Assurance {
            methods: vec!["pwd".parse().map_err(|_| "a method that is none")?],
            at: now,
        }),
        groups: Vec::new(),
        generations: Generations::default(),
        created: now,
        last_seen: now,
        idle: Span::hours(1),
        absolute: now.plus(Span::hours(8)),
        rotated: now,
        ticket: 0,
        version: 1,
        device: Device {
            label: "Firefox on Linux".into(),
            agent: "Firefox".into(),
            address: "192.0.2.0/24".into(),
        },
        binding: None,
        data,
    })
}

/// An engine for which every ticket names a session, and what every request to it has in common.
pub(crate) struct Desk {
    pub(crate) authority: Authority,
    host: Host,
    client: Client,
    origin: Origin,
}

impl Desk {
    pub(crate) fn open(known_at_most: usize) -> Result<Self, Failure> {
        let host = "app.example.com".parse().map_err(|_| "a host that is none")?;
        let (client, origin) = (Client::default(), Origin::default());
        Ok(Self { authority: engine(known_at_most)?, host, client, origin })
    }

    pub(crate) fn learn(&self, ticket: &Ticket) -> Result<(), Failure> {
        wait(self.authority.check(&self.presented(ticket)))?;
        Ok(())
    }

    pub(crate) fn knows(&self, ticket: &Ticket) -> bool {
        matches!(self.authority.known(ticket, &self.host, &self.client), Some(Ok(_)))
    }

    const fn presented<'a>(&'a self, ticket: &'a Ticket) -> Presented<'a> {
        let Self { host, client, origin, .. } = self;
        Presented { ticket, host, client, origin, renewable: true, purpose: Purpose::Use }
    }
}

fn engine(known_at_most: usize) -> Result<Authority, Failure> {
    let clock = Arc::new(SystemClock);
    let mut stores = MemoryStore::open(clock.clone(), Limits::default()).into_stores();
    stores.sessions = Arc::new(Synthetic(session(clock.now())?));
    Ok(wait(Authority::open(Settings {
        stores,
        ring: ring()?,
        clock,
        entropy: Arc::new(SystemEntropy::open()?),
        policy: SessionPolicy::default(),
        known_at_most,
        tokens: None,
        assertions: None,
        may_forget: false,
    }))?)
}

/// The ticket of a number: always the same.
pub(crate) fn ticket(number: u64) -> Result<Ticket, Failure> {
    #[derive(Debug)]
    struct Counted(u64);
    impl Entropy for Counted {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
            let mut state = self.0;
            for chunk in out.chunks_mut(8) {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                chunk
                    .iter_mut()
                    .zip((mixed ^ (mixed >> 31)).to_le_bytes())
                    .for_each(|(place, byte)| *place = byte);
            }
            Ok(())
        }
    }
    let counted = Counted(number.wrapping_mul(0x632b_e59b_d9b4_e019));
    Ok(Ticket::draw(Shard::of([0, number as u8]), &counted)?)
}
