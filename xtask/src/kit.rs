//! Programs of the test kit: builds one and runs it.

use std::path::Path;
use std::process::{Command, ExitCode};

pub(crate) fn run(root: &Path, program: &str, arguments: &[String]) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["run", "--quiet", "--release", "--package", "cloakroom-testkit", "--bin", program, "--"])
        .args(arguments)
        .status();
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
