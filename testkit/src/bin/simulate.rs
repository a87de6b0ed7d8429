//! Plays the feed: `simulate [--seeds N | --seed S]`. Prints each seed that went wrong, and for each mutation how soon it was noticed.

use cloakroom_testkit::feed::mutation::Mutation;
use cloakroom_testkit::feed::world::{Played, play};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask simulate [--seeds N | --seed S]";
/// Within so many seeds every mutation must be noticed.
const NOTICED_WITHIN: u64 = 2_000;

fn wrong(seed: u64, played: &Played) -> Option<String> {
    played.violation.as_ref().map(|violation| format!("seed {seed}: {violation}"))
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seeds = match words[..] {
        [] => 0..10_000,
        ["--seeds", count] => match count.parse() {
            Ok(count) => 0..count,
            Err(_) => 0..0,
        },
        ["--seed", seed] => match seed.parse::<u64>() {
            Ok(seed) => seed..seed + 1,
            Err(_) => 0..0,
        },
        _ => 0..0,
    };
    if seeds.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let (mut violations, mut all) = (0u64, Played::default());
    for seed in seeds.clone() {
        let Ok(played) = play(seed, None) else { return ExitCode::FAILURE };
        if let Some(wrong) = wrong(seed, &played) {
            println!("{wrong}");
            violations += 1;
        }
        all.accepted += played.accepted;
        all.denied += played.denied;
        all.unknown += played.unknown;
        all.worst = all.worst.max(played.worst);
        all.held += played.held;
    }
    let count = seeds.end - seeds.start;
    println!(
        "{count} worlds, {violations} violations; let in {}, denied {}, unknown {}, held everywhere {}; let in at worst after {}.{} % of the bound",
        all.accepted,
        all.denied,
        all.unknown,
        all.held,
        all.worst / 10,
        all.worst % 10
    );
    let mut missed = 0u64;
    for mutation in Mutation::ALL.iter().copied().filter(|_| count > 1) {
        let noticed = (0..NOTICED_WITHIN).find_map(|seed| {
            let played = play(seed, Some(mutation)).ok()?;
            wrong(seed, &played)
        });
        missed += u64::from(noticed.is_none());
        println!("{mutation:?}: {}", noticed.as_deref().unwrap_or("NOT NOTICED"));
    }
    if violations + missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
