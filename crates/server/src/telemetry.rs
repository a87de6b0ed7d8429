//! What is written to stderr while the program runs.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// What fails in a way that nobody thought of ends by itself, and everything else goes on. Where it was is written down; what it was about is
/// not, for there may be a secret in it.
fn note_what_nobody_thought_of() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        tracing::error!(
            place,
            thread,
            "a defect of Cloakroom ended what was under way; everything else goes on"
        );
    }));
}

/// Begins to write. A second time changes nothing.
pub(crate) fn begin(json: bool, level: &str) {
    let level: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    // What others write is for those who look for a fault of theirs.
    let filter = Targets::new().with_target("cloakroom", level).with_default(LevelFilter::WARN.min(level));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let layer = match json {
        true => lines.json().flatten_event(true).with_target(false).boxed(),
        false => lines.with_target(false).with_ansi(false).boxed(),
    };
    let _begun_already = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    note_what_nobody_thought_of();
}

#[cfg(test)]
mod tests;
