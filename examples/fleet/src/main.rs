//! One authority and several APIs, each a process of its own, on loopback.
//!
//! `fleet run` starts them all, takes people back, kills, stops and cuts, and prints how long it took until everybody knew; `fleet together`
//! does so with two authorities on PostgreSQL and Redis. The other two commands are what they start: `fleet authority FOLDER PUBLIC INTERNAL`
//! and `fleet api AUTHORITY`.

mod authority;

mod api;

mod process;

mod fleet;

mod script;

mod together;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: fleet run [APIS] | together | authority FOLDER PUBLIC INTERNAL [POSTGRES REDIS] | api AUTHORITY   (FEED_CREDENTIAL=cks_…)";

#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words[..] {
        ["run"] => script::run(3),
        ["run", apis] if apis.parse().is_ok_and(|apis: usize| apis > 1) => {
            script::run(apis.parse().unwrap_or(3))
        }
        ["together"] => together::run(),
        ["authority", folder, public, internal] => authority::serve(folder, public, internal, None),
        ["authority", folder, public, internal, database, sessions] => {
            authority::serve(folder, public, internal, Some((database, sessions)))
        }
        ["api", authority] => api::serve(authority),
        _ => Err(USAGE.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fleet: {error}");
            ExitCode::FAILURE
        }
    }
}

type Ended = Result<(), Box<dyn Error>>;
