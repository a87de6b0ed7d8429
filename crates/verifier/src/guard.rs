//! What lets somebody in, next to the app: a token's signature, what was taken back, and how old what is known of that is.

use crate::freshness::{Freshness, Proof};
use crate::metrics::Text;
#[cfg(feature = "stream")]
use crate::questions::Questions;
use crate::receipts::{Receipt, Receipts};
use crate::table::Table;
use crate::tokens::{Tokens, Verdict};
use arc_swap::ArcSwap;
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jws::Rejected;
use cloakroom_model::ports::{Clock, Entropy, NoEntropy};
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::feed::said::{Heads, Incarnation};
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::steady::SteadyClock;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::policy::TokenPolicy;
use core::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use parking_lot::Mutex;
use std::sync::Arc;

mod route;

mod said;

#[cfg(feature = "stream")]
mod deciding;

pub use route::{MaxStaleness, Otherwise, Route};
use said::Said;

/// How many tokens are remembered whose signature was right.
const REMEMBERED: usize = 50_000;
/// No token of ours lives longer.
const LIFE: Span = Span::hours(1);
/// A token that is older than a fact is over so long after it has come: tokens live an hour at most, and clocks may differ by an hour when
/// it comes and when it is forgotten.
const NEEDED: Span = Span::hours(4);
/// Keys that came in since then are new enough for a token whose key nobody knows.
const KEYS_BEAR: Span = Span::seconds(1);

/// One that is bound to a key is none, and facts are not kept for one that lives for days.
fn is_bearer_token(token: &AccessToken) -> bool {
    token.bound_to.is_none() && token.expires <= token.issued.plus(LIFE)
}

/// What is to be said of a request.
#[derive(Debug, Clone)]
pub enum Checked {
    /// This, and it is known.
    Known(Verdict),
    /// Nobody can say: what is known is this old, or nothing is. 503, never 401.
    Unknown(Option<Span>),
}

/// How far the feed has come, all of it.
#[derive(Debug, Default)]
struct Reached {
    of: Option<Incarnation>,
    heads: Heads,
}

/// Whether the keys are known, all that there are.
#[derive(Debug, Default)]
struct Keys {
    /// 0: nobody wants to know. 1: somebody does. 2: the authority was asked.
    asked: AtomicU8,
    /// When they came, by the own clock.
    came: AtomicI64,
}

const SETTLED: u8 = 0;
const WANTED: u8 = 1;
const ASKED: u8 = 2;

/// What a guard knows, but for how new that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// When they were taken out.
    pub at: Time,
    /// Tags, numbers, and until when each is kept: only a table with the same hash can make something of them.
    pub facts: Vec<(u64, u64, Time)>,
    /// When the last fact ended that was forgotten.
    pub forgotten: Time,
    /// The JSON Web Key Set that was believed; empty if none was.
    pub keys: String,
}

/// What was seen of the wall clock.
#[derive(Debug)]
struct Looks {
    clock: SteadyClock,
    /// The jump after which every fact was given as much time again.
    lengthened: Option<Span>,
}

#[derive(Debug)]
struct Inner {
    table: Table,
    freshness: Freshness,
    tokens: Tokens,
    reached: ArcSwap<Reached>,
    receipts: Receipts,
    keys: Keys,
    /// The set that is believed, as it came.
    published: Mutex<String>,
    /// Facts whose time was over then are forgotten: by this clock it is not earlier any more.
    forgotten: AtomicI64,
    looks: Mutex<Looks>,
    said: Said,
    /// Moves when something else may be said than before.
    #[cfg(feature = "stream")]
    moved: tokio::sync::watch::Sender<()>,
    #[cfg(feature = "stream")]
    questions: Questions,
    clock: Arc<dyn Clock>,
}

/// Checks the tokens of one issuer for one audience. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Inner>);

impl Guard {
    /// Knows nothing yet: until it follows a feed, everything is unknown.
    pub fn draw(
        policy: TokenPolicy,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
    ) -> Result<Self, NoEntropy> {
        Self::with(Table::draw(entropy)?, policy, clock, entropy)
    }

    /// The same with a table that holds something already, perhaps.
    pub fn with(
        table: Table,
        policy: TokenPolicy,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
    ) -> Result<Self, NoEntropy> {
        Ok(Self(Arc::new(Inner {
            table,
            freshness: Freshness::unknown(),
            tokens: Tokens::draw(policy, REMEMBERED, entropy)?,
            reached: ArcSwap::default(),
            receipts: Receipts::none(),
            keys: Keys { asked: AtomicU8::new(SETTLED), came: AtomicI64::new(i64::MIN) },
            published: Mutex::default(),
            forgotten: AtomicI64::new(i64::MIN),
            looks: Mutex::new(Looks {
                clock: SteadyClock::new(clock.now(), clock.since_boot()),
                lengthened: None,
            }),
            said: Said::default(),
            #[cfg(feature = "stream")]
            moved: tokio::sync::watch::Sender::new(()),
            #[cfg(feature = "stream")]
            questions: Questions::default(),
            clock,
        })))
    }

    /// A receipt that somebody has brought.
    pub fn receipt(&self, text: &str) -> Result<Receipt, Malformed> {
        self.0.receipts.take_in(text, self.0.clock.since_boot())
    }

    /// Checks a token. Whoever comes with a receipt is not answered before what it is about has come.
    #[must_use]
    pub fn check(&self, token: &str, bears: MaxStaleness, receipt: Option<&Receipt>) -> Checked {
        self.0.said.counted(self.judge(token, bears, receipt))
    }

    /// What is to be said of a token on a route by what is known here. If that is nothing, whoever can wait asks again, and it is counted then.
    #[must_use]
    pub fn decide_at_once(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        match self.judge_on(token, route, receipt) {
            unknown @ Checked::Unknown(_) if self.may_know_soon(route, receipt) => unknown,
            checked => self.0.said.counted(checked),
        }
    }

    /// Whether something may be known in a moment: what a receipt is about, or what the authority answers. Without a stream nothing will.
    #[must_use]
    pub fn may_know_soon(&self, route: Route, receipt: Option<&Receipt>) -> bool {
        #[cfg(feature = "stream")]
        let is_followed = self.0.questions.are_taken();
        #[cfg(not(feature = "stream"))]
        let is_followed = false;
        // One that may be made up makes nobody wait, and nobody ask.
        let asks = || route.otherwise == Otherwise::Introspect;
        is_followed && receipt.map_or_else(asks, |receipt| receipt.place.is_some())
    }

    fn judge_on(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        match (self.judge(token, route.bears, receipt), route.otherwise) {
            (Checked::Unknown(_), Otherwise::AllowStale(at_most)) => {
                self.judge(token, MaxStaleness(at_most), receipt)
            }
            (checked, _) => checked,
        }
    }

    fn judge(&self, token: &str, bears: MaxStaleness, receipt: Option<&Receipt>) -> Checked {
        let Inner { freshness, clock, .. } = &*self.0;
        // In this order: what is found is at least as new as what was proven, and as old as the clock says after it.
        let proof = freshness.proof();
        let has_come = receipt.is_none_or(|receipt| self.has_come(receipt, proof));
        // Keys that come meanwhile were not looked at.
        let came = self.0.keys.came.load(Ordering::Acquire);
        let verdict = self.verdict(token);
        let now = clock.since_boot();
        let is_good_news = match &verdict {
            // Once taken back, for ever; and what is no token of ours, or over, is that whatever else is known.
            Verdict::Revoked | Verdict::Expired | Verdict::NotHere(_) => false,
            Verdict::Invalid(Rejected::Key) => return self.unknown_key(verdict, came, now),
            Verdict::Invalid(_) => false,
            Verdict::Valid(_) | Verdict::Stale => true,
        };
        let at_most = bears.0.min(self.bears_at_most());
        if is_good_news && !(has_come && proof.is_within(now, at_most)) {
            return Checked::Unknown(proof.staleness(now));
        }
        Checked::Known(verdict)
    }

    /// By what is known, however old that is.
    fn verdict(&self, token: &str) -> Verdict {
        let Inner { table, tokens, clock, .. } = &*self.0;
        // What was forgotten must not be good again when the clock is set back.
        let forgotten = || Time::from_millis(self.0.forgotten.load(Ordering::Acquire));
        let mut over = forgotten();
        let mut verdict = tokens.check(token, table, clock.now().max(over));
        while over != forgotten() {
            over = forgotten();
            verdict = tokens.check(token, table, clock.now().max(over));
        }
        match &verdict {
            Verdict::Valid(seen) if !is_bearer_token(seen.token()) => Verdict::NotHere(Refusal::BadToken),
            _ => verdict,
        }
    }

    /// No route bears more, whatever it says: so long the authority waits for a verifier that is gone.
    #[must_use]
    pub fn bears_at_most(&self) -> Span {
        self.0.tokens.policy().verifiers_bear
    }

    /// It may be newer than what is known of the keys. Whoever guesses makes one question in a second of it.
    fn unknown_key(&self, verdict: Verdict, came: i64, now: Span) -> Checked {
        if now.as_millis().saturating_sub(came) <= KEYS_BEAR.as_millis() {
            return Checked::Known(verdict);
        }
        let asked = &self.0.keys.asked;
        let _asked_already = asked.compare_exchange(SETTLED, WANTED, Ordering::AcqRel, Ordering::Acquire);
        Checked::Unknown(self.staleness())
    }

    /// Everything that a receipt is about: so far this truth was read, or what is proven was asked for when the receipt existed already.
    fn has_come(&self, receipt: &Receipt, proof: Proof) -> bool {
        let Some(existed) = receipt.existed else { return false };
        let reached = self.0.reached.load();
        let is_there = |(lane, head): (&LaneId, &u64)| reached.heads.get(lane).is_some_and(|has| has >= head);
        let is_reached =
            |(of, heads): &(Incarnation, Heads)| reached.of == Some(*of) && heads.iter().all(is_there);
        proof.covers(existed) || receipt.place.as_ref().is_some_and(is_reached)
    }

    /// How old what is known is; `None`: nothing is.
    #[must_use]
    pub fn staleness(&self) -> Option<Span> {
        let proof = self.0.freshness.proof();
        proof.staleness(self.0.clock.since_boot())
    }

    /// What there is to be measured here, as Prometheus reads it.
    #[must_use]
    pub fn metrics(&self) -> String {
        let mut text = Text::default();
        let staleness = self.staleness().map(|old| old.as_millis() as f64 / 1e3);
        let about = "How old what is known of revocations is.";
        text.gauge("cloakroom_revocation_staleness_seconds", about, staleness);
        text.gauge("cloakroom_facts", "How many facts are known.", Some(self.facts()));
        text.counts(
            "cloakroom_token_checks_total",
            "What was said of tokens.",
            "outcome",
            &self.0.said.counts(),
        );
        text.finish()
    }

    /// How many facts are known.
    #[must_use]
    pub fn facts(&self) -> usize {
        self.0.table.len()
    }

    /// The clock it goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Receipts are checked with this from now on.
    pub fn believe_receipts(&self, kid: u16, key: &Secret<[u8; 32]>) {
        self.0.receipts.believe(kid, key, self.0.clock.since_boot());
        self.moves();
    }

    fn moves(&self) {
        #[cfg(feature = "stream")]
        self.0.moved.send_replace(());
    }

    /// Takes facts in. They are kept for as long as there may be tokens that they deny, which is less than the authority keeps them.
    pub fn learn(&self, facts: &[KeptFact]) {
        // While it is known whether the clock has jumped: what it jumps over is counted again.
        let mut looks = self.0.looks.lock();
        // Nothing is counted from a clock that has jumped a moment ago.
        let needed = self.steady_now(&mut looks).map_or(Time::MAX, |now| now.plus(NEEDED));
        self.0.table.learn_until(facts, |kept| match &kept.fact.key {
            FactKey::Session(_) | FactKey::Family(_) | FactKey::Version(_) => kept.until.min(needed),
            FactKey::User(_) | FactKey::Client(_) => kept.until.min(needed),
            // Whoever has the key of before makes tokens whenever they like. Of the others there are few.
            FactKey::Key(_) | FactKey::Epoch | FactKey::Service(_) | FactKey::Certificate(_) => kept.until,
        });
        drop(looks);
        self.moves();
    }

    /// Everything that was acknowledged before this moment has been taken in.
    pub fn proven(&self, as_of: Span) {
        self.0.freshness.proven(as_of);
        self.moves();
    }

    /// Everything of this truth up to here has been taken in.
    pub fn reached(&self, of: Incarnation, heads: Heads) {
        self.0.reached.store(Arc::new(Reached { of: Some(of), heads }));
        self.moves();
    }

    /// The truth that was followed has gone back: how far it had been read says nothing.
    pub fn reached_nothing(&self) {
        self.0.reached.store(Arc::default());
    }

    /// These keys are believed, and no others: a JSON Web Key Set. Nothing is forgotten when they are the same as before: whoever makes up
    /// the names of keys has them asked for.
    pub fn believe(&self, published: &str) -> Result<(), Malformed> {
        let mut last = self.0.published.lock();
        if *last != published {
            self.0.tokens.believe(KeySet::parse(published.as_bytes())?);
            published.clone_into(&mut last);
        }
        self.0.keys.came.store(self.0.clock.since_boot().as_millis(), Ordering::Release);
        self.0.keys.asked.store(SETTLED, Ordering::Release);
        drop(last);
        self.moves();
        Ok(())
    }

    /// Whether somebody wants to know the keys, and nobody has asked.
    #[must_use]
    pub fn takes_the_question(&self) -> bool {
        let asked = &self.0.keys.asked;
        asked.compare_exchange(WANTED, ASKED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// What was asked on a stream that is gone is not answered.
    pub fn asks_again(&self) {
        let asked = &self.0.keys.asked;
        let _nobody_asked = asked.compare_exchange(ASKED, WANTED, Ordering::AcqRel, Ordering::Acquire);
    }

    /// What another guard must know that takes its place.
    #[must_use]
    pub fn contents(&self) -> Contents {
        // What the clock has jumped over is counted again before.
        self.steady_now(&mut self.0.looks.lock());
        let at = self.0.clock.now();
        let keys = self.0.published.lock().clone();
        // In this order: nothing is missing that is not over then.
        let facts = self.0.table.contents();
        Contents { at, facts, forgotten: Time::from_millis(self.0.forgotten.load(Ordering::Acquire)), keys }
    }

    /// Takes the place of another one, by a table with the same hash. Its keys may be others by now: only bad news is said by them, until somebody
    /// is there who knows.
    pub fn put_back(&self, contents: Contents) {
        let Contents { at, facts, forgotten, keys } = contents;
        if let Ok(set) = KeySet::parse(keys.as_bytes()) {
            self.0.tokens.believe(set);
            *self.0.published.lock() = keys;
        }
        self.0.forgotten.fetch_max(forgotten.millis(), Ordering::AcqRel);
        self.0.table.put_back(facts);
        // By which clock their ends were counted nobody knows, unless that has gone on for a little while.
        let now = self.0.clock.now();
        if now < at || now > at.plus(Span::hours(1)) {
            self.0.table.keep_until(now.plus(NEEDED));
        }
    }

    /// The time, unless the clock has jumped a moment ago: it may jump back. What was counted from before a jump is counted again from after it.
    fn steady_now(&self, looks: &mut Looks) -> Option<Time> {
        let (now, boot) = (self.0.clock.now(), self.0.clock.since_boot());
        let is_steady = looks.clock.is_steady(now, boot);
        let jumped = looks.clock.jumped();
        if looks.lengthened != jumped {
            looks.lengthened = jumped;
            self.0.table.keep_until(now.plus(NEEDED));
        }
        is_steady.then_some(now)
    }

    /// Forgets facts whose time is over, unless the clock has jumped a moment ago: it may jump back.
    pub fn forget(&self) -> usize {
        let (now, boot) = (self.0.clock.now(), self.0.clock.since_boot());
        let mut looks = self.0.looks.lock();
        if self.steady_now(&mut looks).is_none() || !looks.clock.may_forget(now, boot) {
            return 0;
        }
        drop(looks);
        // By this clock it is not earlier any more.
        self.0.table.forget_telling(now, |last| {
            self.0.forgotten.fetch_max(last.millis(), Ordering::AcqRel);
        })
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
