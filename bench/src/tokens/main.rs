//! `bench/run tokens`: signing and checking beside the bare signature and beside jsonwebtoken; tokens that were seen; renewals on SQLite
//! beside the same rows; and all of it through axum. `bench/run tokens serve NAME` is one of the servers.

mod world;

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
    signatures::measure(quick, &mut report)?;
    seen::measure(quick, &mut report)?;
    renewing::measure(quick, &mut report)?;
    apps::measure(quick, &mut report)?;
    report.end()
}
