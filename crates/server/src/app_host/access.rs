//! Who may use which path of an app. What a path means must not be a matter of who reads it.

use crate::config::App;

/// A path that another server could take for a different one: the strictest rule is for it.
fn is_ambiguous(path: &str) -> bool {
    path.contains(['%', '\\', ';'])
        || path.contains("//")
        || path.split('/').any(|part| part == "." || part == "..")
        || path.contains(|letter: char| letter.is_ascii_control() || !letter.is_ascii())
}

/// Whether a path needs no sign-in.
pub(super) fn is_public(app: &App, path: &str) -> bool {
    let covers = |public: &String| match public.strip_suffix('/') {
        Some(_) => path.starts_with(public.as_str()),
        None => path == public,
    };
    !is_ambiguous(path) && app.public.iter().any(covers)
}

#[cfg(test)]
mod tests;
