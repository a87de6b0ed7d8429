//! What lets somebody in, next to the app: a token's signature, what was taken back, and how old what is known of that is.

use crate::freshness::{Freshness, Proof};
#[cfg(feature = "stream")]
use crate::questions::Questions;
use crate::receipts::{Receipt, Receipts};
use crate::table::Table;
use crate::tokens::{Tokens, Verdict};
use arc_swap::ArcSwap;
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jws::Rejected;
use cloakroom_model::ports::{Clock, Entropy, NoEntropy};
use cloakroom_model::records::fact::{Fact, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::feed::said::{Heads, Incarnation};
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::steady::SteadyClock;
use cloakroom_rules::token::policy::TokenPolicy;
use core::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use parking_lot::Mutex;
use std::sync::Arc;

/// How many tokens are remembered whose signature was right.
const REMEMBERED: usize = 50_000;
/// Keys that came in since then are new enough for a token whose key nobody knows.
const KEYS_BEAR: Span = Span::seconds(1);

/// How old what is known may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxStaleness(Span);

/// What is said where what is known is older than a route bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Otherwise {
    /// Nobody can say: 503.
    #[default]
    Deny503,
    /// The authority is asked for what this one token depends on. If it does not answer in a moment: 503.
    Introspect,
    /// It is let in by what is known, if that is not older than this either; nor than the authority waits for
    /// ([`TokenPolicy::verifiers_bear`]). What was taken back holds so much later.
    AllowStale(Span),
}

/// What a route bears, and what is said of what it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// How old what is known may be.
    pub bears: MaxStaleness,
    /// What is said where it is older.
    pub otherwise: Otherwise,
}

impl From<MaxStaleness> for Route {
    fn from(bears: MaxStaleness) -> Self {
        Self { bears, otherwise: Otherwise::default() }
    }
}

impl MaxStaleness {
    /// Two seconds: where money moves or rights change.
    #[must_use]
    pub const fn sensitive() -> Self {
        Self(Span::seconds(2))
    }

    /// Ten seconds: everywhere else.
    #[must_use]
    pub const fn standard() -> Self {
        Self(Span::seconds(10))
    }

    /// As a span.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }
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
    steady: Mutex<SteadyClock>,
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
        Ok(Self(Arc::new(Inner {
            table: Table::draw(entropy)?,
            freshness: Freshness::unknown(),
            tokens: Tokens::draw(policy, REMEMBERED, entropy)?,
            reached: ArcSwap::default(),
            receipts: Receipts::none(),
            keys: Keys { asked: AtomicU8::new(SETTLED), came: AtomicI64::new(i64::MIN) },
            published: Mutex::default(),
            forgotten: AtomicI64::new(i64::MIN),
            steady: Mutex::new(SteadyClock::new(clock.now(), clock.since_boot())),
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
        // One that is bound to a key is no bearer token.
        if matches!(&verdict, Verdict::Valid(seen) if seen.token().bound_to.is_some()) {
            verdict = Verdict::NotHere(Refusal::BadToken);
        }
        verdict
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
        proof.covers(existed) || reached.of == Some(receipt.of) && receipt.heads.iter().all(is_there)
    }

    /// How old what is known is; `None`: nothing is.
    #[must_use]
    pub fn staleness(&self) -> Option<Span> {
        let proof = self.0.freshness.proof();
        proof.staleness(self.0.clock.since_boot())
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

    /// Waits until something other than "good" is to be said of a token.
    #[cfg(feature = "stream")]
    pub async fn over(&self, token: &str, bears: MaxStaleness) -> Checked {
        use core::time::Duration;
        /// Nobody says that time has passed.
        const LOOKS: Duration = Duration::from_millis(250);
        let mut moved = self.0.moved.subscribe();
        loop {
            moved.mark_unchanged();
            match self.check(token, bears, None) {
                Checked::Known(Verdict::Valid(_)) => {}
                other => return other,
            }
            let _moved_or_not = tokio::time::timeout(LOOKS, moved.changed()).await;
        }
    }

    /// What is to be said of a token on a route, for whoever can wait a moment: for what a receipt is about, and for the answer of the authority.
    #[cfg(feature = "stream")]
    pub async fn decide(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        use core::time::Duration;
        /// Longer nobody waits.
        const PATIENCE: Duration = Duration::from_secs(1);
        let known = self.decide_at_once(token, route, receipt);
        if matches!(known, Checked::Known(_))
            || !(receipt.is_some() || route.otherwise == Otherwise::Introspect)
        {
            return known;
        }
        // Whoever comes when too many wait already is told so.
        let Some(_room) = self.0.questions.room() else { return known };
        let found = tokio::time::timeout(PATIENCE, self.found_out(token, route, receipt)).await;
        found.unwrap_or_else(|_| self.decide_at_once(token, route, receipt))
    }

    /// The same for whoever cannot wait.
    #[must_use]
    pub fn decide_at_once(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        match (self.check(token, route.bears, receipt), route.otherwise) {
            (Checked::Unknown(_), Otherwise::AllowStale(at_most)) => {
                self.check(token, MaxStaleness(at_most), receipt)
            }
            (checked, _) => checked,
        }
    }

    #[cfg(feature = "stream")]
    async fn found_out(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        let mut moved = self.0.moved.subscribe();
        let may_ask = route.otherwise == Otherwise::Introspect;
        if may_ask && let Some(known) = self.introspected(token, route.bears).await {
            return known;
        }
        loop {
            moved.mark_unchanged();
            match self.decide_at_once(token, route, receipt) {
                Checked::Unknown(_) if moved.changed().await.is_ok() => {}
                checked => return checked,
            }
        }
    }

    /// Asks the authority for everything that a token depends on. What it says is joined to what is known: once denied, for ever.
    #[cfg(feature = "stream")]
    async fn introspected(&self, token: &str, bears: MaxStaleness) -> Option<Checked> {
        /// What the token does not outlive is not kept much longer: the feed says it, too.
        const KEPT: Span = Span::minutes(60);
        let Verdict::Valid(seen) = self.verdict(token) else { return None };
        let keys: Vec<_> = seen.depends_on().map(|(key, _)| key).collect();
        let asked = self.0.clock.since_boot();
        let numbers =
            self.0.questions.ask(keys.clone()).await.filter(|numbers| numbers.len() == keys.len())?;
        let until = seen.token().expires.plus(KEPT);
        let known = keys.into_iter().zip(numbers).filter(|(_, at_least)| *at_least > 0);
        let facts: Vec<_> =
            known.map(|(key, at_least)| KeptFact { fact: Fact { key, at_least }, until }).collect();
        self.learn(&facts);
        let verdict = self.verdict(token);
        // The answer may have been long on its way.
        let took = Span::millis(self.0.clock.since_boot().as_millis() - asked.as_millis());
        (took <= bears.0.min(self.bears_at_most())).then_some(Checked::Known(verdict))
    }

    /// What verifiers in this process want to know of the authority.
    #[cfg(feature = "stream")]
    #[must_use]
    pub fn questions(&self) -> &Questions {
        &self.0.questions
    }

    /// Receipts are checked with this from now on.
    pub fn believe_receipts(&self, kid: u16, key: &Secret<[u8; 32]>) {
        self.0.receipts.believe(kid, key);
        self.moves();
    }

    /// Waits until it knows something: how old that may be is another question.
    #[cfg(feature = "stream")]
    pub async fn knows(&self) {
        let mut moved = self.0.moved.subscribe();
        while self.staleness().is_none() && moved.changed().await.is_ok() {}
    }

    fn moves(&self) {
        #[cfg(feature = "stream")]
        self.0.moved.send_replace(());
    }

    /// Takes facts in.
    pub fn learn(&self, facts: &[KeptFact]) {
        self.0.table.learn(facts);
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

    /// Forgets facts whose time is over, unless the clock has jumped a moment ago: it may jump back.
    pub fn forget(&self) -> usize {
        let (now, boot) = (self.0.clock.now(), self.0.clock.since_boot());
        if !self.0.steady.lock().is_steady(now, boot) {
            return 0;
        }
        // By this clock it is not earlier any more.
        self.0.table.forget_telling(now, |last| {
            self.0.forgotten.fetch_max(last.millis(), Ordering::AcqRel);
        })
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
