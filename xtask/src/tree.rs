//! Reading a tree of source files.

use crate::finding::Findings;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no source of ours.
const PASSED_OVER: [&str; 3] = ["target", ".git", "node_modules"];

/// Every file below a folder with this ending, in order.
pub(crate) fn files(below: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                if !PASSED_OVER.iter().any(|passed| name == *passed) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The text of a file; one that cannot be read is a finding.
pub(crate) fn read(path: &Path, findings: &mut Findings) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| {
        findings.add(path.display(), format!("cannot be read: {error}"), "is it there, and text?");
        String::new()
    })
}

/// A TOML file as a table.
pub(crate) fn table(path: &Path, findings: &mut Findings) -> toml::Table {
    let text = read(path, findings);
    text.parse().unwrap_or_else(|error: toml::de::Error| {
        findings.add(path.display(), format!("is not TOML: {}", error.message()), "mend its syntax");
        toml::Table::new()
    })
}

/// The strings of a list.
pub(crate) fn strings(value: Option<&toml::Value>) -> Vec<String> {
    let list = value.and_then(toml::Value::as_array).into_iter().flatten();
    list.filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

/// The folders of crates that have a manifest.
pub(crate) fn crates(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("crates")).into_iter().flatten().flatten();
    let mut crates: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join("Cargo.toml").exists()).collect();
    crates.sort();
    crates
}

/// A path as it is said: below the root.
pub(crate) fn said(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
