//! What must not be in the tree: crates, versions, names.

use crate::finding::Findings;
use crate::tree::{crates, files, read, said, strings, table};
use std::path::Path;
use std::process::Command;

pub(crate) fn check(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let plan = table(&root.join("floors.toml"), &mut findings);
    let bans = plan.get("bans").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let locked = lock_file(root, &plan, &strings(bans.get("everywhere")), &mut findings);
    light_crates(root, &bans, &mut findings);
    let files = names(root, &strings(bans.get("names")), &mut findings);
    findings.summary = format!("bans: {locked} locked packages, {files} files");
    findings
}

fn lock_file(root: &Path, plan: &toml::Table, banned: &[String], findings: &mut Findings) -> usize {
    let lock = table(&root.join("Cargo.lock"), findings);
    let at_least = plan.get("at_least").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let packages = lock.get("package").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    for package in &packages {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let (name, version) = (text("name"), text("version"));
        if banned.iter().any(|banned| banned == name) && is_built(root, name) {
            findings.add(
                "Cargo.lock",
                format!("`{name}` is banned"),
                format!("`cargo tree -i {name}` says who brings it"),
            );
        }
        if let Some(floor) = at_least.get(name).and_then(toml::Value::as_str)
            && numbers(version) < numbers(floor)
        {
            let reason = format!("`{name}` {version} is older than {floor}");
            findings.add("Cargo.lock", reason, format!("`cargo update -p {name}`"));
        }
    }
    packages.len()
}

/// Whether anything that is built has it. The lock file also names what a feature that nobody switched on would bring. Where cargo
/// cannot tell, it is.
fn is_built(root: &Path, name: &str) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["tree", "--quiet", "--workspace", "--all-features", "--edges", "all", "--invert", name];
    let told = Command::new(cargo).current_dir(root).args(arguments).output();
    !told.is_ok_and(|told| told.status.success() && told.stdout.trim_ascii().is_empty())
}

/// The numbers of a version, for comparing; what comes after `-` or `+` does not count.
fn numbers(version: &str) -> Vec<u64> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    release.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

fn light_crates(root: &Path, bans: &toml::Table, findings: &mut Findings) {
    let (light, heavy) = (strings(bans.get("light_crates")), strings(bans.get("light")));
    for folder in crates(root) {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !light.contains(&name) {
            continue;
        }
        let path = folder.join("Cargo.toml");
        let manifest = table(&path, findings);
        let dependencies =
            manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        for dependency in dependencies.keys().filter(|dependency| heavy.contains(dependency)) {
            findings.add(
                said(root, &path),
                format!("`{name}` is a light crate and must not depend on `{dependency}`"),
                "runtimes and drivers belong above it",
            );
        }
    }
}

/// Files and functions must say what they are.
fn names(root: &Path, banned: &[String], findings: &mut Findings) -> usize {
    let files = files(root, "rs");
    for path in &files {
        let place = said(root, path);
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if banned.contains(&stem) {
            findings.add(&place, format!("`{stem}` says nothing"), "name it after the one idea in it");
        }
        let is_shipped = place.starts_with("crates/") && place.contains("/src/") && !place.contains("tests");
        for (at, line) in read(path, findings).lines().enumerate() {
            // Where no other program is started, nobody has a say in which.
            if is_shipped && line.contains("process::Command") {
                let hint = "what it would do is done here, or not at all";
                findings.add(format!("{place}:{}", at + 1), "another program is started", hint);
            }
            let mut words = line.split_whitespace().skip_while(|word| *word != "fn");
            // What a trait of somebody else's is called is theirs.
            if words.nth(1).is_some_and(|name| name.starts_with("get_") && !name.starts_with("get_db(")) {
                findings.add(format!("{place}:{}", at + 1), "`get_` adds nothing to a name", "leave it away");
            }
        }
    }
    files.len()
}

#[cfg(test)]
mod tests;
