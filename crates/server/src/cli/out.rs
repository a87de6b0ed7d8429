//! Writing to whoever called.

use std::io::{IsTerminal, Write};

/// Exit codes.
pub(super) mod code {
    /// It did not work.
    pub(crate) const FAILED: u8 = 1;
    /// The configuration is wrong.
    pub(crate) const CONFIG: u8 = 3;
}

/// It did not work, and why.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) told: String,
}

impl Failure {
    pub(super) fn failed(told: impl core::fmt::Display) -> Self {
        Self { code: code::FAILED, told: format!("error: {told}") }
    }

    pub(super) fn config(told: impl core::fmt::Display) -> Self {
        Self { code: code::CONFIG, told: told.to_string() }
    }
}

/// Data.
pub(super) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever read it is gone.
    let _closed =
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Everything else.
pub(super) fn tell(text: &str) {
    let mut out = std::io::stderr().lock();
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Text that stands out, where that is wanted.
pub(super) fn bold(text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stdout().is_terminal();
    if plain { text.to_owned() } else { format!("\x1b[1m{text}\x1b[0m") }
}
