//! `bench/run tokens`: signing and checking beside the bare signature and beside jsonwebtoken; tokens that were seen; renewals on SQLite
//! beside the same rows; and all of it through axum. `bench/run tokens serve NAME` is one of the servers.

mod signatures;

mod seen;

mod renewing;

mod apps;

use cloakroom_bench::report::Report;
use cloakroom_testkit::engine::Failure;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, name] = words.as_slice()
        && serve == "serve"
    {
        return apps::serve(name);
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    let quick = has("--quick");
    let mut report = Report::of("tokens", has("--json"));
    let only = words.iter().position(|word| word == "--only").and_then(|at| words.get(at + 1));
    let is_asked = |part: &str| only.is_none_or(|only| only == part);
    if is_asked("signatures") {
        signatures::measure(quick, &mut report)?;
    }
    if is_asked("seen") {
        seen::measure(quick, &mut report)?;
    }
    if is_asked("renewing") {
        renewing::measure(quick, &mut report)?;
    }
    if is_asked("apps") {
        apps::measure(quick, &mut report)?;
    }
    report.end()
}
