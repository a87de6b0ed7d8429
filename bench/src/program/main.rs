//! `bench/run program`: the program as it is shipped: how soon it answers, what it weighs, how many sign in, what a flood of them does to
//! others, and what it costs an app to stand behind it.

mod talk;

mod running;

mod beginning;

mod signing_in;

mod passing;

mod remembering;

use cloakroom_bench::report::Report;
use cloakroom_testkit::engine::Failure;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    quick: bool,
}

impl Size {
    /// A window in seconds.
    fn seconds(self) -> f64 {
        if self.quick { 1.0 } else { 8.0 }
    }
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let size = Size { quick: has("--quick") };
    let mut report = Report::of("program", has("--json"));
    let only = words.iter().position(|word| word == "--only").and_then(|at| words.get(at + 1));
    let is_asked = |part: &str| only.is_none_or(|only| only == part);
    if is_asked("beginning") {
        beginning::measure(size, &mut report)?;
    }
    if is_asked("signing-in") {
        signing_in::measure(size, &mut report)?;
    }
    if is_asked("passing") {
        passing::measure(size, &mut report)?;
    }
    if is_asked("remembering") {
        remembering::measure(size, &mut report)?;
    }
    report.end()
}
