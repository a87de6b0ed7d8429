//! Prints the comparison of schemes: `renewal [--days N]`.

use cloakroom_testkit::renewal::table::table;
use std::process::ExitCode;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let days = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Some(2_000),
        ["--days", days] => days.parse().ok().filter(|days| *days > 0),
        _ => None,
    };
    let Some(days) = days else {
        eprintln!("usage: cargo xtask renewal [--days N]");
        return ExitCode::from(2);
    };
    print!("{}", table(days));
    ExitCode::SUCCESS
}
