//! `bench/run revocation`: how long a check takes beside many facts, how soon what was taken back is refused in this process and in another one,
//! what facts weigh, what a thousand verifiers cost that come back at once, and what those cost who have nothing to hear.

mod child;

mod authority;

mod followers;

mod checking;

mod apps;

mod reaching;

mod weight;

mod storm;

use cloakroom_bench::report::Report;
use cloakroom_testkit::engine::Failure;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let parts: Vec<&str> = words.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["serve", name] => return apps::serve(name),
        ["follow", address, credential, count] => {
            return followers::follow(address, credential, count.parse()?);
        }
        ["listen", address, count] => return followers::listen(address, count.parse()?),
        ["return", address, credential, count] => {
            return followers::come_back(address, credential, count.parse()?);
        }
        ["idle", address, credential, count] => return followers::idle(address, credential, count.parse()?),
        ["weigh", what, count] => return weight::weigh(what, count.parse()?),
        _ => {}
    }
    let has = |word: &str| parts.contains(&word);
    let quick = has("--quick");
    let mut report = Report::of("revocation", has("--json"));
    let only = parts.iter().position(|word| *word == "--only").and_then(|at| parts.get(at + 1));
    let is_asked = |part: &str| only.is_none_or(|only| *only == part);
    if is_asked("checking") {
        checking::measure(quick, &mut report)?;
    }
    if is_asked("apps") {
        apps::measure(quick, &mut report)?;
    }
    if is_asked("reaching") {
        reaching::measure(quick, &mut report)?;
    }
    if is_asked("weight") {
        weight::measure(quick, &mut report)?;
    }
    if is_asked("storm") {
        storm::measure(quick, &mut report)?;
    }
    report.end()
}
