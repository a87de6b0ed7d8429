//! One world: a truth of two lanes, an authority, three verifiers, and what happens to them in forty seconds.

use super::checker::{Said, age, wrong};
use super::event::Event;
use super::mutation::Mutation;
use super::truth::{Credential, LANES, Step, Truth, client_of, session};
use super::verifier::{Clock, Look, Verifier};
use super::weather::Weather;
use crate::dice::Dice;
use cloakroom_model::ports::NoEntropy;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::Barrier;
use cloakroom_rules::feed::follower::{Input as ToFollower, Output as Does};
use cloakroom_rules::feed::relay::{Input as ToRelay, Output as Wants, Read, Relay};
use cloakroom_rules::feed::said::{Asked, Heads, Told};
use cloakroom_verifier::table::{Finding, Table};
use std::collections::BTreeMap;

/// How long a world lives, in milliseconds.
const LENGTH: i64 = 40_000;
/// From then on nothing more goes wrong.
const QUIET: i64 = 25_000;
/// So long after that everything is well again.
const RECOVERED: i64 = 8_000;
/// What a verifier may bear. The longest is what the authority waits for.
const BEARS: [i64; 4] = [1_000, 2_000, 5_000, 10_000];
const LONGEST: Span = Span::millis(10_000);
const SESSIONS: u8 = 24;
const VERIFIERS: usize = 3;

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Played {
    /// Checks that let somebody in.
    pub accepted: u64,
    /// Checks that did not, because it was taken back.
    pub denied: u64,
    /// Checks that could not say.
    pub unknown: u64,
    /// How long after the acknowledgement somebody was let in at worst, in thousandths of what is borne.
    pub worst: i64,
    /// Changes of which it was said that they hold everywhere.
    pub held: u64,
    /// What went wrong first.
    pub violation: Option<String>,
    /// The same for the same seed.
    pub trace: u64,
    /// What was asked of the truth, in order, up to the first failover.
    pub history: Vec<Step>,
    has_failed_over: bool,
}

struct World {
    dice: Dice,
    weather: Weather,
    mutation: Option<Mutation>,
    now: i64,
    order: u64,
    queue: BTreeMap<(i64, u64), Event>,
    truth: Truth,
    /// The clock of the authority.
    clock: Clock,
    barrier: Barrier,
    /// What somebody waits for to hold everywhere, by its number in the log, and since when.
    waiting: Vec<(usize, i64)>,
    verifiers: Vec<Verifier>,
    played: Played,
}

/// Plays the world of a seed.
pub fn play(seed: u64, mutation: Option<Mutation>) -> Result<Played, NoEntropy> {
    let mut dice = Dice::of(seed);
    let mut clock = || Clock { offset: dice.between(0, 1_000_000), rate: dice.rate() };
    let (own, clocks) = (clock(), [(); VERIFIERS].map(|()| clock()));
    let mut verifiers = Vec::new();
    for (number, clock) in clocks.into_iter().enumerate() {
        verifiers.push(Verifier::new(seed ^ number as u64, clock, Span::millis(dice.one_of(BEARS)))?);
    }
    let mut world = World {
        weather: Weather::of(&mut dice),
        dice,
        mutation,
        now: 0,
        order: 0,
        queue: BTreeMap::new(),
        truth: Truth::new(),
        clock: own,
        barrier: Barrier::new(own.at(0), LONGEST),
        waiting: Vec::new(),
        verifiers,
        played: Played::default(),
    };
    world.prepare();
    while let Some(((at, order), event)) = world.queue.pop_first() {
        if at > LENGTH || world.played.violation.is_some() {
            break;
        }
        world.now = at;
        match world.waits(&event) {
            // In the order in which it came.
            Some(until) => drop(world.queue.insert((until, order), event)),
            None => world.happens(event)?,
        }
    }
    world.ends();
    Ok(world.played)
}

impl Played {
    fn notes(&mut self, asked: Option<Step>) {
        self.history.extend(asked.filter(|_| !self.has_failed_over));
    }
}

impl World {
    fn is(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    fn at(&mut self, at: i64, event: Event) {
        self.order += 1;
        self.queue.insert((at.max(self.now), self.order), event);
    }

    fn with<T: Default>(&mut self, verifier: usize, act: impl FnOnce(&mut Verifier) -> T) -> T {
        self.verifiers.get_mut(verifier).map(act).unwrap_or_default()
    }

    /// Some time before it is quiet.
    fn trouble(&mut self) -> i64 {
        self.dice.between(0, QUIET)
    }

    fn prepare(&mut self) {
        for number in 0..SESSIONS {
            if self.dice.happens(0.8) {
                let (at, is_all) = (self.dice.between(0, LENGTH), self.dice.happens(0.4));
                self.at(at, Event::Commit(number, is_all));
            }
        }
        for _ in 0..self.dice.between(0, 3) {
            let (from, length) = (self.trouble(), self.dice.between(100, 6_000));
            self.truth.outages.push((from, (from + length).min(QUIET)));
        }
        let from = self.trouble();
        self.truth.deposed = (from, from + self.dice.between(3_000, 10_000));
        for _ in 0..self.dice.between(0, 2) {
            let (at, lost) = (self.trouble(), self.dice.between(0, 3) as usize);
            let is_truth = self.dice.happens(0.5);
            self.at(at, if is_truth { Event::FailOver(lost) } else { Event::Authority });
        }
        for at in (0..LENGTH).step_by(50) {
            self.at(at, Event::Waits);
        }
        for verifier in 0..VERIFIERS {
            self.at(0, Event::Open(verifier));
            for at in (0..LENGTH).step_by(100) {
                self.at(at, Event::Tick(verifier));
            }
            for _ in 0..800 {
                let at = self.dice.between(0, LENGTH);
                self.at(at, Event::Check(verifier));
            }
            for _ in 0..self.dice.between(0, 4) {
                let (at, length) = (self.trouble(), self.dice.between(50, 8_000));
                let until = (at + length).min(QUIET);
                let event = match self.dice.between(0, 3) {
                    0 => Event::Break(verifier),
                    1 => Event::Hold(verifier, until),
                    2 => Event::Pause(verifier, until),
                    _ => Event::Restart(verifier),
                };
                self.at(at, event);
            }
        }
    }

    /// A process that is stopped does nothing; what waits for it waits.
    fn waits(&self, event: &Event) -> Option<i64> {
        let (Event::Told(verifier, ..)
        | Event::Learn(verifier, _)
        | Event::Tick(verifier)
        | Event::Check(verifier)
        | Event::Answer(verifier, _)
        | Event::Open(verifier)) = event
        else {
            return None;
        };
        self.verifiers.get(*verifier).map(|one| one.paused_until).filter(|until| *until > self.now)
    }

    fn happens(&mut self, event: Event) -> Result<(), NoEntropy> {
        match event {
            Event::Commit(number, is_all) => self.commit(number, is_all),
            Event::FailOver(lost) => {
                let is_another = !self.is(Mutation::SameNameAfterLoss);
                self.played.has_failed_over = true;
                self.truth.fail_over(lost, is_another);
                // Whoever waits is told that it is not known.
                self.waiting.clear();
            }
            Event::Authority => self.authority(),
            Event::Waits => self.tell_who_waits(),
            Event::Hint(verifier) => self.relay(verifier, None, ToRelay::Hint),
            Event::Found(verifier, stream, number, Some(mut read)) => {
                let late = self.is(Mutation::LateRead);
                let number = self.with(verifier, |one| if late { one.reading } else { number });
                if self.is(Mutation::PageIsEverything) {
                    read.heads.extend(read.parts.iter().map(|part| (part.lane, part.upto)));
                }
                self.relay(verifier, Some(stream), ToRelay::Read(number, read));
            }
            Event::Found(verifier, stream, number, None) => {
                self.relay(verifier, Some(stream), ToRelay::Failed(number));
                self.at(self.now + 200, Event::Again(verifier, stream));
            }
            Event::Again(verifier, stream) => self.relay(verifier, Some(stream), ToRelay::Again),
            Event::Asked(verifier, stream, asked) => self.asked(verifier, stream, asked),
            Event::Told(verifier, stream, told) => self.told(verifier, stream, told),
            Event::Learn(verifier, facts) => self.with(verifier, |one| one.table.learn(&facts)),
            Event::Tick(verifier) => self.tick(verifier),
            Event::Check(verifier) => self.check(verifier),
            Event::Answer(verifier, look) => self.answer(verifier, &look),
            Event::Open(verifier) => self.open(verifier)?,
            Event::Break(verifier) => self.breaks(verifier),
            Event::Hold(verifier, until) => self.with(verifier, |one| one.held_until = until),
            Event::Pause(verifier, until) => {
                let now = self.now;
                self.with(verifier, |one| {
                    one.slept += until - now.max(one.paused_until);
                    one.paused_until = until.max(one.paused_until);
                });
            }
            Event::Restart(verifier) => self.restart(verifier)?,
        }
        Ok(())
    }

    fn commit(&mut self, number: u8, is_all: bool) {
        let lane = LaneId(1 + self.dice.between(0, i64::from(LANES) - 1) as u32);
        let key = if is_all { client_of(number) } else { session(number) };
        let committed = self.truth.commit(self.now, lane, key);
        let fact = self.truth.log.get(committed).map(|one| one.fact.clone());
        self.played.notes(fact.map(Step::Commit));
        self.waiting.push((committed, self.now));
        for verifier in 0..VERIFIERS {
            // Hints are lost, and late.
            if !self.dice.happens(0.2) {
                let at = self.now + self.dice.latency();
                self.at(at, Event::Hint(verifier));
            }
        }
    }

    fn authority(&mut self) {
        let began = self.clock.at(self.now).as_millis();
        let began = if self.is(Mutation::PastIsForgotten) { began - 100_000 } else { began };
        self.barrier = Barrier::new(Span::millis(began), LONGEST);
        for verifier in 0..VERIFIERS {
            self.breaks(verifier);
        }
    }

    /// Whoever waits for something to hold everywhere is told when it does.
    fn tell_who_waits(&mut self) {
        let (now, at) = (self.clock.at(self.now), self.now);
        let (barrier, truth, played) = (&self.barrier, &mut self.truth, &mut self.played);
        self.waiting.retain(|(number, _)| {
            let Some(committed) = truth.log.get_mut(*number).filter(|one| !one.is_lost) else { return false };
            let waits = barrier.holds_everywhere(now, committed.place).is_err();
            if !waits {
                committed.held = Some(at);
                played.held += 1;
            }
            waits
        });
    }

    fn relay(&mut self, verifier: usize, stream: Option<u64>, input: ToRelay) {
        if let ToRelay::Read(_, read) = &input {
            let heads = read.heads.clone();
            self.with(verifier, |one| one.read = heads);
        }
        let (wants, stream) = self.with(verifier, |one| {
            let is_this = one.is_open && stream.is_none_or(|stream| stream == one.stream);
            (if is_this { one.relay.step(input) } else { Vec::new() }, one.stream)
        });
        for want in wants {
            match want {
                Wants::Tell(told) => self.sends(verifier, stream, told),
                Wants::Read(number, after) => self.reads(verifier, stream, number, after),
            }
        }
    }

    fn reads(&mut self, verifier: usize, stream: u64, number: u64, after: Heads) {
        let (is_slow, hangs) = (self.dice.happens(self.weather.slow), self.dice.happens(self.weather.hangs));
        let (is_slow, hangs) = (is_slow && self.now < QUIET, hangs && self.now < QUIET);
        let takes = if is_slow { self.dice.between(500, 7_000) } else { self.dice.between(1, 80) };
        self.with(verifier, |one| one.reading = number);
        let is_down = self.truth.outages.iter().any(|(from, to)| (*from..*to).contains(&self.now));
        let lags = if self.is(Mutation::LaggingRead) { self.dice.between(0, 5_000) } else { 0 };
        let (from, to) = self.truth.deposed;
        let is_deposed = self.is(Mutation::DeposedPrimary) && (from..to).contains(&self.now);
        let as_of = if is_deposed { from } else { self.now - lags };
        self.played.notes((!is_down).then(|| Step::Read { verifier, after: after.clone() }));
        let found = match is_down {
            false => Some(self.truth.read(&after, as_of)),
            true if self.is(Mutation::OutageIsEmpty) => {
                Some(Read { of: self.truth.of, heads: after, parts: Vec::new() })
            }
            true => None,
        };
        if hangs {
            // It hangs and is given up, and answers after all.
            self.at(self.now + takes, Event::Found(verifier, stream, number, None));
            let late = self.now + self.dice.between(500, 4_000);
            self.at(late, Event::Found(verifier, stream, number, found));
        } else {
            self.at(self.now + takes, Event::Found(verifier, stream, number, found));
        }
    }

    /// When something that is sent now arrives: in order, and not while everything is held back.
    fn arrives(&mut self, verifier: usize, direction: usize) -> i64 {
        let now = self.now;
        let takes = self.dice.latency().min(if now < QUIET { 6_000 } else { 300 });
        self.with(verifier, |one| {
            let at = (now + takes).max(one.held_until);
            let Some(last) = one.last.get_mut(direction) else { return at };
            *last = at.max(*last);
            *last
        })
    }

    fn sends(&mut self, verifier: usize, stream: u64, told: Told) {
        let Some(one) = self.verifiers.get(verifier) else { return };
        let (id, now) = (one.id(verifier), self.clock.at(self.now));
        match &told {
            Told::Proof(..) if self.is(Mutation::LeaseFromTheProof) => self.barrier.asks(now, id),
            Told::All(heads) if self.is(Mutation::SaidIsKnown) => self.barrier.has(id, self.truth.of, heads),
            _ => {}
        }
        // A link that loses a frame in the middle of a stream: it should not, and one day it does.
        let is_lost =
            self.dice.happens(self.weather.loses) && matches!(told, Told::Facts(_)) && self.now < QUIET;
        if is_lost {
            return;
        }
        let overtakes = self.is(Mutation::ProofOvertakes) && matches!(told, Told::Proof(..));
        let at = if overtakes { self.now + 1 } else { self.arrives(verifier, 0) };
        self.at(at, Event::Told(verifier, stream, told));
    }

    fn asked(&mut self, verifier: usize, stream: u64, asked: Asked) {
        let hello_is_known = self.is(Mutation::HelloIsKnown);
        let (one_size, now) = (self.is(Mutation::LeaseOfTheOthers), self.clock.at(self.now));
        let is_this = |one: &&mut Verifier| one.is_open && one.stream == stream;
        let Some(one) = self.verifiers.get_mut(verifier).filter(is_this) else { return };
        let id = one.id(verifier);
        match &asked {
            Asked::Hello(of, heads) => {
                let bears = if one_size { Span::millis(1_000) } else { one.bears };
                one.has_joined = self.barrier.joins(now, id, bears).is_ok();
                if let (Some(of), true) = (of, hello_is_known) {
                    self.barrier.has(id, *of, heads);
                }
            }
            Asked::Has(of, heads) => self.barrier.has(id, *of, heads),
            Asked::Probe(nonce) if self.mutation == Some(Mutation::ProofWithoutRead) => {
                let heads = one.read.clone();
                self.sends(verifier, stream, Told::Proof(*nonce, heads));
                return;
            }
            Asked::Probe(_) => match self.mutation {
                Some(Mutation::LeaseFromTheProof) => {}
                Some(Mutation::LeaseByOneClock) => {
                    self.barrier.asks(Span::millis(now.as_millis() - one.bears.as_millis() / 4), id);
                }
                _ => self.barrier.asks(now, id),
            },
        }
        self.relay(verifier, Some(stream), ToRelay::Asked(asked));
    }

    fn told(&mut self, verifier: usize, stream: u64, mut told: Told) {
        let is_blind = [Mutation::GapIgnored, Mutation::ProofOvertakes, Mutation::SkipToTheHead];
        let is_blind = self.mutation.is_some_and(|mutation| is_blind.contains(&mutation));
        let (one_lane, same) = (self.is(Mutation::OneLane), self.is(Mutation::BeginsIgnored));
        let input = self.with(verifier, |one| {
            if !one.is_open || one.stream != stream {
                return None;
            }
            match &mut told {
                Told::Facts(part) if is_blind => {
                    part.after =
                        part.after.min(one.follower.known().get(&part.lane).copied().unwrap_or_default());
                }
                Told::Proof(_, heads) | Told::All(heads) if is_blind => {
                    heads.clone_from(one.follower.known())
                }
                Told::Proof(_, heads) | Told::All(heads) if one_lane => {
                    let first = heads.get(&LaneId(1)).copied().unwrap_or_default();
                    heads.clone_from(one.follower.known());
                    heads.insert(LaneId(1), first);
                }
                Told::Begins(_) if same && one.follower.of().is_some() => return None,
                Told::Begins(_) | Told::Facts(_) | Told::All(_) | Told::Proof(..) | Told::Waiting => {}
            }
            Some(ToFollower::Told(told))
        });
        if let Some(input) = input {
            self.follower(verifier, input);
        }
    }

    fn follower(&mut self, verifier: usize, input: ToFollower) {
        let now = self.now;
        let (outputs, stream, clock) = match self.verifiers.get_mut(verifier) {
            Some(one) => (one.follower.step(one.clock.at(now), input), one.stream, one.clock),
            None => return,
        };
        for output in outputs {
            match output {
                Does::Ask(mut asked) => {
                    if let (Asked::Hello(_, heads), true) = (&mut asked, self.is(Mutation::SkipToTheHead)) {
                        *heads = self.truth.read(&Heads::new(), now).heads;
                    }
                    let at = self.arrives(verifier, 1);
                    // A frame that is missed ends the stream: each has its number.
                    let is_lost = now < QUIET && self.dice.happens(0.005);
                    self.at(
                        at,
                        if is_lost { Event::Break(verifier) } else { Event::Asked(verifier, stream, asked) },
                    );
                }
                Does::Learn(facts) => {
                    if self.is(Mutation::FreshOnPush) {
                        self.with(verifier, |one| one.freshness.proven(clock.at(now)));
                    }
                    if self.is(Mutation::KnownBeforeLearnt) {
                        self.at(now + 300, Event::Learn(verifier, facts));
                    } else {
                        self.with(verifier, |one| one.table.learn(&facts));
                    }
                }
                Does::Fresh(as_of) => {
                    let as_of = match self.mutation {
                        Some(Mutation::StampOnArrival) => clock.at(now),
                        Some(Mutation::ClockOfTheSender) => Span::millis(clock.offset + now),
                        _ => as_of,
                    };
                    self.with(verifier, |one| one.freshness.proven(as_of));
                }
                Does::Close => self.breaks(verifier),
            }
        }
    }

    fn tick(&mut self, verifier: usize) {
        let (now, by_heartbeat) = (self.now, self.is(Mutation::HeartbeatIsProof));
        self.with(verifier, |one| {
            if by_heartbeat && one.is_open {
                one.freshness.proven(one.clock.at(now));
            }
        });
        self.follower(verifier, ToFollower::Tick);
    }

    fn open(&mut self, verifier: usize) -> Result<(), NoEntropy> {
        let replaces = self.is(Mutation::ReplaceOnResync);
        let Some(one) = self.verifiers.get_mut(verifier).filter(|one| !one.is_open) else { return Ok(()) };
        (one.is_open, one.relay) = (true, Relay::default());
        one.stream += 1;
        if replaces {
            one.table = Table::draw(&SeededEntropy::new(one.stream))?;
        }
        self.follower(verifier, ToFollower::Opened);
        Ok(())
    }

    fn breaks(&mut self, verifier: usize) {
        let Some(one) = self.verifiers.get_mut(verifier) else { return };
        one.is_open = false;
        let (id, has_joined) = (one.id(verifier), core::mem::take(&mut one.has_joined));
        if has_joined {
            self.barrier.leaves(id);
        }
        if self.is(Mutation::GoneIsForgotten) {
            let all = (1..=LANES).map(|lane| (LaneId(lane), u64::MAX)).collect();
            self.barrier.has(id, self.truth.of, &all);
        }
        self.follower(verifier, ToFollower::Closed);
        let at = self.now + self.dice.between(10, 1_500);
        self.at(at, Event::Open(verifier));
    }

    fn restart(&mut self, verifier: usize) -> Result<(), NoEntropy> {
        let keeps = self.is(Mutation::FreshAfterRestart);
        self.breaks(verifier);
        let Some(one) = self.verifiers.get_mut(verifier) else { return Ok(()) };
        let fresh = Verifier::new(one.stream, one.clock, one.bears)?;
        one.life += 1;
        one.table = fresh.table;
        one.follower = fresh.follower;
        if !keeps {
            one.freshness = fresh.freshness;
        }
        Ok(())
    }

    /// Somebody comes with a credential, and some with the receipt for its end.
    fn check(&mut self, verifier: usize) {
        let session = self.dice.between(0, i64::from(SESSIONS) - 1) as u8;
        let newest = self.truth.generation(&client_of(session));
        let credential = Credential { session, generation: self.dice.between(0, newest as i64) as u64 };
        let place = self.truth.denying(credential).find(|one| !one.is_lost).map(|one| one.place);
        let receipt = place.filter(|_| self.dice.happens(0.2));
        let (now, each) = (self.now, self.is(Mutation::AllMustDeny));
        let Some(one) = self.verifiers.get(verifier) else { return };
        // In this order: what is found is at least as new as what was proven.
        let proof = one.freshness.proof();
        let has_come = receipt.is_none_or(|place| match self.mutation {
            Some(Mutation::ReceiptIgnored) => true,
            Some(Mutation::PartIsEverything) => one.follower.known().get(&place.lane) >= Some(&place.head),
            _ => one.follower.has_reached(place.of, place.lane, place.head),
        });
        let finding = match credential.depended_on() {
            all if !each => one.table.find(all),
            all if all.clone().into_iter().any(|scope| one.table.find([scope]) == Finding::Good) => {
                Finding::Good
            }
            _ => Finding::Denied,
        };
        let look = Look { at: now, credential, proof, finding, has_receipt: receipt.is_some(), has_come };
        // The process may be stopped in between.
        if now < QUIET && self.dice.happens(self.weather.stops) {
            let until = now + self.dice.between(50, 8_000);
            self.at(now, Event::Pause(verifier, until));
        }
        self.at(now, Event::Answer(verifier, Box::new(look)));
    }

    fn answer(&mut self, verifier: usize, look: &Look) {
        let (now, sleeps) = (self.now, self.is(Mutation::SleepingClock));
        let (lets_in, too_early) = (self.is(Mutation::UnknownIsGood), self.is(Mutation::ClockBeforeLook));
        let Some(one) = self.verifiers.get_mut(verifier) else { return };
        let clock = one.clock.at(now);
        let shown = match (sleeps, too_early) {
            (true, _) => Span::millis(clock.as_millis() - one.slept),
            (_, true) => one.clock.at(look.at),
            _ => clock,
        };
        let is_fresh = look.proof.is_within(shown, one.bears);
        let said = match (look.finding, (lets_in || is_fresh) && look.has_come) {
            (Finding::Denied, _) => Said::Denied,
            (_, false) => Said::Unknown,
            (_, true) => Said::LetIn,
        };
        let played = &mut self.played;
        played.violation = wrong(&self.truth, one, look, said, now);
        if is_fresh {
            one.fresh_at = now;
        }
        match said {
            Said::Denied => {
                played.denied += 1;
                one.denied.entry(look.credential).or_insert(now);
            }
            Said::Unknown => played.unknown += 1,
            Said::LetIn => {
                played.accepted += 1;
                let share = age(&self.truth, one, look, now) * 1_000 / one.bears.as_millis().max(1);
                played.worst = played.worst.max(share);
            }
        }
        let what = (now as u64) << 8 ^ u64::from(look.credential.session) << 2 ^ said as u64;
        played.trace = played.trace.wrapping_mul(0x100_0000_01b3) ^ what;
    }

    /// So long after the last trouble everything must be well.
    fn ends(&mut self) {
        let is_behind = |one: &Verifier| one.fresh_at < QUIET + RECOVERED;
        let wrong = if let Some(number) = self.verifiers.iter().position(is_behind) {
            format!("verifier {number} can say nothing, long after the trouble")
        } else if let Some((number, since)) =
            self.waiting.iter().find(|(_, since)| *since < LENGTH - RECOVERED)
        {
            format!("fact {number}, of {since}, does not hold everywhere, long after the trouble")
        } else {
            return;
        };
        self.played.violation.get_or_insert(wrong);
    }
}
