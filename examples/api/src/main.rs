//! A resource API and its client.
//!
//! `cargo run -p api -- serve [PORT] [FOLDER]` runs the API; `cargo run -p api -- sign-in NAME`, `list`, `add TEXT` and `sign-out`
//! are the client. The first sign-in with a name makes the account.

mod server;

mod client;

use std::process::ExitCode;

const USAGE: &str = "usage: api serve [PORT] [FOLDER]\n       api sign-in NAME | list | add TEXT | sign-out   (API_URL, default http://localhost:3001)";

#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words[..] {
        ["serve"] => server::serve("3001", "api-data"),
        ["serve", port] => server::serve(port, "api-data"),
        ["serve", port, folder] => server::serve(port, folder),
        ["sign-in", name] => client::sign_in(name),
        ["list"] => client::list(),
        ["add", text] => client::add(text),
        ["sign-out"] => client::sign_out(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("api: {error}");
            ExitCode::FAILURE
        }
    }
}
