//! What is written to stderr while the program runs.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

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
}
