//! One world: a truth of two lanes, an authority, three verifiers, and what happens to them in forty seconds.

use super::mutation::Mutation;
use crate::dice::Dice;
use cloakroom_model::ports::NoEntropy;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::feed::follower::{Follower, Input as ToFollower, Output as Does};
use cloakroom_rules::feed::relay::{Input as ToRelay, Output as Wants, Read, Relay};
use cloakroom_rules::feed::said::{Asked, Heads, Part, Told};
use cloakroom_verifier::freshness::{Freshness, Proof};
use cloakroom_verifier::table::{Finding, Table};
use std::collections::{BTreeMap, BTreeSet};

/// How long a world lives, in milliseconds.
const LENGTH: i64 = 40_000;
/// D: how old what a verifier knows may be.
const BOUND: i64 = 2_000;
const SESSIONS: u8 = 24;
const VERIFIERS: usize = 3;
const LANES: u32 = 2;
/// How often a follower asks.
const EVERY: Span = Span::millis(500);

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Played {
    /// Checks that let somebody in.
    pub accepted: u64,
    /// Checks that did not, because it was taken back.
    pub denied: u64,
    /// Checks that could not say.
    pub unknown: u64,
    /// How long after the acknowledgement somebody was let in last, by the clock of who let them in.
    pub worst: i64,
    /// What went wrong first.
    pub violation: Option<String>,
    /// The same for the same seed.
    pub trace: u64,
}

struct Committed {
    at: i64,
    lane: LaneId,
    fact: KeptFact,
}

enum Event {
    Commit(u8),
    Hint(usize),
    /// What a read found, if the truth answered.
    Found(usize, u64, u64, Option<Read>),
    Again(usize, u64),
    Asked(usize, u64, Asked),
    Told(usize, u64, Told),
    Tick(usize),
    Check(usize),
    /// What was found is about to be said.
    Answer(usize, Box<Look>),
    Open(usize),
    Break(usize),
    Hold(usize, i64),
    Pause(usize, i64),
    Restart(usize),
}

/// Somebody's credential was looked up.
struct Look {
    number: u8,
    proof: Proof,
    finding: Finding,
    has_receipt: bool,
    has_come: bool,
    looked: Span,
}

struct Verifier {
    offset: i64,
    rate: f64,
    table: Table,
    freshness: Freshness,
    follower: Follower,
    /// The authority's end of the stream.
    relay: Relay,
    read: Heads,
    /// The number of the read that was asked for last.
    reading: u64,
    stream: u64,
    is_open: bool,
    /// When the last message of each direction arrives.
    last: [i64; 2],
    held_until: i64,
    paused_until: i64,
    slept: i64,
    denied: BTreeSet<u8>,
}

impl Verifier {
    fn new(seed: u64, offset: i64, rate: f64) -> Result<Self, NoEntropy> {
        Ok(Self {
            offset,
            rate,
            table: Table::draw(&SeededEntropy::new(seed))?,
            freshness: Freshness::unknown(),
            follower: Follower::new(EVERY),
            relay: Relay::default(),
            read: Heads::new(),
            reading: 0,
            stream: 0,
            is_open: false,
            last: [0; 2],
            held_until: 0,
            paused_until: 0,
            slept: 0,
            denied: BTreeSet::new(),
        })
    }

    /// Its own clock at a moment of the world.
    fn clock(&self, at: i64) -> Span {
        Span::millis(self.offset + (at as f64 * self.rate) as i64)
    }
}

struct World {
    dice: Dice,
    mutation: Option<Mutation>,
    now: i64,
    order: u64,
    queue: BTreeMap<(i64, u64), Event>,
    log: Vec<Committed>,
    acknowledged: BTreeMap<u8, i64>,
    /// What whoever took it back can show.
    receipts: BTreeMap<u8, (LaneId, u64)>,
    verifiers: Vec<Verifier>,
    /// When the truth cannot be read.
    outages: Vec<(i64, i64)>,
    /// When a primary answers that is none any more.
    deposed: (i64, i64),
    played: Played,
}

fn session(number: u8) -> FactKey {
    FactKey::Session(SessionId::from_bytes([number; 16]))
}

/// Plays the world of a seed.
pub fn play(seed: u64, mutation: Option<Mutation>) -> Result<Played, NoEntropy> {
    let mut dice = Dice::of(seed);
    let mut verifiers = Vec::new();
    for number in 0..VERIFIERS as u64 {
        let (offset, rate) = (dice.between(0, 1_000_000), 0.9 + dice.unit() * 0.2);
        verifiers.push(Verifier::new(seed ^ number, offset, rate)?);
    }
    let mut world = World {
        dice,
        mutation,
        now: 0,
        order: 0,
        queue: BTreeMap::new(),
        log: Vec::new(),
        acknowledged: BTreeMap::new(),
        receipts: BTreeMap::new(),
        verifiers,
        outages: Vec::new(),
        deposed: (0, 0),
        played: Played::default(),
    };
    world.prepare();
    while let Some(((at, _), event)) = world.queue.pop_first() {
        if at > LENGTH || world.played.violation.is_some() {
            break;
        }
        world.now = at;
        world.happens(event)?;
    }
    Ok(world.played)
}

impl World {
    fn is(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    fn at(&mut self, at: i64, event: Event) {
        self.order += 1;
        self.queue.insert((at.max(self.now), self.order), event);
    }

    fn some_time(&mut self) -> i64 {
        self.dice.between(0, LENGTH)
    }

    fn prepare(&mut self) {
        for number in 0..SESSIONS {
            if self.dice.happens(0.8) {
                let at = self.some_time();
                self.at(at, Event::Commit(number));
            }
        }
        for _ in 0..self.dice.between(0, 3) {
            let (from, length) = (self.some_time(), self.dice.between(100, 6_000));
            self.outages.push((from, from + length));
        }
        let from = self.some_time();
        self.deposed = (from, from + self.dice.between(3_000, 10_000));
        for verifier in 0..VERIFIERS {
            self.at(0, Event::Open(verifier));
            for at in (0..LENGTH).step_by(100) {
                self.at(at, Event::Tick(verifier));
            }
            for _ in 0..800 {
                let at = self.some_time();
                self.at(at, Event::Check(verifier));
            }
            for _ in 0..self.dice.between(0, 4) {
                let (at, length) = (self.some_time(), self.dice.between(50, 8_000));
                let event = match self.dice.between(0, 3) {
                    0 => Event::Break(verifier),
                    1 => Event::Hold(verifier, at + length),
                    2 => Event::Pause(verifier, at + length),
                    _ => Event::Restart(verifier),
                };
                self.at(at, event);
            }
        }
    }

    /// A process that is stopped does nothing; what waits for it waits.
    fn waits(&self, event: &Event) -> Option<i64> {
        let (Event::Told(verifier, ..)
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
        if let Some(until) = self.waits(&event) {
            self.at(until, event);
            return Ok(());
        }
        match event {
            Event::Commit(number) => self.commit(number),
            Event::Hint(verifier) => self.relay(verifier, None, ToRelay::Hint),
            Event::Found(verifier, stream, number, Some(read)) => {
                let late = self.is(Mutation::LateRead);
                let number = self.with(verifier, |one| if late { one.reading } else { number });
                self.relay(verifier, Some(stream), ToRelay::Read(number, read));
            }
            Event::Found(verifier, stream, number, None) => {
                self.relay(verifier, Some(stream), ToRelay::Failed(number));
                self.at(self.now + 200, Event::Again(verifier, stream));
            }
            Event::Again(verifier, stream) => self.relay(verifier, Some(stream), ToRelay::Again),
            Event::Asked(verifier, stream, asked) => self.asked(verifier, stream, asked),
            Event::Told(verifier, stream, told) => self.told(verifier, stream, told),
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

    fn with<T: Default>(&mut self, verifier: usize, act: impl FnOnce(&mut Verifier) -> T) -> T {
        self.verifiers.get_mut(verifier).map(act).unwrap_or_default()
    }

    fn commit(&mut self, number: u8) {
        let lane = LaneId(1 + self.dice.between(0, i64::from(LANES) - 1) as u32);
        let fact = KeptFact { fact: Fact::revoke(session(number)), until: Time::MAX };
        self.log.push(Committed { at: self.now, lane, fact });
        self.acknowledged.insert(number, self.now);
        let head = self.log.iter().filter(|one| one.lane == lane).count() as u64;
        self.receipts.insert(number, (lane, head));
        for verifier in 0..VERIFIERS {
            // Hints are lost, and late.
            if !self.dice.happens(0.2) {
                let at = self.now + self.dice.latency();
                self.at(at, Event::Hint(verifier));
            }
        }
    }

    /// What the log held at a moment, after some numbers.
    fn read(&self, after: &Heads, at: i64) -> Read {
        let mut read = Read { heads: Heads::new(), parts: Vec::new() };
        for lane in (1..=LANES).map(LaneId) {
            let all: Vec<_> = self.log.iter().filter(|one| one.lane == lane && one.at <= at).collect();
            let (after, upto) = (after.get(&lane).copied().unwrap_or_default(), all.len() as u64);
            read.heads.insert(lane, upto);
            let facts: Vec<_> = all.iter().skip(after as usize).map(|one| one.fact.clone()).collect();
            if upto > after {
                read.parts.push(Part { lane, after, upto, facts });
            }
        }
        read
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
                Wants::Read(number, after) => {
                    let is_slow = self.dice.happens(0.05);
                    let takes =
                        if is_slow { self.dice.between(500, 3_000) } else { self.dice.between(1, 80) };
                    self.with(verifier, |one| one.reading = number);
                    let is_down = self.outages.iter().any(|(from, to)| (*from..*to).contains(&self.now));
                    let lags = if self.is(Mutation::LaggingRead) { self.dice.between(0, 5_000) } else { 0 };
                    let is_deposed = self.is(Mutation::DeposedPrimary)
                        && (self.deposed.0..self.deposed.1).contains(&self.now);
                    let as_of = if is_deposed { self.deposed.0 } else { self.now - lags };
                    let found = match is_down {
                        false => Some(self.read(&after, as_of)),
                        true if self.is(Mutation::OutageIsEmpty) => {
                            Some(Read { heads: after, parts: Vec::new() })
                        }
                        true => None,
                    };
                    if self.dice.happens(0.03) {
                        // It hangs and is given up, and answers after all.
                        self.at(self.now + takes, Event::Found(verifier, stream, number, None));
                        let late = self.now + self.dice.between(500, 4_000);
                        self.at(late, Event::Found(verifier, stream, number, found));
                    } else {
                        self.at(self.now + takes, Event::Found(verifier, stream, number, found));
                    }
                }
            }
        }
    }

    /// When something that is sent now arrives: in order, and not while everything is held back.
    fn arrives(&mut self, verifier: usize, direction: usize) -> i64 {
        let takes = self.dice.latency().min(6_000);
        let now = self.now;
        self.with(verifier, |one| {
            let at = (now + takes).max(one.held_until);
            let Some(last) = one.last.get_mut(direction) else { return at };
            *last = at.max(*last);
            *last
        })
    }

    fn sends(&mut self, verifier: usize, stream: u64, told: Told) {
        // A link that loses a frame in the middle of a stream: it should not, and one day it does.
        let is_lost = matches!(told, Told::Facts(_)) && self.dice.happens(0.02);
        if is_lost {
            return;
        }
        let overtakes = self.is(Mutation::ProofOvertakes) && matches!(told, Told::Proof(..));
        let at = if overtakes { self.now + 1 } else { self.arrives(verifier, 0) };
        self.at(at, Event::Told(verifier, stream, told));
    }

    fn asked(&mut self, verifier: usize, stream: u64, asked: Asked) {
        if let (Asked::Probe(nonce), true) = (&asked, self.is(Mutation::ProofWithoutRead)) {
            let heads = self.with(verifier, |one| one.read.clone());
            self.sends(verifier, stream, Told::Proof(*nonce, heads));
            return;
        }
        self.relay(verifier, Some(stream), ToRelay::Asked(asked));
    }

    fn told(&mut self, verifier: usize, stream: u64, mut told: Told) {
        let is_blind = [Mutation::GapIgnored, Mutation::ProofOvertakes, Mutation::SkipToTheHead];
        let is_blind = self.mutation.is_some_and(|mutation| is_blind.contains(&mutation));
        let one_lane = self.is(Mutation::OneLane);
        let input = self.with(verifier, |one| {
            if !one.is_open || one.stream != stream {
                return None;
            }
            match &mut told {
                Told::Facts(part) if is_blind => {
                    part.after =
                        part.after.min(one.follower.known().get(&part.lane).copied().unwrap_or_default());
                }
                Told::Proof(_, heads) if is_blind => heads.clone_from(one.follower.known()),
                Told::Proof(_, heads) if one_lane => {
                    let first = heads.get(&LaneId(1)).copied().unwrap_or_default();
                    heads.clone_from(one.follower.known());
                    heads.insert(LaneId(1), first);
                }
                Told::Facts(_) | Told::Proof(..) | Told::Waiting => {}
            }
            Some(ToFollower::Told(told))
        });
        if let Some(input) = input {
            self.follower(verifier, input);
        }
    }

    fn follower(&mut self, verifier: usize, input: ToFollower) {
        let now = self.now;
        let (outputs, stream) =
            self.with(verifier, |one| (one.follower.step(one.clock(now), input), one.stream));
        for output in outputs {
            match output {
                Does::Ask(mut asked) => {
                    if let (Asked::Hello(heads), true) = (&mut asked, self.is(Mutation::SkipToTheHead)) {
                        *heads = self.read(&Heads::new(), self.now).heads;
                    }
                    let at = self.arrives(verifier, 1);
                    self.at(at, Event::Asked(verifier, stream, asked));
                }
                Does::Learn(facts) => {
                    let on_push = self.is(Mutation::FreshOnPush);
                    self.with(verifier, |one| {
                        one.table.learn(&facts);
                        if on_push {
                            one.freshness.proven(one.clock(now));
                        }
                    });
                }
                Does::Fresh(as_of) => {
                    let mutation = self.mutation;
                    self.with(verifier, |one| {
                        one.freshness.proven(match mutation {
                            Some(Mutation::StampOnArrival) => one.clock(now),
                            Some(Mutation::ClockOfTheSender) => Span::millis(one.offset + now),
                            _ => as_of,
                        });
                    });
                }
                Does::Close => self.breaks(verifier),
            }
        }
    }

    fn tick(&mut self, verifier: usize) {
        let (now, by_heartbeat) = (self.now, self.is(Mutation::HeartbeatIsProof));
        self.with(verifier, |one| {
            if by_heartbeat && one.is_open {
                one.freshness.proven(one.clock(now));
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
        self.with(verifier, |one| one.is_open = false);
        self.follower(verifier, ToFollower::Closed);
        let at = self.now + self.dice.between(10, 1_500);
        self.at(at, Event::Open(verifier));
    }

    fn restart(&mut self, verifier: usize) -> Result<(), NoEntropy> {
        let keeps = self.is(Mutation::FreshAfterRestart);
        let Some(one) = self.verifiers.get_mut(verifier) else { return Ok(()) };
        let fresh = Verifier::new(one.stream, one.offset, one.rate)?;
        one.table = fresh.table;
        one.follower = fresh.follower;
        if !keeps {
            one.freshness = fresh.freshness;
        }
        self.breaks(verifier);
        Ok(())
    }

    /// Somebody comes with a credential.
    fn check(&mut self, verifier: usize) {
        let number = self.dice.between(0, i64::from(SESSIONS) - 1) as u8;
        let receipt = self.receipts.get(&number).copied().filter(|_| self.dice.happens(0.2));
        let (now, ignores) = (self.now, self.is(Mutation::ReceiptIgnored));
        let Some(one) = self.verifiers.get(verifier) else { return };
        // In this order: what is found is at least as new as what was proven.
        let proof = one.freshness.proof();
        let has_come = |(lane, head)| ignores || one.follower.has_reached(lane, head);
        let has_come = receipt.is_none_or(has_come);
        let finding = one.table.find([(session(number), 0)]);
        let (has_receipt, looked) = (receipt.is_some(), one.clock(now));
        let look = Look { number, proof, finding, has_receipt, has_come, looked };
        // The process may be stopped in between.
        if self.dice.happens(0.001) {
            let until = now + self.dice.between(50, 8_000);
            self.at(now, Event::Pause(verifier, until));
        }
        self.at(now, Event::Answer(verifier, Box::new(look)));
    }

    fn answer(&mut self, verifier: usize, look: &Look) {
        let Look { number, proof, finding, has_receipt, has_come, looked } = *look;
        let (now, sleeps) = (self.now, self.is(Mutation::SleepingClock));
        let (lets_in, too_early) = (self.is(Mutation::UnknownIsGood), self.is(Mutation::ClockBeforeLook));
        let acknowledged = self.acknowledged.get(&number).copied();
        let Some(one) = self.verifiers.get_mut(verifier) else { return };
        let clock = one.clock(now);
        let shown = match (sleeps, too_early) {
            (true, _) => Span::millis(clock.as_millis() - one.slept),
            (_, true) => looked,
            _ => clock,
        };
        let is_fresh = (lets_in || proof.is_within(shown, Span::millis(BOUND))) && has_come;
        let played = &mut self.played;
        let code = match (finding, is_fresh) {
            (Finding::Denied, _) => {
                played.denied += 1;
                one.denied.insert(number);
                if acknowledged.is_none() {
                    played.violation = Some(format!("{now}: {number} is denied, and nobody took it back"));
                }
                1
            }
            (_, false) => {
                played.unknown += 1;
                2
            }
            (_, true) => {
                played.accepted += 1;
                let age = acknowledged.map_or(0, |at| clock.as_millis() - one.clock(at).as_millis());
                played.worst = played.worst.max(age);
                if one.denied.contains(&number) {
                    played.violation = Some(format!("{now}: {number} is let in after it was denied"));
                } else if has_receipt {
                    played.violation =
                        Some(format!("{now}: {number} is let in beside the receipt for their end"));
                } else if age > BOUND {
                    played.violation =
                        Some(format!("{now}: {number} is let in {age} ms after it was taken back"));
                }
                3
            }
        };
        played.trace =
            played.trace.wrapping_mul(0x100_0000_01b3) ^ (now as u64) << 8 ^ u64::from(number) << 2 ^ code;
    }
}
