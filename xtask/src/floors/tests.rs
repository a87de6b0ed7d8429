use super::check;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PLAN: &str = "[crates.model]\nfloor = 0\nmay = []\n[crates.store]\nfloor = 1\nmay = [\"model\"]\n\
                    [crates.crypto]\nfloor = 1\nmay = [\"model\", \"store\"]\n";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A tree of one crate with these files, and what is found in it.
fn found(name: &str, manifest: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "floors.toml", PLAN);
    write(folder.path(), &format!("crates/{name}/Cargo.toml"), manifest);
    for (path, text) in files {
        write(folder.path(), &format!("crates/{name}/src/{path}"), text);
    }
    check(folder.path()).found.iter().map(ToString::to_string).collect()
}

fn one(found: &[String], words: &[&str]) {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(words.iter().all(|word| found[0].contains(word)), "{}", found[0]);
    assert!(found[0].contains("hint: "));
}

#[test]
fn downwards_is_fine() {
    let manifest =
        "[package]\nname = \"cloakroom-store\"\n[dependencies]\ncloakroom-model = {}\nserde = \"1\"\n";
    let files = [
        ("lib.rs", "mod low; mod high; #[cfg(test)] mod tests;"),
        ("low.rs", "mod a; mod b;"),
        ("low/a.rs", "pub fn f() {}"),
        ("low/b.rs", "use super::a::f; pub fn g() { f() }"),
        ("high.rs", "use crate::low::{a, b::g}; fn h() { crate::low::a::f() }"),
        ("tests.rs", "use crate::high;"),
    ];
    assert_eq!(found("store", manifest, &files), Vec::<String>::new());
}

#[test]
fn upwards_sideways_and_unknown_crates_are_found() {
    let up = "[package]\nname = \"cloakroom-model\"\n[dependencies]\ncloakroom-store = {}\n";
    one(&found("model", up, &[]), &["crates/model/Cargo.toml", "must not import `store`"]);
    let sideways = "[package]\nname = \"cloakroom-crypto\"\n[dependencies]\ncloakroom-store = {}\n";
    one(&found("crypto", sideways, &[]), &["crates/crypto/Cargo.toml", "not below it"]);
    one(&found("attic", "[package]\nname = \"cloakroom-attic\"\n", &[]), &["`attic` has no floor"]);
    one(&found("model", "[package]\nname = \"model\"\n", &[]), &["call it `cloakroom-model`"]);
}

#[test]
fn a_module_that_uses_a_later_one_is_found_however_it_says_it() {
    let manifest = "[package]\nname = \"cloakroom-model\"\n";
    for (say, line) in [
        ("use crate::high::f;", 1),
        ("\nuse crate::{high::f};", 2),
        ("use super::high as other;", 1),
        ("use crate::high::*;", 1),
        ("fn g() {\n    crate::high::f()\n}", 2),
        ("struct S(super::high::T);", 1),
    ] {
        let files = [("lib.rs", "mod low; mod high;"), ("low.rs", say), ("high.rs", "")];
        let found = found("model", manifest, &files);
        one(&found, &[&format!("crates/model/src/low.rs:{line}"), "`low` uses `high`"]);
    }
}

#[test]
fn deeper_floors_count_too_and_what_does_not_parse_is_said() {
    let manifest = "[package]\nname = \"cloakroom-model\"\n";
    let files = [
        ("lib.rs", "mod all;"),
        ("all.rs", "mod a; mod b;"),
        ("all/a.rs", "use super::b::f;"),
        ("all/b.rs", ""),
    ];
    one(&found("model", manifest, &files), &["crates/model/src/all/a.rs:1", "`a` uses `b`"]);
    one(&found("model", manifest, &[("lib.rs", "mod ;")]), &["crates/model/src/lib.rs", "does not parse"]);
    one(&found("model", manifest, &[("lib.rs", "mod gone;")]), &["gone", "cannot be read"]);
}
