use super::check;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PLAN: &str = "[bans]\neverywhere = [\"ring\"]\nlight = [\"tokio\"]\nlight_crates = [\"model\"]\nnames = [\"utils\"]\n\
                    [at_least]\nh2 = \"0.4.16\"\n";

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let all = [("floors.toml", PLAN), ("Cargo.lock", "")];
    for (path, text) in all.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    }
    check(folder.path()).found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_clean_tree_is_clean() {
    let lock = "[[package]]\nname = \"h2\"\nversion = \"0.4.16\"\n[[package]]\nname = \"rustls\"\nversion = \"0.23.1\"\n";
    let files = [
        ("Cargo.lock", lock),
        ("crates/model/Cargo.toml", "[dependencies]\nserde = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n"),
        ("crates/authority/Cargo.toml", "[dependencies]\ntokio = \"1\"\n"),
        ("crates/model/src/words.rs", "fn getter() {}\nfn together() {}"),
    ];
    assert_eq!(found(&files), Vec::<String>::new());
}

#[test]
fn each_ban_is_found_with_place_and_hint() {
    for (path, text, words) in [
        (
            "crates/server/src/run.rs",
            "use std::process::Command;\n",
            ["crates/server/src/run.rs:1", "another program"],
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"ring\"\nversion = \"0.17.8\"\n",
            ["Cargo.lock", "`ring` is banned"],
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"h2\"\nversion = \"0.4.9\"\n",
            ["Cargo.lock", "older than 0.4.16"],
        ),
        (
            "crates/model/Cargo.toml",
            "[dependencies]\ntokio = \"1\"\n",
            ["crates/model/Cargo.toml", "`tokio`"],
        ),
        ("crates/model/src/utils.rs", "", ["crates/model/src/utils.rs", "says nothing"]),
        ("src/a.rs", "\n    pub fn\tget_name() {}", ["src/a.rs:2", "`get_`"]),
    ] {
        let found = found(&[(path, text)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(words.iter().all(|word| found[0].contains(word)) && found[0].contains("hint: "), "{found:?}");
    }
}
