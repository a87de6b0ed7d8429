//! A store that an earlier version wrote: everybody in it is still there, and still signed in. It lies in `tests/kept`, and is made anew by
//! `KEEP_STORE=1 cargo test -p cloakroom-server kept`, which nobody does but for a store that no version before can open: what is kept is kept.

use crate::browser::Browser;
use crate::program::{Program, cloakroom};
use crate::world::World;
use serde_json::{Value, json};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = "[server]\npublic_url = \"http://localhost:8080\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:store/cloakroom.db\"\n";
const PASSWORD: &str = "correct horse";
/// People of another system: with bcrypt, and with MD5 as Django had it.
const PEOPLE: &str = "email,username,groups,password_hash\nbert@example.com,bert,staff,$2b$05$eZnp8WbN7cttAxeZJTty2OITfRAA0BNyNhyIVrA7ZCM7ruAXAITNq\ncarla@example.com,carla,,md5$pepper$52f36768c11844771e5f7ff576e2dba2\n";

fn kept() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/kept")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let to = to.join(file.file_name());
        std::fs::copy(file.path(), &to).unwrap();
        // No version control keeps this.
        std::fs::set_permissions(&to, Permissions::from_mode(0o600)).unwrap();
    }
}

fn sign_in(program: &Program, name: &str, password: &str) -> Browser {
    let mut browser = Browser::through(program.port());
    let page = browser.open("http://localhost:8080/login");
    let fields = [("username", name), ("password", password), ("return_to", "/account")];
    let page = browser.post(&page, "/login", &fields);
    assert_eq!((page.status, page.title()), (200, "Your account"), "{name}: {}", page.body);
    browser
}

fn seconds_now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Writes what is kept.
fn make() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let program = Program::serve(folder.clone(), CONFIG);
    std::fs::write(folder.path().join("people.csv"), PEOPLE).unwrap();
    program.given(&["import", "users", "people.csv"]);
    let browser = sign_in(&program, "bert", PASSWORD);
    let ticket = browser.ticket("http://localhost:8080/").unwrap();
    let invitation = program.given(&["user", "invite", "dora@example.com", "--group", "staff"]);
    let service = program.given(&["service", "add"]);
    assert!(program.end().0);
    let store = folder.path().join("store");
    let connection = rusqlite::Connection::open(store.join("cloakroom.db")).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    copy(&store, &kept().join("store"));
    let told = json!({ "made": seconds_now(), "ticket": ticket, "invitation": invitation["link"], "service": service["service"] });
    std::fs::write(kept().join("told.json"), told.to_string() + "\n").unwrap();
}

#[test]
fn kept_by_an_earlier_version_it_is_all_there() {
    if std::env::var_os("KEEP_STORE").is_some() {
        make();
    }
    let told: Value =
        serde_json::from_str(&std::fs::read_to_string(kept().join("told.json")).unwrap()).unwrap();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    copy(&kept().join("store"), &folder.path().join("store"));
    let world = World::new();
    world.set_clock(told["made"].as_i64().unwrap() + 60 - seconds_now());
    let program = Program::serve_by(cloakroom().envs(world.env()), folder, CONFIG);
    // Whoever was signed in still is.
    let mut bert = Browser::through(program.port());
    let url = "http://localhost:8080/account";
    bert.put(url, "cloakroom_dev_8080", told["ticket"].as_str().unwrap());
    let page = bert.open(url);
    assert!(page.title() == "Your account" && page.body.contains("bert@example.com"), "{}", page.body);
    // Passwords are those of then.
    sign_in(&program, "bert@example.com", PASSWORD);
    sign_in(&program, "carla", PASSWORD);
    // So are links.
    let mut dora = Browser::through(program.port());
    let page = dora
        .press(told["invitation"].as_str().unwrap(), &[("called", "Dora"), ("password", "battery staple 9")]);
    assert_eq!(page.title(), "Your account", "{}", page.body);
    assert_eq!(program.given(&["user", "show", "dora@example.com"])["groups"], json!(["staff"]));
    assert!(program.give(&["service", "revoke", told["service"].as_str().unwrap()]).status.success());
    let verified = program.give(&["events", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let sessions = program.given(&["session", "list", "bert"]);
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(2), "{sessions}");
}
