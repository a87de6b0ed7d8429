//! Whose store it is, who may have it, and one that was put back.

use crate::program::{Program, cloakroom, database_in, serving};
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;

#[test]
fn a_store_of_development_is_never_served_and_no_other_is_developed_on() {
    let program = Program::dev(&[]);
    let folder = program.folder.clone();
    program.end();
    std::fs::write(
        folder.path().join("cloakroom.toml"),
        serving("[store]\nurl = \"sqlite:cloakroom-dev/cloakroom.db\"\n"),
    )
    .unwrap();
    let refused = cloakroom().current_dir(folder.path()).arg("serve").output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK2020"), "{told}");
    let real = Arc::new(tempfile::tempdir().unwrap());
    Program::serve(real.clone(), &serving("[store]\nurl = \"sqlite:data/cloakroom.db\"\n")).end();
    let refused =
        cloakroom().current_dir(real.path()).args(["dev", "--port", "0", "--data", "data"]).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK2021"), "{told}");
}

#[test]
fn two_programs_do_not_share_a_store() {
    let program = Program::dev(&[]);
    let second =
        cloakroom().current_dir(program.folder.path()).args(["dev", "--port", "0"]).output().unwrap();
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && told.contains("CK2001") && told.contains("hint:"), "{told}");
    assert_eq!(program.signed_in().open(&program.app).status, 200, "the first goes on");
}

#[test]
fn people_and_sessions_survive_a_restart_and_a_copy_that_was_put_back_is_refused() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let copy = program.folder.path().join("copy.db");
    program.given(&["backup", copy.to_str().unwrap()]);
    // Signed out after the copy was made.
    let kept = browser.clone();
    let page = browser.open(&format!("{}/account", program.auth));
    browser.post(&page, "/logout", &[]);
    let (port, folder) = (program.port().to_string(), program.folder.clone());
    program.end();
    let again = cloakroom().current_dir(folder.path()).args(["user", "show", "demo"]).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let database = database_in(folder.path());
    for suffix in ["-wal", "-shm"] {
        let _not_there = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
    std::fs::copy(&copy, &database).unwrap();
    let refused = cloakroom().current_dir(folder.path()).args(["dev", "--port", "0"]).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK2006"), "{told}");
    // Put back on purpose: people are there, and nobody is signed in; also not who was when the copy was made.
    let give = |args: &[&str]| cloakroom().current_dir(folder.path()).args(args).output().unwrap();
    let unsaid = give(&["restore", copy.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&unsaid.stderr).contains("CK2023"));
    let done = give(&["restore", copy.to_str().unwrap(), "--accept"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let verified = give(&["events", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let program = Program::dev_in(folder, &["--port", &port, "--internal-port", "0"]);
    let mut kept = kept;
    assert_eq!(kept.open(&program.app).title(), "Sign in", "a session came back with a backup");
    assert_eq!(program.signed_in().open(&program.app).status, 200);
    let running = program.give(&["restore", copy.to_str().unwrap(), "--accept"]);
    assert!(String::from_utf8_lossy(&running.stderr).contains("CK2022"));
}

#[test]
fn an_event_that_was_changed_is_noticed_and_a_found_ticket_is_ended() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let ticket = browser.ticket(&program.app).unwrap();
    let inspect = |args: &[&str]| {
        let mut child = cloakroom()
            .current_dir(program.folder.path())
            .args(["--json", "token", "inspect", "-"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(ticket.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(&ticket));
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(inspect(&[])["live"], true);
    assert_eq!(inspect(&["--revoke"])["ended"], true);
    assert_eq!(inspect(&[])["live"], false);
    browser.take(&program.auth, &format!("dev_{}", program.port()));
    assert_eq!(browser.open(&program.app).title(), "Sign in");
    assert_eq!(program.given(&["events", "verify"])["whole"], true);
    let (folder, database) = (program.folder.clone(), program.database());
    program.end();
    let connection = rusqlite::Connection::open(&database).unwrap();
    let changed = connection
        .execute("UPDATE ck_event SET event = (SELECT event FROM ck_event WHERE seq = 1) WHERE seq = 3", [])
        .unwrap();
    assert_eq!(changed, 1);
    drop(connection);
    let told = cloakroom().current_dir(folder.path()).args(["events", "verify"]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&told.stderr).contains("CK2030"),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
}

#[test]
fn a_root_key_is_replaced_and_nobody_is_signed_out() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    program.given(&["user", "invite", "guest@example.com"]);
    let (port, folder) = (program.port().to_string(), program.folder.clone());
    program.end();
    let rotated = cloakroom().current_dir(folder.path()).args(["key", "rotate-root"]).output().unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    let program = Program::dev_in(folder, &["--port", &port, "--internal-port", "0"]);
    assert_eq!(browser.open(&program.app).title(), "Hello, Demo");
    assert_eq!(program.given(&["user", "uninvite", "guest@example.com"])["withdrawn"], 1);
}
