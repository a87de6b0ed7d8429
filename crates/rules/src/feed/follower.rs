//! One verifier's end: what it has taken in, and what it has asked.

use super::said::{Asked, Heads, Nonce, Part, Told};
use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::Span;
use std::collections::BTreeMap;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// There is a stream.
    Opened,
    /// It is gone.
    Closed,
    /// The relay said something.
    Told(Told),
    /// Time has passed.
    Tick,
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Say this to the relay.
    Ask(Asked),
    /// Join these facts to what is known. Never in place of it.
    Learn(Vec<KeptFact>),
    /// Everything that was acknowledged before this moment of the own clock is known.
    Fresh(Span),
    /// This stream cannot be followed: close it, and begin another one.
    Close,
}

/// The follower of one verifier. Its clock is the time since the machine started, sleep included.
#[derive(Debug)]
pub struct Follower {
    known: Heads,
    is_open: bool,
    /// When each question was sent that is not answered yet.
    asked: BTreeMap<Nonce, Span>,
    last: Option<(Nonce, Span)>,
    /// When anything was heard last.
    heard: Span,
    every: Span,
}

/// After so many questions in silence the stream is given up: nobody is there any more.
const PATIENCE: i64 = 8;

impl Follower {
    /// One that knows nothing, and asks so often.
    #[must_use]
    pub const fn new(every: Span) -> Self {
        Self {
            known: Heads::new(),
            is_open: false,
            asked: BTreeMap::new(),
            last: None,
            heard: Span::millis(0),
            every,
        }
    }

    /// How far it has come: it can go on from there elsewhere.
    #[must_use]
    pub const fn known(&self) -> &Heads {
        &self.known
    }

    /// Whether a change that was acknowledged with this receipt has come. Whoever brings a receipt is not answered before.
    #[must_use]
    pub fn has_reached(&self, lane: LaneId, head: u64) -> bool {
        self.known.get(&lane).is_some_and(|known| *known >= head)
    }

    /// One step, at a moment of the own clock.
    pub fn step(&mut self, now: Span, input: Input) -> Vec<Output> {
        match input {
            Input::Opened => {
                // What was asked on another stream is not answered on this one.
                self.asked.clear();
                (self.is_open, self.heard) = (true, now);
                vec![Output::Ask(Asked::Hello(self.known.clone())), self.ask(now)]
            }
            Input::Closed => {
                self.asked.clear();
                self.is_open = false;
                Vec::new()
            }
            Input::Told(_) if !self.is_open => Vec::new(),
            Input::Told(told) => {
                // It keeps the stream open, and makes nothing fresh.
                self.heard = now;
                match told {
                    Told::Facts(part) => self.take_in(part),
                    Told::Proof(nonce, heads) => self.believe(nonce, &heads),
                    Told::Waiting => Vec::new(),
                }
            }
            Input::Tick => self.tick(now),
        }
    }

    fn ask(&mut self, now: Span) -> Output {
        let nonce = Nonce(self.last.map_or(1, |(Nonce(last), _)| last.wrapping_add(1)));
        self.last = Some((nonce, now));
        self.asked.insert(nonce, now);
        Output::Ask(Asked::Probe(nonce))
    }

    fn tick(&mut self, now: Span) -> Vec<Output> {
        let is_ago =
            |sent: Span, times: i64| now.as_millis() - sent.as_millis() >= times * self.every.as_millis();
        if !self.is_open {
            Vec::new()
        } else if is_ago(self.heard, PATIENCE) {
            self.close()
        } else if self.last.is_none_or(|(_, last)| is_ago(last, 1)) {
            vec![self.ask(now)]
        } else {
            Vec::new()
        }
    }

    fn take_in(&mut self, part: Part) -> Vec<Output> {
        let known = self.known.entry(part.lane).or_default();
        if part.after > *known {
            // Something in between never came.
            return self.close();
        }
        *known = part.upto.max(*known);
        vec![Output::Learn(part.facts)]
    }

    fn believe(&mut self, nonce: Nonce, heads: &Heads) -> Vec<Output> {
        // Nobody asked: it proves nothing.
        let Some(sent) = self.asked.get(&nonce).copied() else { return Vec::new() };
        let of = |heads: &Heads, lane: &LaneId| heads.get(lane).copied().unwrap_or_default();
        // More than has come: something is missing. Less: this truth has lost what it acknowledged, and what it gives out anew under those
        // numbers would never be read.
        if heads.keys().chain(self.known.keys()).any(|lane| of(heads, lane) != of(&self.known, lane)) {
            return self.close();
        }
        // The ones before it are answered with it.
        self.asked.retain(|other, _| *other > nonce);
        vec![Output::Fresh(sent)]
    }

    fn close(&mut self) -> Vec<Output> {
        self.asked.clear();
        self.is_open = false;
        vec![Output::Close]
    }
}

#[cfg(test)]
mod tests;
