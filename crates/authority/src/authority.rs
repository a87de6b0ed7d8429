//! The engine and what it is made of.

use crate::cache::asserted::Asserted;
use crate::cache::near::Near;
use crate::cache::uses::Uses;
use crate::checks::Checks;
use crate::denied::Denied;
use crate::followers::{Delays, Feed};
use crate::issuer::{Issuer, Purpose};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::{Clock, Entropy, NoEntropy};
use cloakroom_model::records::event::{Event, Reason};
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::{KeyId, SessionId};
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::steady::SteadyClock;
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_store::fault::{Fault, FaultKind};
use cloakroom_store::keys::Added;
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Change, Told, Watcher};
use cloakroom_verifier::table::Table;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::watch;

/// The purpose under which root keys are recorded: a check value each, never the key.
const ROOT: &str = "root";
/// How far memory may be behind what others publish.
const BEHIND_AT_MOST: Span = Span::seconds(2);
/// Facts are read in pages when the engine starts.
const PAGE: usize = 4_096;
/// The same refusal of the same session is told once in this time, however often it happens.
const TOLD_AGAIN_AFTER: Span = Span::minutes(1);
/// How many are remembered for that; beyond it the oldest is forgotten, and may be told again.
const TOLD_AT_MOST: usize = 10_000;

/// What an engine is made of.
#[derive(Debug)]
pub struct Settings {
    /// Where everything is kept.
    pub stores: Stores,
    /// The root keys.
    pub ring: KeyRing,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What the integrator chose.
    pub policy: SessionPolicy,
    /// How many sessions are kept in memory at most.
    pub known_at_most: usize,
    /// How tokens are issued, if they are.
    pub tokens: Option<TokenPolicy>,
    /// How apps are told who asks, if they are.
    pub assertions: Option<TokenPolicy>,
    /// What was taken back is forgotten with the process, and that is meant: cookies that carry sessions belong to the root
    /// key alone, and not to the store too.
    pub may_forget: bool,
}

/// An engine that does not start.
#[derive(thiserror::Error)]
pub enum OpenError {
    /// The store does not answer.
    #[error("CK2010: the store does not answer: {0}")]
    Store(#[from] Fault),
    /// The ring lacks a root key that this store was written under later than with any that the ring has.
    #[error(
        "CK3003: this store was written under root key {0}, which the ring does not have\nhint: an older key file was put back; use the newest one"
    )]
    MissingRootKey(u16),
    /// The root key is not the one this store was written under: nobody could sign in or stay signed in.
    #[error(
        "CK3001: root key {0} is not the one this store was written under\nhint: put the right key file back, or start with an empty store"
    )]
    WrongRootKey(u16),
    /// A signing key in the store cannot be opened.
    #[error(
        "CK3007: a signing key in the store cannot be opened\nhint: it was sealed under a root key that the ring does not have, or was damaged; put that root key back, or a backup of the store"
    )]
    SigningKey,
    /// The system cannot make secrets.
    #[error("CK3002: the system has no randomness, or its cryptography fails")]
    NoSecrets,
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for OpenError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl OpenError {
    fn of_keys(denied: Denied) -> Self {
        match denied {
            Denied::Down(fault) if fault.kind() == FaultKind::Corrupt => Self::SigningKey,
            Denied::Down(fault) => Self::Store(fault),
            _ => Self::NoSecrets,
        }
    }
}

impl From<NoEntropy> for OpenError {
    fn from(_: NoEntropy) -> Self {
        Self::NoSecrets
    }
}

pub(crate) type Lineage = [u8; 16];

/// The engine. Cheap to clone; passed in, never global.
#[derive(Debug, Clone)]
pub struct Authority(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) stores: Stores,
    pub(crate) ring: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) policy: SessionPolicy,
    pub(crate) inside: Arc<Inside>,
    pub(crate) uses: Uses,
    pub(crate) unknown: AtomicU64,
    pub(crate) checks: Checks,
    pub(crate) tokens: Option<Issuer>,
    pub(crate) assertions: Option<Issuer>,
    pub(crate) asserted: Asserted,
    /// For each root key, what carried sessions belong to: its record in this store. Another store has others.
    lineages: BTreeMap<u16, Lineage>,
    pub(crate) may_forget: bool,
    pub(crate) feed: Feed,
    pub(crate) steady: Mutex<SteadyClock>,
    told: Mutex<Lately>,
}

impl Inner {
    /// Whether memory knows of everything that others have published until a moment ago. If it does not, what it would let in may have been
    /// taken back: the truth is asked, and where it cannot be, nobody knows.
    pub(crate) fn is_abreast(&self) -> bool {
        match self.stores.watch.told() {
            Told::OfAll => true,
            Told::UpTo(then) => {
                self.clock.since_boot().as_millis() - then.as_millis() <= BEHIND_AT_MOST.as_millis()
            }
        }
    }

    /// How long a copy is used. Where others write too, nobody tells of what they keep in a session.
    pub(crate) fn read_again_after(&self) -> Span {
        match self.stores.watch.told() {
            Told::OfAll => self.policy.read_again_after,
            Told::UpTo(_) => self.policy.read_again_after.min(BEHIND_AT_MOST),
        }
    }

    /// The same where there is no truth to ask.
    pub(crate) fn must_be_abreast(&self) -> Result<(), Denied> {
        if self.is_abreast() { Ok(()) } else { Err(Fault::of(FaultKind::Unavailable).into()) }
    }

    pub(crate) fn lineage(&self, kid: u16) -> Option<Lineage> {
        self.lineages.get(&kid).copied()
    }
}

/// What was refused, and why. What names no session is one, whoever sent it.
type Refused = (Option<SessionId>, Reason);

/// Of a visitor, who can have as many sessions as they like, it is told as if there were one.
fn refused(event: &Event) -> Option<Refused> {
    Some((event.session.filter(|_| event.subject.is_some()), event.reason?))
}

/// What was told a moment ago.
#[derive(Debug, Default)]
struct Lately {
    last: BTreeMap<Refused, Time>,
    order: VecDeque<Refused>,
}

/// What must be right before a commit is acknowledged.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) table: Table,
    pub(crate) near: Near,
    /// Followers look again when it moves.
    hints: watch::Sender<()>,
    delays: Arc<Delays>,
    clock: Arc<dyn Clock>,
}

impl Watcher for Inside {
    fn committed(&self, change: Change<'_>) {
        self.table.learn(change.facts);
        self.near.forget(change.sessions);
        if !change.facts.is_empty() {
            self.delays.committed(self.clock.since_boot());
            self.hints.send_replace(());
        }
    }
}

impl Authority {
    /// Whether an engine was ever started on a store.
    pub async fn has_begun(stores: &Stores) -> Result<bool, Fault> {
        Ok(!stores.keys.of_purpose(ROOT).await?.is_empty())
    }

    /// Starts: checks the root keys against the store, and takes in every fact there is.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let Settings { stores, ring, clock, entropy, policy, known_at_most, tokens, assertions, may_forget } =
            settings;
        let (table, near) = (Table::draw(&*entropy)?, Near::draw(known_at_most, &*entropy)?);
        let hints = watch::Sender::new(());
        let delays = Arc::new(Delays::default());
        let (hinted, measured) = (hints.clone(), delays.clone());
        let inside = Arc::new(Inside { table, near, hints: hinted, delays: measured, clock: clock.clone() });
        let watcher: Arc<dyn Watcher> = inside.clone();
        stores.watch.watch(&watcher);
        let records = check_root_keys(&stores, &ring, &*clock, &*entropy).await?;
        let steady = Mutex::new(SteadyClock::new(clock.now(), clock.since_boot()));
        // No verifier bears more: nobody waits longer for one that is gone, or after a start.
        let bears_at_most = tokens.as_ref().map_or(Span::seconds(10), |policy| policy.verifiers_bear);
        let feed = Feed::draw(clock.since_boot(), bears_at_most, hints, delays, &*entropy)?;
        let lineage = |id: KeyId| if may_forget { [0; 16] } else { id.to_bytes() };
        let lineages = records.into_iter().map(|(kid, id)| (kid, lineage(id))).collect();
        let mut after = Vec::new();
        loop {
            let lanes = stores.ledger.since(&after, PAGE).await?;
            inside.table.learn(lanes.iter().flat_map(|tail| &tail.entries).map(|entry| &entry.fact));
            if lanes.iter().all(|tail| tail.entries.is_empty()) {
                break;
            }
            after = lanes.iter().map(|tail| (tail.lane, tail.upto(PAGE))).collect();
        }
        let issuer = |purpose, policy: Option<TokenPolicy>| {
            policy.map(|policy| Issuer::draw(purpose, policy, &*entropy)).transpose()
        };
        let (tokens, assertions) =
            (issuer(Purpose::Access, tokens)?, issuer(Purpose::Assertion, assertions)?);
        let has_keys = tokens.is_some() || assertions.is_some();
        let authority = Self(Arc::new(Inner {
            stores,
            ring,
            clock,
            entropy,
            policy,
            inside,
            uses: Uses::default(),
            unknown: AtomicU64::new(0),
            checks: Checks::default(),
            tokens,
            assertions,
            asserted: Asserted::default(),
            lineages,
            may_forget,
            feed,
            steady,
            told: Mutex::default(),
        }));
        if has_keys {
            authority.tend_keys().await.map_err(OpenError::of_keys)?;
        }
        authority.may_have_verifiers().await.map_err(OpenError::of_keys)?;
        Ok(authority)
    }

    /// How many tickets nobody was ever given were presented so far.
    #[must_use]
    pub fn unknown_tickets(&self) -> u64 {
        self.0.unknown.load(Relaxed)
    }

    /// How looks at tickets ended so far: answered from memory, from the store, refused, or nobody could say.
    #[must_use]
    pub fn session_checks(&self) -> [(&'static str, u64); 4] {
        self.0.checks.all()
    }

    /// How many sessions are known in memory.
    #[must_use]
    pub fn known_sessions(&self) -> usize {
        self.0.inside.near.len()
    }

    pub(crate) fn now(&self) -> Time {
        self.0.clock.now()
    }

    /// Whether the same was not told of the same session a moment ago: whoever repeats it must not fill the log.
    pub(crate) fn is_news(&self, trail: &Trail) -> bool {
        let now = self.now();
        let mut told = self.0.told.lock();
        let keys = trail.events.iter().filter_map(refused);
        let news = |at: &Time| now >= at.plus(TOLD_AGAIN_AFTER) || now < *at;
        let mut is_news = false;
        for key in keys {
            if told.last.get(&key).is_none_or(news) {
                is_news = true;
                if told.last.insert(key, now).is_none() {
                    told.order.push_back(key);
                }
            }
        }
        while told.order.len() > TOLD_AT_MOST {
            if let Some(oldest) = told.order.pop_front() {
                told.last.remove(&oldest);
            }
        }
        is_news
    }

    /// Tells of what was refused or noted, if it is news.
    pub(crate) async fn tell_if_news(&self, trail: &Trail) -> Result<(), Denied> {
        if self.is_news(trail)
            && let Err(fault) = self.0.stores.ledger.publish(trail).await
        {
            self.was_not_told(trail);
            return Err(fault.into());
        }
        Ok(())
    }

    /// What could not be written is news again.
    pub(crate) fn was_not_told(&self, trail: &Trail) {
        let mut told = self.0.told.lock();
        let keys = trail.events.iter().filter_map(refused);
        keys.for_each(|key| {
            told.last.remove(&key);
            told.order.retain(|other| *other != key);
        });
    }
}

/// A store remembers a check value of each root key. Another key under the same number would sign everybody out.
async fn check_root_keys(
    stores: &Stores,
    ring: &KeyRing,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<BTreeMap<u16, KeyId>, OpenError> {
    let mut records = BTreeMap::new();
    let known = stores.keys.of_purpose(ROOT).await?;
    if let Some(newest) = known.iter().map(|key| key.kid).max().filter(|newest| *newest > ring.active()) {
        return Err(OpenError::MissingRootKey(newest));
    }
    // Not one of the keys the store was written under: nobody would ever be found.
    if !known.is_empty() && !ring.kids().any(|kid| known.iter().any(|key| key.kid == kid)) {
        return Err(OpenError::WrongRootKey(ring.active()));
    }
    for kid in ring.kids() {
        let check = ring.check_value(kid).map_err(|_| OpenError::NoSecrets)?.to_vec();
        match known.iter().find(|key| key.kid == kid) {
            Some(key) if key.sealed == check => drop(records.insert(kid, key.id)),
            Some(_) => return Err(OpenError::WrongRootKey(kid)),
            None => {
                let now = clock.now();
                let key = KeyRecord {
                    id: KeyId::draw(now, entropy)?,
                    kid,
                    purpose: ROOT.to_owned(),
                    state: KeyState::Active,
                    created: now,
                    changed: now,
                    sealed: check,
                };
                let mut id = key.id;
                if stores.keys.add(key.clone(), &Trail::none()).await? == Added::Taken {
                    // Another engine started at the same moment; under another key, if its check value is another.
                    let known = stores.keys.of_purpose(ROOT).await?;
                    let same = known.iter().find(|other| other.kid == kid && other.sealed == key.sealed);
                    id = same.ok_or(OpenError::WrongRootKey(kid))?.id;
                }
                records.insert(kid, id);
            }
        }
    }
    Ok(records)
}
