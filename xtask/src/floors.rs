//! Crates import downwards, and so do the modules inside each of them.

mod modules;

use crate::finding::Findings;
use crate::tree::{crates, said, strings, table};
use std::collections::BTreeMap;
use std::path::Path;

struct Room {
    floor: i64,
    may: Vec<String>,
}

pub(crate) fn check(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let rooms = rooms(root, &mut findings);
    let (mut crates_seen, mut modules_seen) = (0, 0);
    for folder in crates(root) {
        crates_seen += 1;
        manifest(root, &folder, &rooms, &mut findings);
        modules_seen += modules::check(root, &folder.join("src"), &mut findings);
    }
    findings.summary = format!("floors: {crates_seen} crates, {modules_seen} modules");
    findings
}

fn rooms(root: &Path, findings: &mut Findings) -> BTreeMap<String, Room> {
    let plan = table(&root.join("floors.toml"), findings);
    let crates = plan.get("crates").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let room = |value: &toml::Value| Room {
        floor: value.get("floor").and_then(toml::Value::as_integer).unwrap_or_default(),
        may: strings(value.get("may")),
    };
    crates.iter().map(|(name, value)| (name.clone(), room(value))).collect()
}

fn manifest(root: &Path, folder: &Path, rooms: &BTreeMap<String, Room>, findings: &mut Findings) {
    let path = folder.join("Cargo.toml");
    let place = said(root, &path);
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let manifest = table(&path, findings);
    let Some(room) = rooms.get(&name) else {
        findings.add(&place, format!("crate `{name}` has no floor"), "give it one in floors.toml");
        return;
    };
    let package =
        manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    let wanted = if name == "cloakroom" { name.clone() } else { format!("cloakroom-{name}") };
    if package != Some(wanted.as_str()) {
        findings.add(
            &place,
            format!("package `{}` in folder `{name}`", package.unwrap_or("?")),
            format!("call it `{wanted}`"),
        );
    }
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    for dependency in dependencies.into_iter().flatten().map(|(name, _)| name) {
        let below = match dependency.strip_prefix("cloakroom-") {
            Some(below) => below,
            None if dependency == "cloakroom" => "cloakroom",
            None => continue,
        };
        if !room.may.iter().any(|may| may == below) {
            findings.add(
                &place,
                format!("`{name}` must not import `{below}`"),
                format!("it may import {:?}; move the code to the floor it belongs on", room.may),
            );
        } else if rooms.get(below).is_none_or(|other| other.floor >= room.floor) {
            findings.add(
                &place,
                format!("`{name}` imports `{below}`, which is not below it"),
                "imports point down only",
            );
        }
    }
}

#[cfg(test)]
mod tests;
