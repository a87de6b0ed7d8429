//! Two configurations side by side: what cannot be taken over while the program runs.

use super::keys::KEYS;
use super::raw::{Raw, Value};

/// What a running program takes over, beside the apps.
const TAKEN_OVER: [(&str, &str); 3] = [("server", "trusted_proxies"), ("pages", "name"), ("pages", "folder")];

fn value<'a>(raw: &'a Raw, section: &str, name: &str) -> Option<&'a Value> {
    raw.sections.get(section).and_then(|section| section.get(name)).map(|(value, _)| value)
}

/// The keys that are not as they were, and that only a start takes over.
pub(crate) fn needing_a_start(old: &Raw, new: &Raw) -> Vec<String> {
    KEYS.iter()
        .filter(|key| key.section != "app" && !TAKEN_OVER.contains(&(key.section, key.name)))
        .filter(|key| value(old, key.section, key.name) != value(new, key.section, key.name))
        .map(|key| format!("{}.{}", key.section, key.name))
        .collect()
}
