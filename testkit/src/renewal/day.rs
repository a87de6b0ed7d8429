//! One day of one sign-in: a browser with tabs over a lossy network, perhaps a thief.

use super::scheme::{ACCESS_LIFE, Said, Scheme, Server};
use crate::dice::Dice;
use cloakroom_model::words::time::{Span, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const START: Time = Time::from_millis(1_790_000_000_000);
/// A working day.
const LENGTH: Span = Span::hours(8);
/// A client gives up waiting for an answer and tries again.
const TIMEOUT: i64 = 5_000;

/// What the thief of a refresh token does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thief {
    /// There is none.
    None,
    /// Renews whenever the access token is over, as the app does.
    Renews,
    /// Uses it once and is content with one access token.
    Once,
    /// Watches the victim and presents the same token a second after each renewal.
    InStep,
}

/// What the network and the people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Tabs race, answers overtake one another and are lost; whoever lost one tries again at once and gets through.
    Brisk,
    /// All that, several times in a row, over a network that stalls; and lids are closed while an answer is under way.
    Rough,
}

/// How a day ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// The server ended the family.
    pub over: Option<Time>,
    /// The thief's first success.
    pub thief_since: Option<Time>,
    /// The thief's last success.
    pub thief_until: Option<Time>,
    /// How often the victim renewed.
    pub renewed: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A tab needs an access token.
    Wake { tab: u8 },
    /// A tab's request reaches the server.
    Arrive { tab: u8, token: u32 },
    /// Its answer reaches the browser.
    Answer { tab: u8, token: u32 },
    /// A tab has waited long enough.
    GiveUp { tab: u8, attempt: u8 },
    /// The thief copies what the browser has.
    Steal,
    /// The thief presents what they have.
    Present,
}

struct Day<'a> {
    dice: &'a mut Dice,
    server: Server,
    thief: Thief,
    weather: Weather,
    queue: BinaryHeap<Reverse<(i64, u64, Step)>>,
    filed: u64,
    /// What the browser's jar holds.
    jar: u32,
    /// Until when each tab's access token is good.
    access_until: [i64; 6],
    /// Whether tabs share it, as a cookie; else each has its own.
    shares: bool,
    /// Which tabs wait for an answer, and for which attempt.
    waiting: [Option<u8>; 6],
    stolen: u32,
    /// Which renewal a thief in step goes after.
    aimed: u32,
    ended: Ended,
}

/// Plays a day. The same seed is the same day: the same network, the same tabs, the same moments.
#[must_use]
pub fn play(scheme: Scheme, thief: Thief, weather: Weather, seed: u64) -> Ended {
    let mut dice = Dice::of(seed);
    let mut day = Day {
        dice: &mut dice,
        server: Server::starting(scheme, START),
        thief,
        weather,
        queue: BinaryHeap::new(),
        filed: 0,
        jar: 1,
        access_until: [ACCESS_LIFE.as_millis(); 6],
        shares: seed.is_multiple_of(2),
        waiting: [None; 6],
        stolen: 0,
        aimed: 0,
        ended: Ended::default(),
    };
    day.plan();
    day.run();
    day.ended
}

impl Day<'_> {
    fn file(&mut self, at: i64, step: Step) {
        self.filed += 1;
        if at < LENGTH.as_millis() {
            self.queue.push(Reverse((at, self.filed, step)));
        }
    }

    /// When the person uses the app, in how many tabs; when the thief comes.
    fn plan(&mut self) {
        let tabs = self.dice.between(1, 6) as u8;
        let mut at = 0;
        while at < LENGTH.as_millis() {
            at += self.dice.between(1_000, 20 * 60_000);
            let awake = self.dice.between(1, i64::from(tabs)) as u8;
            for tab in 0..awake {
                let moment = at + self.dice.between(0, 300);
                self.file(moment, Step::Wake { tab });
            }
        }
        if self.thief != Thief::None {
            let steal = self.dice.between(0, LENGTH.as_millis() / 2);
            self.file(steal, Step::Steal);
            let wait = self.dice.between(0, 20 * 60_000);
            if self.thief != Thief::InStep {
                self.file(steal + wait, Step::Present);
            }
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((at, _, step))) = self.queue.pop() {
            match step {
                Step::Wake { tab } if self.needs(at, tab) => self.send(at, tab, 0),
                Step::Wake { .. } => {}
                Step::Arrive { tab, token } => self.arrive(at, tab, token),
                Step::Answer { tab, token } => {
                    // A late answer still sets its cookie: the jar holds what came last.
                    self.jar = token;
                    let until = at + ACCESS_LIFE.as_millis();
                    for (other, place) in self.access_until.iter_mut().enumerate() {
                        if self.shares || other == usize::from(tab) {
                            *place = until;
                        }
                    }
                    self.settle(tab);
                }
                Step::GiveUp { tab, attempt } => {
                    let waits = self.waiting.get(usize::from(tab)).copied().flatten();
                    if waits == Some(attempt) {
                        self.settle(tab);
                        if self.needs(at, tab) {
                            self.send(at, tab, attempt.saturating_add(1));
                        }
                    }
                }
                Step::Steal => self.stolen = self.jar,
                Step::Present => self.present(at),
            }
            if self.ended.over.is_some() {
                return;
            }
        }
    }

    fn needs(&self, at: i64, tab: u8) -> bool {
        self.access_until.get(usize::from(tab)).is_some_and(|until| at >= *until)
    }

    fn way(&mut self) -> i64 {
        let way = self.dice.latency();
        if self.weather == Weather::Brisk { way.min(2_000) } else { way }
    }

    fn settle(&mut self, tab: u8) {
        if let Some(waits) = self.waiting.get_mut(usize::from(tab)) {
            *waits = None;
        }
    }

    /// No single flight: tabs do not know of one another, which is the worst case.
    fn send(&mut self, at: i64, tab: u8, attempt: u8) {
        if let Some(waits) = self.waiting.get_mut(usize::from(tab)) {
            if waits.is_some() {
                return;
            }
            *waits = Some(attempt);
        }
        let token = self.jar;
        // In brisk weather the second try gets through, there and back.
        let gets_through = attempt > 0 && self.weather == Weather::Brisk;
        if !self.dice.happens(0.01) || gets_through {
            let way = self.way();
            self.file(at + way, Step::Arrive { tab, token });
        }
        // One in two hundred is sent as the lid closes: the answer is lost, and the retry comes much later.
        let sleeps = self.dice.happens(0.005) && self.weather == Weather::Rough;
        let pause = if sleeps { self.dice.between(30_000, 2 * 3_600_000) } else { TIMEOUT };
        let backoff = if attempt > 2 { 60_000 } else { 0 };
        self.file(at + pause + backoff, Step::GiveUp { tab, attempt });
    }

    fn time(at: i64) -> Time {
        START.plus(Span::millis(at))
    }

    fn arrive(&mut self, at: i64, tab: u8, token: u32) {
        match self.server.present(token, true, Self::time(at)) {
            Said::Token(next) => {
                self.ended.renewed += 1;
                let attempt = self.waiting.get(usize::from(tab)).copied().flatten();
                let gets_through =
                    attempt.is_some_and(|attempt| attempt > 0) && self.weather == Weather::Brisk;
                if !self.dice.happens(0.02) || gets_through {
                    let way = self.way();
                    self.file(at + way, Step::Answer { tab, token: next });
                }
                // A clever one: only after a real renewal, for a second one would betray them.
                let is_new = self.stolen != 0 && next == self.stolen + 1 && self.aimed != next;
                if self.thief == Thief::InStep && is_new {
                    self.aimed = next;
                    self.file(at + 1_000, Step::Present);
                }
            }
            Said::Over => self.ended.over = Some(Self::time(at)),
            Said::Unproven => {}
        }
    }

    fn present(&mut self, at: i64) {
        if self.stolen == 0 {
            return;
        }
        match self.server.present(self.stolen, false, Self::time(at)) {
            Said::Token(next) => {
                self.stolen = next;
                let now = Some(Self::time(at));
                self.ended.thief_since = self.ended.thief_since.or(now);
                self.ended.thief_until = now;
                if self.thief == Thief::Renews {
                    let pause = self.dice.between(0, 60_000);
                    self.file(at + ACCESS_LIFE.as_millis() + pause, Step::Present);
                }
            }
            Said::Over => self.ended.over = Some(Self::time(at)),
            Said::Unproven => {}
        }
    }
}
