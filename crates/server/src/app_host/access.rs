//! Who may use which path of an app. What a path means must not be a matter of who reads it.

use crate::config::App;

/// A path that another server could take for a different one: the strictest rule is for it.
fn is_ambiguous(path: &str) -> bool {
    path.contains(['%', '\\', ';'])
        || path.contains("//")
        || path.split('/').any(|part| part == "." || part == "..")
        || path.contains(|letter: char| letter.is_ascii_control() || !letter.is_ascii())
}

fn is_one_of(rules: &[String], path: &str) -> bool {
    rules.iter().any(|rule| match rule.ends_with('/') {
        true => path.starts_with(rule.as_str()),
        false => path == rule,
    })
}

/// Whether a path is for who has shown lately who they are.
pub(super) fn is_fresh_only(app: &App, path: &str) -> bool {
    !app.fresh.is_empty() && (is_ambiguous(path) || is_one_of(&app.fresh, path))
}

/// Whether a path needs no sign-in.
pub(super) fn is_public(app: &App, path: &str) -> bool {
    !is_ambiguous(path) && is_one_of(&app.public, path) && !is_fresh_only(app, path)
}

#[cfg(test)]
mod tests;
