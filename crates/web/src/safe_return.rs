//! Where to go after signing in.

/// A path of this app to go to, from text that somebody else may have written: the path itself, or `/`. What browsers take
/// for another host is no path.
#[must_use]
pub fn safe_return(path: &str) -> &str {
    let begins_another_host =
        path.starts_with("//") || path.contains('\\') || path.contains(|c: char| c.is_ascii_control());
    if path.starts_with('/') && !begins_another_host { path } else { "/" }
}
