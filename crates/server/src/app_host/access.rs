//! Who may use which path of an app. What a path means must not be a matter of who reads it.

use crate::config::App;

/// A path that another server could take for a different one: the strictest rule is for it.
fn is_ambiguous(path: &str) -> bool {
    path.contains(['%', '\\', ';'])
        || path.contains("//")
        || path.split('/').any(|part| part == "." || part == "..")
        || path.contains(|letter: char| letter.is_ascii_control() || !letter.is_ascii())
}

/// A rule that lets in covers what it says, and what is below it if it ends in a slash.
fn opens(rule: &str, path: &str) -> bool {
    match rule.ends_with('/') {
        true => path.starts_with(rule),
        false => path == rule,
    }
}

/// A rule that asks for more covers whatever a server may take for the same: in letters of another case, with a slash behind it or without,
/// with an ending, and what is below.
fn asks(rule: &str, path: &str) -> bool {
    let (rule, path) = (rule.trim_end_matches('/').to_ascii_lowercase(), path.to_ascii_lowercase());
    let behind = path.strip_prefix(&rule);
    behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
}

/// Whether a path is for who has shown lately who they are.
pub(super) fn is_fresh_only(app: &App, path: &str) -> bool {
    !app.fresh.is_empty() && (is_ambiguous(path) || app.fresh.iter().any(|rule| asks(rule, path)))
}

/// Whether a path needs no sign-in.
pub(super) fn is_public(app: &App, path: &str) -> bool {
    !is_ambiguous(path) && app.public.iter().any(|rule| opens(rule, path)) && !is_fresh_only(app, path)
}

#[cfg(test)]
mod tests;
