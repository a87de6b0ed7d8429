//! One verifier's end: what it has taken in, and what it has asked.

use super::said::{Asked, Heads, Incarnation, Nonce, Part, Told};
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
    of: Option<Incarnation>,
    known: Heads,
    /// How far everything is known: a fact that grew was not where a part ended, and comes with a later one.
    all: Heads,
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

/// So many questions are remembered that are not answered. The newest one's answer is worth more than all before it.
const OPEN_AT_MOST: usize = 16;

impl Follower {
    /// One that knows nothing, and asks so often.
    #[must_use]
    pub const fn new(every: Span) -> Self {
        Self {
            of: None,
            known: Heads::new(),
            all: Heads::new(),
            is_open: false,
            asked: BTreeMap::new(),
            last: None,
            heard: Span::millis(0),
            every,
        }
    }

    /// One that goes on where another has ended, which had taken in everything of this truth up to here.
    #[must_use]
    pub fn going_on(every: Span, of: Incarnation, heads: Heads) -> Self {
        Self { of: Some(of), known: heads.clone(), all: heads, ..Self::new(every) }
    }

    /// Of which truth it has taken in everything, and up to where: if it is not in the middle of something.
    #[must_use]
    pub fn whole(&self) -> Option<(Incarnation, &Heads)> {
        self.of.filter(|_| is_same(&self.known, &self.all)).map(|of| (of, &self.all))
    }

    /// Which truth it follows.
    #[must_use]
    pub const fn of(&self) -> Option<Incarnation> {
        self.of
    }

    /// How far it has come: it can go on from there elsewhere.
    #[must_use]
    pub const fn known(&self) -> &Heads {
        &self.known
    }

    /// Whether a change that was acknowledged with this receipt has come. Whoever brings a receipt is not answered before. One of another
    /// truth can never come.
    #[must_use]
    pub fn has_reached(&self, of: Incarnation, lane: LaneId, head: u64) -> bool {
        self.of == Some(of) && self.all.get(&lane).is_some_and(|known| *known >= head)
    }

    /// One step, at a moment of the own clock.
    pub fn step(&mut self, now: Span, input: Input) -> Vec<Output> {
        match input {
            Input::Opened => {
                // What was asked on another stream is not answered on this one.
                self.asked.clear();
                (self.is_open, self.heard) = (true, now);
                let mut outputs = vec![Output::Ask(Asked::Hello(self.of, self.known.clone()))];
                // Where it goes on is not what it has, and that was said to somebody else perhaps.
                outputs.extend(self.of.map(|of| Output::Ask(Asked::Has(of, self.all.clone()))));
                outputs.push(self.ask(now));
                outputs
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
                    Told::Begins(of) => {
                        (self.of, self.known, self.all) = (Some(of), Heads::new(), Heads::new());
                        Vec::new()
                    }
                    Told::Facts(part) => self.take_in(part),
                    Told::All(heads) => self.reach(heads, None),
                    Told::Proof(nonce, heads) => self.reach(heads, Some(nonce)),
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
        while self.asked.len() > OPEN_AT_MOST {
            self.asked.pop_first();
        }
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
        if self.of.is_none() {
            return self.close();
        }
        let known = self.known.entry(part.lane).or_default();
        if part.after > *known {
            // Something in between never came.
            return self.close();
        }
        *known = part.upto.max(*known);
        vec![Output::Learn(part.facts)]
    }

    /// Everything up to here has come; and that was so when somebody was asked.
    fn reach(&mut self, heads: Heads, answers: Option<Nonce>) -> Vec<Output> {
        let sent = answers.map(|nonce| (nonce, self.asked.get(&nonce).copied()));
        if let Some((_, None)) = sent {
            // Nobody asked: it proves nothing.
            return Vec::new();
        }
        let Some(of) = self.of else { return self.close() };
        if !is_same(&heads, &self.known) {
            // More than has come: something is missing. Less: this truth has lost what it acknowledged, and what it gives out anew under
            // those numbers must be read from its beginning.
            if has_lost(&heads, &self.known) {
                (self.of, self.known, self.all) = (None, Heads::new(), Heads::new());
            }
            return self.close();
        }
        let mut outputs = Vec::new();
        if !is_same(&heads, &self.all) {
            self.all.clone_from(&heads);
            outputs.push(Output::Ask(Asked::Has(of, heads)));
        }
        if let Some((nonce, Some(sent))) = sent {
            // The ones before it are answered with it.
            self.asked.retain(|other, _| *other > nonce);
            outputs.push(Output::Fresh(sent));
        }
        outputs
    }

    fn close(&mut self) -> Vec<Output> {
        self.asked.clear();
        self.is_open = false;
        vec![Output::Close]
    }
}

/// A lane that is not named has not begun.
fn at(heads: &Heads, lane: LaneId) -> u64 {
    heads.get(&lane).copied().unwrap_or_default()
}

fn is_same(one: &Heads, other: &Heads) -> bool {
    one.keys().chain(other.keys()).all(|lane| at(one, *lane) == at(other, *lane))
}

fn has_lost(now: &Heads, before: &Heads) -> bool {
    before.iter().any(|(lane, head)| at(now, *lane) < *head)
}

#[cfg(test)]
mod tests;
