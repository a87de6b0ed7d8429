//! Whose store it is, who may have it, and one that was put back.

use crate::browser::Browser;
use crate::program::{Program, cloakroom, database_in};
use std::sync::Arc;

fn config(extra: &str) -> String {
    format!(
        "[server]\npublic_url = \"http://localhost:8080\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"127.0.0.1:0\"\n{extra}"
    )
}

#[test]
fn a_store_of_development_is_never_served_and_no_other_is_developed_on() {
    let program = Program::dev(&[]);
    let folder = program.folder.clone();
    program.end();
    std::fs::write(
        folder.path().join("cloakroom.toml"),
        config("[store]\nurl = \"sqlite:cloakroom-dev/cloakroom.db\"\n"),
    )
    .unwrap();
    let refused = cloakroom().current_dir(folder.path()).arg("serve").output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK2020"), "{told}");
    let real = Arc::new(tempfile::tempdir().unwrap());
    Program::serve(real.clone(), &config("[store]\nurl = \"sqlite:data/cloakroom.db\"\n")).end();
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
    let refused = cloakroom().current_dir(folder.path()).args(["dev", "--port", &port]).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK2006"), "{told}");
    drop::<Browser>(kept);
}
