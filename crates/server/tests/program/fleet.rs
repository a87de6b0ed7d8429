//! Several servers on one PostgreSQL.

use crate::browser::Browser;
use crate::program::{Program, cloakroom, serving, wait_a_moment};
use cloakroom_servers::postgres::Postgres;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const AUTH: &str = "http://localhost:8080";
const PASSWORD: &str = "correct horse battery";

fn config(database: &str) -> String {
    let url = Postgres::shared().unwrap().url(database);
    serving(&format!("[store]\nurl = \"{url}\"\nfolder = \"own\"\n"))
}

/// A folder for one more server, with the root key that all of them share.
pub(crate) fn folder(like: Option<&Path>) -> Arc<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    if let Some(other) = like {
        std::fs::create_dir(folder.path().join("own")).unwrap();
        std::fs::copy(other.join("own/cloakroom.key"), folder.path().join("own/cloakroom.key")).unwrap();
    }
    Arc::new(folder)
}

pub(crate) fn signed_in(program: &Program, name: &str) -> Browser {
    let mut browser = Browser::through(program.port());
    let account = browser.sign_in(&format!("{AUTH}/account"), name, PASSWORD);
    assert_eq!(account.title(), "Your account", "{}", account.body);
    browser
}

pub(crate) fn title(browser: &mut Browser, at: &Program) -> String {
    browser.connects_to(at.port());
    browser.open(&format!("{AUTH}/account")).title().to_owned()
}

/// What PostgreSQL itself never notices: it is asked what this machine has seen of it.
#[test]
fn a_database_that_was_put_back_is_refused_until_it_is_accepted() {
    let (postgres, folder) = (Postgres::shared().unwrap(), folder(None));
    let database = postgres.database().unwrap();
    let program = Program::serve(folder.clone(), &config(&database));
    program.add("anna", PASSWORD);
    let mut anna = signed_in(&program, "anna");
    program.end();
    let copy = postgres.copy(&database).unwrap();
    let program = Program::serve(folder.clone(), &config(&database));
    program.given(&["session", "revoke", "--user", "anna"]);
    program.end();
    std::fs::write(folder.path().join("cloakroom.toml"), config(&copy)).unwrap();
    for command in ["serve", "doctor"] {
        let told = cloakroom().current_dir(folder.path()).arg(command).output().unwrap();
        let told = String::from_utf8([told.stdout, told.stderr].concat()).unwrap();
        assert!(told.contains("CK2006") && told.contains("restore --accept"), "{command}: {told}");
    }
    let accepted = cloakroom().current_dir(folder.path()).args(["restore", "--accept"]).output().unwrap();
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    let program = Program::serve(folder, &config(&copy));
    assert_eq!(title(&mut anna, &program), "Sign in", "what was taken back is good again");
    assert_eq!(title(&mut signed_in(&program, "anna"), &program), "Your account");
}

#[test]
fn who_signs_in_at_one_is_signed_in_at_all_and_what_one_takes_back_none_accepts() {
    let database = Postgres::shared().unwrap().database().unwrap();
    let first = folder(None);
    let one = Program::serve(first.clone(), &config(&database));
    let two = Program::serve(folder(Some(first.path())), &config(&database));
    one.add("anna", PASSWORD);
    let mut anna = signed_in(&one, "anna");
    let mut phone = signed_in(&two, "anna");
    assert_eq!([title(&mut anna, &two), title(&mut phone, &one)], ["Your account", "Your account"]);
    // Both know both by heart now. What is taken back at one is refused by the other within its time, which nobody waits for here.
    let ended = two.given(&["session", "revoke", "--user", "anna"]);
    assert!(ended["ended"].as_u64().is_some(), "{ended}");
    assert_eq!(title(&mut anna, &two), "Sign in", "where it was taken back, at once");
    let tries = (1..=200).find(|_| {
        wait_a_moment();
        title(&mut phone, &one) == "Sign in"
    });
    assert!(tries.is_some_and(|tries| tries < 100), "after {tries:?} looks");
    // One is killed, and nobody is signed out.
    let mut again = signed_in(&one, "anna");
    drop(one.kill());
    assert_eq!(title(&mut again, &two), "Your account");
    assert!(two.given(&["events", "verify"])["whole"].as_bool().unwrap());
    let backup = two.give(&["backup", "copy.db"]);
    assert!(String::from_utf8_lossy(&backup.stderr).contains("CK2026"));
    // What only servers that stand still may have done to them.
    let said = |command: &mut Command| String::from_utf8(command.output().unwrap().stderr).unwrap();
    let told = said(cloakroom().current_dir(two.folder.path()).args(["key", "rotate-root"]));
    assert!(told.contains("CK2022"), "{told}");
    let told = said(cloakroom().current_dir(two.folder.path()).arg("serve"));
    assert!(told.contains("CK4021"), "{told}");
    // Looking makes no store.
    let empty = folder(None);
    let nothing = Postgres::shared().unwrap().database().unwrap();
    std::fs::write(empty.path().join("cloakroom.toml"), config(&nothing)).unwrap();
    let told = said(cloakroom().current_dir(empty.path()).args(["user", "list"]));
    assert!(told.contains("CK2025"), "{told}");
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'ck_%'";
    assert_eq!(Postgres::shared().unwrap().give(&nothing, tables).unwrap(), "0");
    let told = said(
        cloakroom()
            .current_dir(empty.path())
            .args(["user", "list"])
            .env("CLOAKROOM_STORE__URL", Postgres::shared().unwrap().url("nowhere")),
    );
    assert!(told.contains("CK2041") && told.contains("does not exist"), "{told}");
    // Without the key of the others it does not start.
    let stranger = folder(None);
    std::fs::write(stranger.path().join("cloakroom.toml"), config(&database)).unwrap();
    let refused = cloakroom().current_dir(stranger.path()).arg("serve").output().unwrap();
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("CK2024"),
        "{}",
        String::from_utf8_lossy(&refused.stderr)
    );
}

#[test]
fn an_outage_of_the_database_signs_nobody_out() {
    let postgres = Postgres::shared().unwrap();
    let database = postgres.database().unwrap();
    let program = Program::serve(folder(None), &config(&database));
    program.add("anna", PASSWORD);
    let mut anna = signed_in(&program, "anna");
    let allow = |is_allowed: bool| {
        postgres
            .give("postgres", &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {is_allowed}"))
            .unwrap();
        if !is_allowed {
            let all = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
            );
            postgres.give("postgres", &all).unwrap();
        }
    };
    allow(false);
    let outage = (0..500).find_map(|_| {
        wait_a_moment();
        let answer = anna.open(&format!("{AUTH}/account"));
        assert!([200, 503].contains(&answer.status) && answer.title() != "Sign in", "{}", answer.body);
        (answer.status == 503).then_some(answer)
    });
    assert!(outage.unwrap().header("retry-after").is_some());
    while !program.written().contains("the store does not answer") {
        wait_a_moment();
    }
    allow(true);
    let is_back = (0..500).any(|_| {
        wait_a_moment();
        title(&mut anna, &program) == "Your account"
    });
    assert!(is_back, "{}", program.written());
    while !program.written().contains("the store answers again") {
        wait_a_moment();
    }
}
