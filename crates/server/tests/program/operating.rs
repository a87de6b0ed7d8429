//! What an operator does on a day that is not like others.

use crate::browser::Browser;
use crate::program::{Program, cloakroom, serving, wait_a_moment};
use std::net::TcpListener;
use std::sync::Arc;

#[test]
fn sessions_are_ended_by_what_they_have_in_common_and_first_only_told() {
    let program = Program::dev(&[]);
    let mut demo = program.signed_in();
    Browser::default().press(&program.admin_link, &[]);
    let host = program.app.split("//").nth(1).unwrap().trim_end_matches('/').to_owned();
    let on_app = format!("host={host}");
    let told =
        program.given(&["session", "revoke", "--where", &on_app, "--where", "group=staff", "--dry-run"]);
    assert_eq!((told["count"].as_u64(), told["ended"].as_u64()), (Some(1), Some(0)), "{told}");
    assert_eq!(demo.open(&program.app).title(), "Hello, Demo", "only said");
    for nothing in ["group=boss", "older=1d", "device=typewriter", "address=203.0.113."] {
        let told = program.given(&["session", "revoke", "--where", nothing]);
        assert_eq!((&told["count"], &told["ended"]), (&0.into(), &0.into()), "{nothing}");
    }
    let moved = program.give(&["session", "revoke", "--where", &on_app, "--expect", "2"]);
    assert!(String::from_utf8_lossy(&moved.stderr).contains("nothing was ended"));
    assert_eq!(demo.open(&program.app).title(), "Hello, Demo");
    let wrong = program.give(&["session", "revoke", "--where", "shoe=42"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));
    assert_eq!(program.give(&["session", "revoke"]).status.code(), Some(2), "of nobody");
    let all = program.given(&["session", "list"]);
    assert_eq!(all["count"], 3, "of everybody: {all}");
    // The sign-in itself goes too: otherwise the next page would bring the app's session back.
    let done = program.given(&["session", "revoke", "--where", &on_app]);
    assert_eq!(done["ended"], 1, "{done}");
    assert_eq!(demo.open(&program.app).title(), "Sign in");
    demo.sign_in(&program.app, "demo", &program.password);
    let done = program.given(&["session", "revoke", "--where", "group=staff", "--expect", "2"]);
    assert_eq!(done["ended"], 2, "{done}");
    assert_eq!(demo.open(&program.app).title(), "Sign in");
    assert!(program.given(&["session", "list", "operator"])["sessions"].as_array().unwrap().len() == 1);
}

#[test]
fn a_log_that_was_cut_short_is_noticed_by_an_export_that_was_kept() {
    let program = Program::dev(&[]);
    program.signed_in();
    let folder = program.folder.clone();
    let export = |args: &[&str], to: &str| {
        let output = program.give(&[&["events", "export"], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(folder.path().join(to), &output.stdout).unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let first = export(&[], "first.jsonl");
    let (events, heads): (Vec<&str>, Vec<&str>) =
        first.lines().partition(|line| !line.starts_with("{\"head\""));
    assert_eq!(heads.len(), 1, "{first}");
    assert!(events.iter().any(|line| line.contains("authn_login_success")));
    let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap();
    assert_eq!(
        events.iter().map(|line| seq(line)).collect::<Vec<_>>(),
        (1..=events.len() as u64).collect::<Vec<_>>()
    );
    // What came since, and nothing twice.
    program.signed_in();
    let second = export(&["--after", "first.jsonl"], "second.jsonl");
    assert_eq!(seq(second.lines().next().unwrap()), events.len() as u64 + 1);
    let checked = program.give(&["events", "verify", "--checkpoint", "second.jsonl"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let database = program.database();
    program.end();
    // Somebody who can write into the store takes away what they did, and every trace that it was there.
    let connection = rusqlite::Connection::open(&database).unwrap();
    let kept = events.len() as i64;
    connection.execute("DELETE FROM ck_event WHERE seq > ?1", [kept]).unwrap();
    connection.execute("DELETE FROM ck_checkpoint WHERE seq > ?1", [kept]).unwrap();
    connection
        .execute(
            "UPDATE ck_lane SET event_head = ?1, chain = (SELECT digest FROM ck_event WHERE seq = ?1)",
            [kept],
        )
        .unwrap();
    drop(connection);
    // The store notices by its mark. Whoever says that this is how it should be is believed, and the kept export still knows.
    let copy = folder.path().join("cut.db");
    std::fs::copy(&database, &copy).unwrap();
    let put_back =
        cloakroom().current_dir(folder.path()).args(["restore", "cut.db", "--accept"]).output().unwrap();
    assert!(put_back.status.success(), "{}", String::from_utf8_lossy(&put_back.stderr));
    let verify = |args: &[&str]| {
        cloakroom().current_dir(folder.path()).args(["events", "verify"]).args(args).output().unwrap()
    };
    let left = verify(&["--checkpoint", "first.jsonl"]);
    assert!(left.status.success(), "what is left is as it was: {}", String::from_utf8_lossy(&left.stderr));
    let noticed = verify(&["--checkpoint", "second.jsonl"]);
    assert!(
        !noticed.status.success() && String::from_utf8_lossy(&noticed.stderr).contains("CK2030"),
        "{}",
        String::from_utf8_lossy(&noticed.stderr)
    );
    // An end that somebody made up proves nothing.
    let forged = second.lines().last().unwrap().replace("\"seq\":", "\"seq\":1");
    std::fs::write(folder.path().join("forged.jsonl"), forged).unwrap();
    assert!(!verify(&["--checkpoint", "forged.jsonl"]).status.success());
    std::fs::write(folder.path().join("none.jsonl"), "hello\n").unwrap();
    assert!(!verify(&["--checkpoint", "none.jsonl"]).status.success());
}

fn with(apps: &str, more: &str) -> String {
    serving(&format!("{more}\n[store]\nurl = \"sqlite:data/cloakroom.db\"\n{apps}"))
}

fn app(name: &str, port: u16) -> String {
    format!("[[app]]\nhost = \"{name}.localhost\"\nupstream = \"http://127.0.0.1:{port}\"\n")
}

#[test]
fn an_app_comes_and_goes_while_it_runs_and_what_is_wrong_changes_nothing() {
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &with(&app("one", 1), ""));
    let file = program.folder.path().join("cloakroom.toml");
    let status = |name: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: {name}.localhost:8080\r\nConnection: close\r\n\r\n");
        let answer = crate::browser::raw(program.port(), request.as_bytes());
        crate::browser::parsed(&program.auth, &answer).status
    };
    assert_eq!((status("one"), status("two")), (401, 421));
    for (config, told) in [
        (with(&app("two", 2), "shoe = 42"), "CK1003"),
        (with(&app("two", 2), "[session]\nidle = \"2h\""), "session.idle"),
    ] {
        std::fs::write(&file, config).unwrap();
        let refused = program.give(&["config", "reload"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(told), "{said}");
        assert_eq!((status("one"), status("two")), (401, 421));
    }
    std::fs::write(&file, with(&(app("two", 2) + &app("three", 3)), "")).unwrap();
    let done = program.give(&["config", "reload"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!((status("one"), status("two"), status("three")), (421, 401, 401));
    let events = program.give(&["events", "tail"]);
    assert!(String::from_utf8(events.stdout).unwrap().contains("\"config_reloaded\""));
    // The same by signal.
    std::fs::write(&file, with(&app("one", 1), "")).unwrap();
    program.signal("HUP");
    for _ in 0..500 {
        if status("one") == 401 {
            break;
        }
        wait_a_moment();
    }
    assert_eq!((status("one"), status("two")), (401, 421), "{}", program.written());
    assert!(program.end().0);
}

#[test]
fn a_doctor_says_what_is_wrong_and_what_to_do() {
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let apps = app("one", there.local_addr().unwrap().port()) + &app("two", 1);
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &with(&apps, ""));
    let look = || {
        let output = program.give(&["doctor"]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = look();
    assert_eq!(code, Some(1), "{told}");
    let found = |told: &str, grade: &str, text: &str| {
        told.lines().any(|line| line.starts_with(grade) && line.contains(text))
    };
    assert!(found(&told, "fine", "http://one.localhost:8080 answers"), "{told}");
    assert!(found(&told, "problem", "http://two.localhost:8080 is not there"), "{told}");
    assert!(found(&told, "warning", "there is no [mail]") && found(&told, "fine", "it runs"), "{told}");
    // A key that others may read.
    std::fs::write(
        program.folder.path().join("cloakroom.toml"),
        with(&app("one", there.local_addr().unwrap().port()), ""),
    )
    .unwrap();
    assert_eq!(look().0, Some(0), "{}", look().1);
    let key = program.folder.path().join("data/cloakroom.db.key");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let (code, told) = look();
    assert!(code == Some(1) && found(&told, "problem", "chmod 600"), "{told}");
}

#[test]
fn a_file_makes_no_operator() {
    let program = Program::dev(&[]);
    let file = program.folder.path().join("users.csv");
    let rows = "email,username,groups\nop@example.com,,cloakroom-operators\nother@example.com,Operator,\nanna@example.com,anna,staff\n";
    std::fs::write(&file, rows).unwrap();
    let done = program.given(&["import", "users", file.to_str().unwrap()]);
    assert_eq!((done["imported"].as_u64(), done["not"].as_u64()), (Some(1), Some(2)), "{done}");
    assert_eq!(program.give(&["user", "add", "operator"]).status.code(), Some(1));
    // Work that takes longer than the answer to a wrong password would tell who has an account.
    let slow = "$2b$15$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K";
    std::fs::write(&file, format!("email,password_hash\nslow@example.com,{slow}\n")).unwrap();
    let refused = program.give(&["import", "users", file.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("CK7005") && told.contains("deadline"), "{told}");
    assert!(!program.give(&["user", "show", "slow@example.com"]).status.success());
}

#[test]
fn commands_find_the_store_from_anywhere_and_make_none() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let config = folder.path().join("cloakroom.toml");
    std::fs::write(&config, with("", "")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let list = || {
        let output = cloakroom()
            .current_dir(elsewhere.path())
            .arg("-c")
            .arg(&config)
            .args(["user", "list"])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (listed, told) = list();
    assert!(!listed && told.contains("CK2025"), "{told}");
    Program::serve(folder.clone(), &with("", "")).end();
    assert!(list().0, "{}", list().1);
    let unsent = cloakroom().current_dir(folder.path()).args(["user", "recover", "nobody"]).output().unwrap();
    assert!(String::from_utf8_lossy(&unsent.stderr).contains("no [mail]"));
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    // A store without its key is told of, and gets no other.
    let key = folder.path().join("data/cloakroom.db.key");
    std::fs::remove_file(&key).unwrap();
    let (listed, told) = list();
    assert!(!listed && told.contains("CK2024") && told.contains("cloakroom.db.key"), "{told}");
    assert!(!key.exists());
}

#[test]
fn an_event_names_its_request_and_checks_are_counted() {
    let upstream = crate::upstream::Upstream::start();
    let program = Program::dev(&["--protect", &upstream.url]);
    let mut browser = Browser::default();
    let page = browser.open(&program.app);
    let answer = browser.post_once(
        &page,
        "/login",
        &[("username", "demo"), ("password", "wrong one"), ("return_to", "")],
    );
    let id = answer.header("x-request-id").unwrap().to_owned();
    let events = String::from_utf8(program.give(&["events", "tail"]).stdout).unwrap();
    let failed = events.lines().find(|line| line.contains("authn_login_fail")).unwrap();
    assert!(failed.contains(&format!("\"request\":\"{id}\"")), "{id} in {failed}");
    browser.sign_in(&program.app, "demo", &program.password);
    let answer = browser.send("GET", &format!("{}/a", program.app), &[("X-Request-Id", "made-up")], "");
    // From home to an app is no second sign-in; a wrong password on the way to what matters is refused.
    let page = browser.open(&format!("{}/account/confirm", program.auth));
    browser.post(&page, "/account/confirm", &[("password", "wrong one"), ("return_to", "/account")]);
    let events = String::from_utf8(program.give(&["events", "tail"]).stdout).unwrap();
    let of = |name: &str| events.lines().filter(|line| line.contains(name)).collect::<Vec<_>>();
    assert_eq!(of("authn_login_success").len(), 1, "{events}");
    assert_eq!(of("\"reason\":\"hand_off\"").len(), 1, "{events}");
    let failed = of("authn_login_fail");
    assert!(failed.len() == 2 && failed.iter().all(|line| line.contains("\"refused\"")), "{events}");
    let id = answer.header("x-request-id").unwrap();
    assert!(upstream.last().contains(&format!("x-request-id: {id}\r\n")), "{id} in {}", upstream.last());
    assert!(!upstream.last().contains("made-up"));
}

#[test]
fn an_operator_has_pages_of_their_own() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let config = with("", "") + "[pages]\nname = \"Example & Co\"\nfolder = \"pages\"\n";
    std::fs::write(folder.path().join("cloakroom.toml"), &config).unwrap();
    let give = |args: &[&str]| {
        let output = cloakroom().current_dir(folder.path()).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = give(&["check"]);
    assert!(code == Some(3) && told.contains("CK4020") && told.contains("pages"), "{told}");
    assert_eq!(give(&["config", "pages", "pages"]).0, Some(0));
    assert_eq!(give(&["config", "pages", "pages"]).0, Some(1), "what is there is left alone");
    assert_eq!(give(&["check"]).0, Some(0), "{}", give(&["check"]).1);
    let page = folder.path().join("pages/sign_in.html");
    let ours = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, ours.replace("name=\"_csrf\"", "name=\"token\"")).unwrap();
    for command in ["check", "serve"] {
        let (code, told) = give(&[command]);
        assert!(
            code == Some(3) && told.contains("sign_in.html") && told.contains("without its token"),
            "{told}"
        );
    }
    std::fs::write(&page, ours.replace("<h1>", "<p>A word from us</p><h1>")).unwrap();
    std::fs::write(folder.path().join("pages/style.css"), ":root { --accent: #135; }").unwrap();
    let program = Program::serve(folder.clone(), &config);
    let mut browser = Browser::through(program.port());
    let shown = browser.open("http://localhost:8080/login");
    assert!(
        shown.body.contains("A word from us") && shown.body.contains("Example &amp; Co"),
        "{}",
        shown.body
    );
    let style = browser.open("http://localhost:8080/_cloakroom/assets/style.css");
    assert!(style.body.ends_with("--accent: #135; }"), "{}", style.body);
    // Other pages are taken over while it runs; those that cannot be used are not.
    std::fs::write(&page, ours.replace("name=\"_csrf\"", "name=\"token\"")).unwrap();
    let (code, told) = give(&["config", "reload"]);
    assert!(code == Some(1) && told.contains("without its token"), "{told}");
    assert!(browser.open("http://localhost:8080/login").body.contains("A word from us"));
    std::fs::write(&page, ours.replace("<h1>", "<p>Another word</p><h1>")).unwrap();
    std::fs::write(folder.path().join("cloakroom.toml"), config.replace("Example & Co", "Sample")).unwrap();
    assert_eq!(give(&["config", "reload"]).0, Some(0), "{}", program.written());
    let shown = browser.open("http://localhost:8080/login").body;
    assert!(shown.contains("Another word") && shown.contains("Sample"), "{shown}");
}

#[test]
fn nobody_chooses_a_password_that_was_stolen_elsewhere() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    // SHA-1 of "trombone-kestrel" between two others.
    let list = "0000000000000000000000000000000000000001:1\r\n81C33D04C1B07BE86AE92A0D2742B83BE9DF31F9:7\r\nFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:2\r\n";
    std::fs::write(folder.path().join("list.txt"), list).unwrap();
    let config = with("[users]\nbreached = \"list.txt\"\n", "");
    std::fs::write(folder.path().join("cloakroom.toml"), &config).unwrap();
    let add = |name: &str, password: &str| {
        let mut adding = cloakroom()
            .current_dir(folder.path())
            .args(["user", "add", name, "--password-stdin"])
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut adding.stdin.take().unwrap(), password.as_bytes()).unwrap();
        let output = adding.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (added, told) = add("anna", "trombone-kestrel");
    assert!(!added && told.contains("stolen"), "{told}");
    assert!(add("anna", "trombone-kestrels").0);
    std::fs::write(folder.path().join("list.txt"), "hello").unwrap();
    let (added, told) = add("ben", "another-one-entirely");
    assert!(!added && told.contains("CK1011"), "{told}");
}
