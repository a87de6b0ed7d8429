//! `bench/run stores`: what each store takes for each thing, beside what its engine takes for the same rows and nothing else.
//!
//! The servers are real ones, on this machine, and write to memory: what a disk takes is the same for both sides, and left out.

mod raw;

mod world;

mod reading;

mod writing;

mod ending;

mod renewing;

mod sweeping;

mod reaching;

use cloakroom_bench::report::Report;
use cloakroom_testkit::engine::Failure;
use world::World;

/// How much of it: `--quick` ends within a minute. `--only NAME` measures one store.
#[derive(Debug, Clone, Copy)]
struct Size {
    quick: bool,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let size = Size { quick: has("--quick") };
    let only = words.iter().skip_while(|word| *word != "--only").nth(1);
    let mut report = Report::of("stores", has("--json"));
    for name in world::ALL.into_iter().filter(|name| only.is_none_or(|only| only == name)) {
        let world = World::open(name)?;
        let known = writing::measure(size, &world, &mut report)?;
        reading::measure(size, &world, &known, &mut report)?;
        renewing::measure(size, &world, &mut report)?;
        ending::measure(size, &world, known, &mut report)?;
        sweeping::measure(size, &world, &mut report)?;
        reaching::measure(size, &world, &mut report)?;
    }
    report.end()
}
