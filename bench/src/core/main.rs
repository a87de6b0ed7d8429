//! `bench/run core`: the session core without HTTP.

mod synthetic;

mod known;

mod first_sight;

mod writes;

mod sweep;

mod hashing;

use cloakroom_bench::report::Report;
use cloakroom_testkit::engine::Failure;

/// How much of it: `--quick` ends within a minute. `--only NAME` measures one part.
#[derive(Debug, Clone, Copy)]
struct Size {
    quick: bool,
}

type Measure = fn(Size, &mut Report) -> Result<(), Failure>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let size = Size { quick: has("--quick") };
    let only = words.iter().skip_while(|word| *word != "--only").nth(1);
    let mut report = Report::of("core", has("--json"));
    if let Some(count) = words.iter().skip_while(|word| *word != "--known").nth(1) {
        report.goes_on();
        return known::one(count.parse()?, &mut report);
    }
    let parts: [(&str, Measure); 5] = [
        ("known", known::measure),
        ("first-sight", first_sight::measure),
        ("writes", writes::measure),
        ("sweep", sweep::measure),
        ("hashing", hashing::measure),
    ];
    for (_, measure) in parts.into_iter().filter(|(name, _)| only.is_none_or(|only| only == name)) {
        measure(size, &mut report)?;
    }
    report.end()
}
