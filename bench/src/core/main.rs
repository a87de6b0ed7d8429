//! `bench/run core`: the session core without HTTP.

mod report;

mod timing;

mod synthetic;

mod known;

mod first_sight;

mod writes;

mod sweep;

mod hashing;

use cloakroom_testkit::engine::Failure;
use report::Report;

/// How much of it: `--quick` ends within a minute.
#[derive(Debug, Clone, Copy)]
struct Size {
    quick: bool,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let size = Size { quick: has("--quick") };
    let mut report = Report::of("core", has("--json"));
    known::measure(size, &mut report)?;
    first_sight::measure(size, &mut report)?;
    writes::measure(size, &mut report)?;
    sweep::measure(size, &mut report)?;
    hashing::measure(size, &mut report)?;
    report.end()
}
