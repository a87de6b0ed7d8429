//! Sessions on Redis, everything else in SQLite or PostgreSQL.

use crate::fleet::{AUTH, folder, signed_in, title};
use crate::program::{Program, cloakroom, serving, wait_a_moment};
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use std::sync::Arc;

const PASSWORD: &str = "correct horse battery";

fn config(url: &str, sessions: &str) -> String {
    serving(&format!("[store]\nurl = \"{url}\"\nsessions_url = \"{sessions}\"\nfolder = \"own\"\n"))
}

#[test]
fn sessions_outlive_both_and_what_was_ended_stays_ended() {
    let redis = Redis::start(&[]).unwrap();
    let config = config("sqlite:cloakroom.db", &redis.url("shop:"));
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let program = Program::serve(folder.clone(), &config);
    program.add("anna", PASSWORD);
    let (mut laptop, mut phone) = (signed_in(&program, "anna"), signed_in(&program, "anna"));
    // They are where they should be, and nothing of them is readable by whoever has no key: tickets are digests.
    assert!(redis.give(&["KEYS", "shop:s:*"]).unwrap().starts_with("*2"));
    assert!(redis.give(&["DBSIZE"]).unwrap().starts_with(':'));
    let listed = program.given(&["session", "list", "anna"]);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2, "{listed}");
    // Both are killed, and nobody is signed out.
    drop(program.kill());
    redis.kill().unwrap();
    redis.run(&[]).unwrap();
    let program = Program::serve(folder.clone(), &config);
    assert_eq!([title(&mut laptop, &program), title(&mut phone, &program)], ["Your account"; 2]);
    // What is taken back while Redis has lost it all comes back with nothing.
    assert_eq!(program.given(&["session", "revoke", "--user", "anna"])["ended"].as_u64(), Some(2));
    assert_eq!([title(&mut laptop, &program), title(&mut phone, &program)], ["Sign in"; 2]);
    let mut again = signed_in(&program, "anna");
    redis.give(&["FLUSHALL"]).unwrap();
    drop(program.kill());
    let program = Program::serve(folder, &config);
    assert_eq!(title(&mut again, &program), "Sign in");
    assert_eq!(title(&mut signed_in(&program, "anna"), &program), "Your account");
    assert!(program.given(&["events", "verify"])["whole"].as_bool().unwrap());
}

#[test]
fn an_outage_of_redis_signs_nobody_out() {
    let redis = Redis::start(&[]).unwrap();
    let config = config("sqlite:cloakroom.db", &redis.url("shop:"));
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let program = Program::serve(folder.clone(), &config);
    program.add("anna", PASSWORD);
    program.add("bert", PASSWORD);
    let (mut anna, mut other) = (signed_in(&program, "anna"), signed_in(&program, "anna"));
    let mut bert = signed_in(&program, "bert");
    for stop in [Redis::pause as fn(&Redis) -> _, Redis::kill] {
        stop(&redis).unwrap();
        anna.connects_to(program.port());
        let answer = anna.open(&format!("{AUTH}/account/sessions"));
        assert!(answer.title() != "Sign in" && [200, 404, 503].contains(&answer.status), "{}", answer.body);
        // Who has to go goes all the same; how many sessions that ends nobody can say.
        let told = program.given(&["session", "revoke", "--user", "bert"]);
        assert_eq!(told["uncounted"].as_bool(), Some(true), "{told}");
        assert_eq!(title(&mut bert, &program), "Sign in");
        let told = String::from_utf8(program.give(&["doctor"]).stdout).unwrap();
        assert!(told.contains("what sessions are kept by does not answer: "), "{told}");
        while !program.written().contains("the store does not answer") {
            wait_a_moment();
        }
        redis.go_on().ok();
        if redis.give(&["PING"]).is_err() {
            redis.run(&[]).unwrap();
        }
        let is_back = (0..200).any(|_| {
            wait_a_moment();
            title(&mut other, &program) == "Your account"
        });
        assert!(is_back, "{}", program.written());
        assert_eq!(title(&mut bert, &program), "Sign in", "he is back with Redis");
        bert = signed_in(&program, "bert");
    }
    drop(program.kill());
    let program = Program::serve(folder, &config);
    assert_eq!([title(&mut other, &program), title(&mut bert, &program)], ["Your account"; 2]);
}

#[test]
fn several_servers_on_postgresql_and_redis() {
    let (redis, postgres) = (Redis::shared().unwrap(), Postgres::shared().unwrap());
    let config = config(&postgres.url(&postgres.database().unwrap()), &redis.url(&redis.prefix()));
    let first = folder(None);
    let one = Program::serve(first.clone(), &config);
    let two = Program::serve(folder(Some(first.path())), &config);
    one.add("anna", PASSWORD);
    let (mut laptop, mut phone) = (signed_in(&one, "anna"), signed_in(&two, "anna"));
    assert_eq!([title(&mut laptop, &two), title(&mut phone, &one)], ["Your account"; 2]);
    two.given(&["session", "revoke", "--user", "anna"]);
    assert_eq!(title(&mut laptop, &two), "Sign in", "where it was taken back, at once");
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
}

#[test]
fn what_would_not_keep_sessions_well_is_refused_or_told_of() {
    let careless = Redis::start(&["--maxmemory-policy", "allkeys-lru"]).unwrap();
    let forgetful = Redis::start(&["--appendonly", "no"]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let told = |url: &str, sessions: &str| {
        std::fs::write(folder.path().join("cloakroom.toml"), config(url, sessions)).unwrap();
        let told = cloakroom().current_dir(folder.path()).arg("serve").output().unwrap();
        (told.status.code(), String::from_utf8(told.stderr).unwrap())
    };
    let sqlite = "sqlite:cloakroom.db";
    for (url, sessions, code, exit) in [
        ("redis://localhost", "redis://localhost", "CK1012", 3),
        ("redis+cluster://localhost", "redis://localhost", "CK1012", 3),
        (sqlite, "memcached://localhost", "CK1004", 3),
        (sqlite, "redis+proxy://localhost", "CK1004", 3),
        (sqlite, "redis+sentinel://u:hunter22@localhost:1/shop", "CK2051", 1),
        (sqlite, "redis+cluster://u:hunter22@localhost:1", "CK2051", 1),
        (sqlite, "redis://:hunter22localhost:1", "CK2050", 1),
        (sqlite, "redis://u:hunter22@localhost:1", "CK2051", 1),
        (sqlite, "redis://u:hunter22@cache.example", "CK2052", 1),
        (sqlite, &careless.url("a:"), "CK2054", 1),
    ] {
        let (ended, told) = told(url, sessions);
        assert!(told.contains(code) && !told.contains("hunter22"), "{sessions}: {told}");
        assert_eq!(ended, Some(exit), "{sessions}: {told}");
    }
    // What can be said of an address without asking anybody is said before the first start.
    for (url, sessions, code) in [
        (sqlite, "redis://u:hunter22@cache.example", "CK2052"),
        (sqlite, "redis+cluster://u:hunter22@localhost/2", "CK2050"),
        ("postgres://u:hunter22@db.example/c?sslmode=disable", "redis://localhost", "CK2045"),
    ] {
        std::fs::write(folder.path().join("cloakroom.toml"), config(url, sessions)).unwrap();
        let told = cloakroom().current_dir(folder.path()).arg("check").output().unwrap();
        let text = String::from_utf8(told.stderr).unwrap();
        assert!(told.status.code() == Some(3) && text.contains(code) && !text.contains("hunter22"), "{text}");
    }
    let program =
        Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config(sqlite, &forgetful.url("a:")));
    let told = String::from_utf8(program.give(&["doctor"]).stdout).unwrap();
    assert!(told.contains("keeps nothing on a disk"), "{told}");
    assert!(program.written().contains("keeps nothing on a disk"), "{}", program.written());
}
