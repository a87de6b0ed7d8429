//! A store becomes another one, and nothing is lost between.

use crate::fleet::{AUTH, signed_in, title};
use crate::program::{Program, cloakroom, serving, wait_a_moment};
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";
const SIGNED_IN: &str = "Your account";
const SIGNED_OUT: &str = "Sign in";

/// A machine for a store, with the root key of the one before.
struct Place {
    folder: Arc<TempDir>,
    config: String,
}

impl Place {
    fn new(store: &str, like: Option<&Self>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let config =
            serving(&format!("[keys]\nroot_file = \"root.key\"\n[store]\nfolder = \"own\"\n{store}"));
        std::fs::write(folder.path().join("cloakroom.toml"), &config).unwrap();
        if let Some(like) = like {
            std::fs::copy(like.path("root.key"), folder.path().join("root.key")).unwrap();
        }
        Self { folder, config }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn serve(&self) -> Program {
        Program::serve(self.folder.clone(), &self.config)
    }

    /// What a command says: on stdout if it was done, and else why not.
    fn give(&self, args: &[&str]) -> Result<String, String> {
        let told = cloakroom().current_dir(self.folder.path()).args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if told.status.success() { Ok(text(told.stdout)) } else { Err(text(told.stderr)) }
    }

    fn export(&self) -> PathBuf {
        self.give(&["export", "moved", "--accept"]).unwrap();
        self.path("moved")
    }

    fn import(&self, from: &Path) -> Result<String, String> {
        self.give(&["import", "store", from.to_str().unwrap()])
    }
}

fn on_postgres() -> String {
    let postgres = Postgres::shared().unwrap();
    format!("url = \"{}\"\n", postgres.url(&postgres.database().unwrap()))
}

fn on_sqlite() -> String {
    "url = \"sqlite:cloakroom.db\"\n".to_owned()
}

fn sessions_apart() -> String {
    let redis = Redis::shared().unwrap();
    format!("sessions_url = \"{}\"\n", redis.url(&redis.prefix()))
}

#[test]
fn a_store_goes_everywhere_with_everybody_who_is_signed_in() {
    let mut here = Place::new(&on_sqlite(), None);
    let mut program = here.serve();
    program.add("anna", PASSWORD);
    program.add("bert", PASSWORD);
    let mut anna = vec![signed_in(&program, "anna")];
    let mut bert = signed_in(&program, "bert");
    program.given(&["session", "revoke", "--user", "bert"]);
    for there in [
        on_postgres(),
        on_postgres() + &sessions_apart(),
        on_sqlite() + &sessions_apart(),
        on_postgres() + &sessions_apart(),
        on_postgres(),
        on_sqlite(),
    ] {
        let events = program.given(&["events", "verify"])["events"].as_u64().unwrap();
        program.end();
        let moved = here.export();
        assert!(here.give(&["user", "list"]).unwrap_err().contains("CK2027"), "the old one opens still");
        // What went wrong on its way out can be done again.
        std::fs::rename(&moved, here.path("first")).unwrap();
        assert_eq!(
            std::fs::read(here.export()).unwrap().len(),
            std::fs::read(here.path("first")).unwrap().len()
        );
        let place = Place::new(&there, Some(&here));
        let told = place.import(&moved).unwrap();
        let sessions = anna.len();
        assert!(told.contains(&format!("2 people, {sessions} sessions")), "{told}");
        program = place.serve();
        for browser in &mut anna {
            assert_eq!(title(browser, &program), SIGNED_IN, "{there}");
        }
        assert_eq!(title(&mut bert, &program), SIGNED_OUT, "what was taken back came along: {there}");
        assert!(program.given(&["events", "verify"])["events"].as_u64().unwrap() >= events, "{there}");
        // It is a store like any other.
        bert = signed_in(&program, "bert");
        anna.push(signed_in(&program, "anna"));
        let listed = program.given(&["session", "list", "anna"]);
        assert_eq!(listed["sessions"].as_array().unwrap().len(), anna.len(), "{there}");
        program.given(&["session", "revoke", "--user", "bert"]);
        here = place;
    }
    assert_eq!(program.given(&["session", "revoke", "--user", "anna"])["ended"].as_u64(), Some(7));
    for browser in &mut anna {
        assert_eq!(title(browser, &program), SIGNED_OUT);
    }
}

#[test]
fn nothing_is_acknowledged_after_it_was_read() {
    let here = Place::new(&on_postgres(), None);
    let program = here.serve();
    let mut anna = {
        program.add("anna", PASSWORD);
        signed_in(&program, "anna")
    };
    // Somebody else takes the database away under a server that runs, while it is being written to.
    let other = Place::new(here.config.lines().find(|line| line.starts_with("url")).unwrap(), Some(&here));
    let (folder, given) = (here.folder.clone(), std::sync::mpsc::channel());
    let adding = std::thread::spawn(move || {
        let mut number = 0;
        loop {
            let name = format!("user{number}");
            let added = cloakroom().current_dir(folder.path()).args(["user", "add", &name]).output().unwrap();
            if !added.status.success() {
                return (number, String::from_utf8(added.stderr).unwrap());
            }
            given.0.send(()).unwrap();
            number += 1;
        }
    });
    for _ in 0..5 {
        given.1.recv().unwrap();
    }
    let moved = other.export();
    let (acknowledged, why) = adding.join().unwrap();
    assert!(acknowledged >= 5 && why.contains("store"), "{why}");
    // Nobody is signed out by it, and nothing is done.
    while !program.written().contains("the store does not answer") {
        wait_a_moment();
    }
    assert!(program.written().contains("CK2027"), "{}", program.written());
    anna.connects_to(program.port());
    assert_eq!(anna.open(&format!("{AUTH}/account")).status, 503);
    let there = Place::new(&on_sqlite(), Some(&here));
    there.import(&moved).unwrap();
    let people = there.give(&["user", "list", "--limit", "1000"]).unwrap();
    for number in 0..acknowledged {
        assert!(
            people.contains(&format!("user{number}\n")),
            "user{number} was acknowledged, and is not there"
        );
    }
    let program = there.serve();
    assert_eq!(title(&mut anna, &program), SIGNED_IN);
}

#[test]
fn what_cannot_be_moved_is_refused_and_changes_nothing() {
    let here = Place::new(&on_sqlite(), None);
    let program = here.serve();
    program.add("anna", PASSWORD);
    let mut anna = signed_in(&program, "anna");
    assert!(here.give(&["export", "moved", "--accept"]).unwrap_err().contains("CK2022"));
    program.end();
    assert!(here.give(&["export", "moved"]).unwrap_err().contains("CK2023"));
    let program = here.serve();
    assert_eq!(title(&mut anna, &program), SIGNED_IN, "nothing was left yet");
    program.end();
    let moved = here.export();
    assert!(
        here.give(&["export", "moved", "--accept"]).unwrap_err().contains("is there already"),
        "written over"
    );
    for there in [on_sqlite(), on_postgres(), on_sqlite() + &sessions_apart()] {
        let place = Place::new(&there, None);
        assert!(place.import(&moved).unwrap_err().contains("CK2024"), "a root key is made up: {there}");
        std::fs::copy(another_key().path("root.key"), place.path("root.key")).unwrap();
        assert!(place.import(&moved).unwrap_err().contains("CK3001"), "another root key: {there}");
        std::fs::copy(here.path("root.key"), place.path("root.key")).unwrap();
        let whole = std::fs::read(&moved).unwrap();
        let damaged = place.path("damaged");
        let mut changed = whole.clone();
        *changed.get_mut(whole.len() / 2).unwrap() ^= 1;
        for bytes in [&whole[..whole.len() - 1], &changed, b"SQLite format 3\0"] {
            std::fs::write(&damaged, bytes).unwrap();
            assert!(place.import(&damaged).unwrap_err().contains("CK2028"), "{there}");
        }
        place.import(&moved).unwrap();
        assert!(place.import(&moved).unwrap_err().contains("CK2029"), "twice: {there}");
        let program = place.serve();
        assert_eq!(title(&mut anna, &program), SIGNED_IN, "{there}");
    }
}

/// Redis may keep what the database knows to be over. A store that has both in one would believe it.
#[test]
fn what_was_ended_while_redis_was_full_stays_behind() {
    let redis = Redis::start(&[]).unwrap();
    let here = Place::new(&(on_sqlite() + &format!("sessions_url = \"{}\"\n", redis.url("shop:"))), None);
    let program = here.serve();
    program.add("anna", PASSWORD);
    let mut stays = signed_in(&program, "anna");
    let listed = program.given(&["session", "list", "anna"]);
    let own = listed["sessions"][0]["id"].as_str().unwrap().to_owned();
    let mut goes = signed_in(&program, "anna");
    let listed = program.given(&["session", "list", "anna"]);
    let mut ids = listed["sessions"].as_array().unwrap().iter().filter_map(|one| one["id"].as_str());
    let other = ids.rfind(|id| *id != own).unwrap().to_owned();
    redis.give(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    program.given(&["session", "revoke", &other]);
    assert_eq!(title(&mut goes, &program), SIGNED_OUT);
    redis.give(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    program.end();
    let moved = here.export();
    for there in [on_sqlite(), on_postgres()] {
        let place = Place::new(&there, Some(&here));
        place.import(&moved).unwrap();
        let program = place.serve();
        let listed = program.given(&["session", "list", "anna"]).to_string();
        assert!(listed.contains(&own) && !listed.contains(&other), "{there}: {listed}");
        assert_eq!([title(&mut stays, &program), title(&mut goes, &program)], [SIGNED_IN, SIGNED_OUT]);
    }
}

#[test]
fn a_refused_import_changes_nothing_of_what_is_there() {
    let (one, other) = (sessions_apart(), Place::new(&on_sqlite(), None));
    let program = other.serve();
    program.add("bert", PASSWORD);
    let mut bert = signed_in(&program, "bert");
    program.end();
    let moved = other.export();
    // Somebody else's sessions are there: those that come along would be let in beside them, and those that are there here.
    let used = Place::new(&(on_postgres() + &one), Some(&other));
    let program = used.serve();
    program.add("anna", PASSWORD);
    let mut anna = signed_in(&program, "anna");
    let fresh = Place::new(&(on_postgres() + &one), Some(&other));
    assert!(fresh.import(&moved).unwrap_err().contains("there are sessions at"), "beside others");
    program.end();
    assert!(used.import(&moved).unwrap_err().contains("there is a store at"), "into another store");
    let program = used.serve();
    assert_eq!([title(&mut anna, &program), title(&mut bert, &program)], [SIGNED_IN, SIGNED_OUT]);
    // A database that was put there without its mark stays refused.
    let third = Place::new(&on_sqlite(), Some(&other));
    third.serve().end();
    std::fs::remove_file(third.path("cloakroom.db.mark")).unwrap();
    assert!(third.import(&moved).unwrap_err().contains("CK2029"));
    assert!(third.give(&["user", "list"]).unwrap_err().contains("CK2006"), "it opens now");
}

/// Whatever an import has left behind when it was cut short is no store, and nobody takes it for one.
#[test]
fn an_import_that_was_cut_short_is_done_again() {
    let here = Place::new(&on_sqlite(), None);
    let program = here.serve();
    program.add("anna", PASSWORD);
    let mut anna = signed_in(&program, "anna");
    program.end();
    let moved = here.export();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for is_apart in [false, true] {
        let apart = || if is_apart { sessions_apart() } else { String::new() };
        let sqlite = Place::new(&(on_sqlite() + &apart()), Some(&here));
        cloakroom_store_sqlite::Options::at(sqlite.path("cloakroom.db")).begin_import().unwrap();
        let postgres = on_postgres();
        let url = postgres.split('"').nth(1).unwrap();
        runtime.block_on(cloakroom_store_postgres::Options::at(url).begin_import()).unwrap();
        for place in [sqlite, Place::new(&(postgres.clone() + &apart()), Some(&here))] {
            for command in
                [&["user", "list"][..], &["serve"], &["restore", "--accept"], &["export", "x", "--accept"]]
            {
                let told = place.give(command).unwrap_err();
                assert!(told.contains("CK2033"), "{command:?}: {told}");
            }
            place.import(&moved).unwrap();
            let program = place.serve();
            assert_eq!(title(&mut anna, &program), SIGNED_IN);
        }
    }
}

#[test]
fn a_store_under_another_root_key_is_not_left() {
    let here = Place::new(&on_sqlite(), None);
    here.serve().end();
    std::fs::copy(here.path("root.key"), here.path("kept.key")).unwrap();
    std::fs::copy(another_key().path("root.key"), here.path("root.key")).unwrap();
    assert!(here.give(&["export", "moved", "--accept"]).unwrap_err().contains("CK3001"));
    std::fs::copy(here.path("kept.key"), here.path("root.key")).unwrap();
    here.serve().end();
}

fn another_key() -> Place {
    let place = Place::new(&on_sqlite(), None);
    place.serve().end();
    place
}

#[test]
fn whoever_goes_back_to_the_old_one_signs_everybody_out() {
    for store in [on_sqlite(), on_postgres()] {
        let here = Place::new(&store, None);
        let program = here.serve();
        program.add("anna", PASSWORD);
        let mut anna = signed_in(&program, "anna");
        program.end();
        here.export();
        assert!(here.give(&["restore"]).unwrap_err().contains("CK2023"), "{store}");
        here.give(&["restore", "--accept"]).unwrap();
        let program = here.serve();
        assert_eq!(title(&mut anna, &program), SIGNED_OUT, "{store}");
        assert_eq!(title(&mut signed_in(&program, "anna"), &program), SIGNED_IN, "{store}");
        assert!(program.given(&["events", "verify"])["whole"].as_bool().unwrap());
        // Accepted once more on purpose, once more everybody is signed out.
        program.end();
        here.give(&["restore", "--accept"]).unwrap();
    }
}
