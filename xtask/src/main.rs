//! `cargo xtask floors | sizes | bans | checklist | outside | servers | crash | renewal | simulate`: what a compiler does not check of this house.

mod finding;

mod tree;

mod floors;

mod sizes;

mod bans;

mod checklist;

mod outside;

mod kit;

mod servers;

use finding::Findings;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask floors | sizes | bans | checklist | all | outside | servers -- COMMAND | crash --cycles N [--on sqlite|postgres|redis|redis-alone] | renewal [--days N] | simulate [--seeds N | --seed S]";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Of now and not of when this was built: a target folder may have served another checkout.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let root = Path::new(&here).parent().unwrap_or(Path::new("."));
    let checks: &[Check] = match arguments.first().map(String::as_str) {
        Some("floors") => &[floors::check],
        Some("sizes") => &[sizes::check],
        Some("bans") => &[bans::check],
        Some("checklist") => &[checklist::check],
        Some("outside") => &[outside::check],
        Some("all") => &[floors::check, sizes::check, bans::check, checklist::check],
        Some(program @ ("crash" | "renewal" | "simulate")) => {
            return kit::run(root, program, arguments.get(1..).unwrap_or_default());
        }
        Some("servers") => return servers::run(arguments.get(1..).unwrap_or_default()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut good = true;
    for check in checks {
        let findings = check(root);
        println!("{}", findings.summary);
        for finding in &findings.found {
            eprintln!("{finding}");
        }
        good &= findings.found.is_empty();
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Check = fn(&Path) -> Findings;
