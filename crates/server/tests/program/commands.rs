//! Commands: to the server that runs, and where none does.

use crate::browser::Browser;
use crate::program::{Program, cloakroom, database_in};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

#[test]
fn people_are_looked_after_while_it_runs_and_while_it_does_not() {
    let program = Program::dev(&[]);
    let socket = format!("{}.sock", program.database().display());
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let mut adding = cloakroom()
        .current_dir(program.folder.path())
        .args([
            "--json",
            "user",
            "add",
            "bert@example.com",
            "bert",
            "--called",
            "Bert",
            "--group",
            "staff",
            "--password-stdin",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    adding.stdin.take().unwrap().write_all(b"battery staple\n").unwrap();
    let added = adding.wait_with_output().unwrap();
    assert!(added.status.success());
    let mut browser = Browser::default();
    assert_eq!(browser.sign_in(&program.app, "bert", "battery staple").title(), "Hello, Bert");
    assert_eq!(program.given(&["session", "list", "bert"])["sessions"].as_array().unwrap().len(), 2);
    assert!(program.given(&["user", "groups", "bert", "boss"])["ended"].as_u64().unwrap() > 0);
    assert_eq!(browser.open(&program.app).title(), "Sign in");
    let taken = program.give(&["user", "add", "BERT"]);
    assert_eq!(taken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&taken.stderr).contains("error: this name is taken"));
    let weak = program.give(&["user", "show", "nobody"]);
    assert_eq!(weak.status.code(), Some(1));
    // A second link voids the first.
    let link = program.given(&["admin", "link"])["link"].as_str().unwrap().to_owned();
    assert_eq!(Browser::default().open(&program.admin_link).status, 410);
    assert_eq!(Browser::default().press(&link, &[]).status, 200);
    let invited = program.given(&["user", "invite", "carla@example.com", "--group", "staff"]);
    let joined = Browser::default()
        .press(invited["link"].as_str().unwrap(), &[("called", "Carla"), ("password", "correct horse")]);
    assert_eq!(joined.title(), "Your account", "{}", joined.body);
    let folder = program.folder.clone();
    program.end();
    assert!(!std::path::Path::new(&format!("{}.sock", database_in(folder.path()).display())).exists());
    let shown = cloakroom()
        .current_dir(folder.path())
        .args(["--json", "user", "show", "carla@example.com"])
        .output()
        .unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((shown["called"].as_str(), shown["groups"][0].as_str()), (Some("Carla"), Some("staff")));
    let events = cloakroom().current_dir(folder.path()).args(["events", "tail"]).output().unwrap();
    let events = String::from_utf8(events.stdout).unwrap();
    for name in ["user_created", "authn_login_success", "session_opened", "user_changed", "link_asked"] {
        assert!(events.lines().any(|line| line.contains(&format!("\"{name}\""))), "{name} in {events}");
    }
}

#[test]
fn a_configuration_is_written_checked_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| cloakroom().current_dir(folder.path()).args(args).output().unwrap();
    let missing = run(&["check"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("error[CK1001]"));
    let made = run(&[
        "init",
        "--public-url",
        "https://login.example.com",
        "--app",
        "app.example.com=http://127.0.0.1:3000",
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read_to_string(folder.path().join("cloakroom.toml")).unwrap();
    assert!(text.lines().count() < 40, "{text}");
    assert_eq!(run(&["init"]).status.code(), Some(1), "it is not written over");
    let checked = run(&["check"]);
    assert!(
        checked.status.success()
            && String::from_utf8_lossy(&checked.stderr).contains("warning: without [mail]")
    );
    let shown = String::from_utf8(run(&["config", "show"]).stdout).unwrap();
    assert!(shown.contains("server.public_url = https://login.example.com  # cloakroom.toml"), "{shown}");
    assert!(shown.contains("session.idle = 1h  # default"));
    std::fs::write(folder.path().join("cloakroom.toml"), text.replace("sign_up", "sing_up")).unwrap();
    let wrong = run(&["check"]);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("did you mean `sign_up`?"));
    assert_eq!(run(&["nonsense"]).status.code(), Some(2));
    let reference = String::from_utf8(run(&["config", "reference"]).stdout).unwrap();
    std::fs::write(folder.path().join("cloakroom.toml"), reference).unwrap();
    assert!(run(&["check"]).status.success(), "the reference is a configuration");
}

#[test]
fn looking_is_for_programs_too_and_finds_the_store_of_dev_anywhere() {
    let program = Program::dev(&["--data", "elsewhere"]);
    let demo = program.given(&["-c", "elsewhere", "user", "show", "demo"]);
    assert_eq!(demo["called"], "Demo");
    let none = program.give(&["-c", "nofile.toml", "user", "list"]);
    assert!(
        String::from_utf8_lossy(&none.stderr).contains("CK1001"),
        "a file that was named is not another store"
    );
    let invited = program.given(&["-c", "elsewhere", "user", "invite", "q@example.com"]);
    assert_eq!(invited["sent"], true);
    let link = invited["link"].as_str().unwrap().to_owned();
    let secret = link.rsplit('/').next().unwrap().to_owned();
    let inspect = |more: &[&str]| {
        let mut asking = cloakroom()
            .current_dir(program.folder.path())
            .args(["-c", "elsewhere", "--json", "token", "inspect", "-"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Write::write_all(&mut asking.stdin.take().unwrap(), secret.as_bytes()).unwrap();
        let output = asking.wait_with_output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert_eq!(inspect(&[])["live"], true);
    assert_eq!(inspect(&["--revoke"])["ended"], true);
    assert_eq!(inspect(&[])["live"], false);
    let wrote = program.given(&["init", "--public-url", "https://login.example.com", "--to", "c.toml"]);
    assert_eq!(wrote["wrote"], "c.toml");
    let checked = program.given(&["-c", "c.toml", "check"]);
    assert_eq!(checked["warnings"].as_array().map(Vec::len), Some(2), "{checked}");
    assert_eq!(checked["fine"], true);
    let app = "[server]\npublic_url = \"https://login.example.com\"\n[[app]]\nhost = \"app.example.com\"\nupstream = \"http://127.0.0.1:3000\"\n";
    std::fs::write(program.folder.path().join("wrong.toml"), format!("{app}alow = [\"staff\"]\n")).unwrap();
    let wrong = program.give(&["-c", "wrong.toml", "--json", "check"]);
    let told: serde_json::Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!((wrong.status.code(), &told["fine"]), (Some(3), &false.into()));
    assert!(told["errors"][0].as_str().unwrap().contains("did you mean `allow`?"), "{told}");
    std::fs::write(program.folder.path().join("app.toml"), app).unwrap();
    let shown = program.given(&["-c", "app.toml", "config", "show"]);
    let value = |key: &str| {
        let values = shown["values"].as_array().unwrap().iter();
        values.clone().find(|one| one["key"] == key).unwrap_or_else(|| panic!("{key} in {shown}"))["value"]
            .clone()
    };
    assert_eq!(value("app[app.example.com].upstream"), "http://127.0.0.1:3000");
    assert_eq!(value("app[app.example.com].allow"), serde_json::json!([]));
    assert!(value("server.connections").is_u64() && value("tls.key").is_null());
    let shown = program.given(&["-c", "c.toml", "config", "show"]);
    let found =
        shown["values"].as_array().unwrap().iter().find(|one| one["key"] == "server.public_url").unwrap();
    assert_eq!(
        (found["value"].as_str(), found["origin"].as_str()),
        (Some("https://login.example.com"), Some("c.toml"))
    );
}

/// MD5 of "pepper" and "hello".
const FAST: &str = "md5$pepper$9eb6a420a8ce68a4042e31f4bae0a7f9";

#[test]
fn a_thousand_people_come_with_their_passwords_and_once() {
    let program = Program::dev(&[]);
    // "hello", as Auth0 had it.
    let hash = "$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K";
    let mut text = "email,name,email_verified,password_hash,groups\n".to_owned();
    for number in 0..1_000 {
        text.push_str(&format!("user{number}@example.com,User {number},true,{hash},staff\n"));
    }
    text.push_str("USER7@example.com,Again,true,,\nnot an address,X,true,,\n");
    // "hello" as an old Django had it: nothing that fast is kept.
    text.push_str(&format!("old@example.com,Old,true,{FAST},staff\n"));
    let file = program.folder.path().join("users.csv");
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let dry = program.given(&["import", "users", path, "--dry-run"]);
    assert_eq!((dry["imported"].as_u64(), dry["not"].as_u64()), (Some(1_001), Some(2)));
    assert_eq!(program.given(&["user", "list"])["count"], 2, "only said");
    let report = program.folder.path().join("report.jsonl");
    let done = program.given(&["import", "users", path, "--report", report.to_str().unwrap()]);
    assert_eq!((done["imported"].as_u64(), done["not"].as_u64()), (Some(1_001), Some(2)));
    let lines = std::fs::read_to_string(report).unwrap();
    assert_eq!(lines.lines().count(), 1_003);
    assert!(!lines.contains('$') && !lines.contains('@'), "a report names rows");
    let again = program.given(&["import", "users", path]);
    assert_eq!(
        (again["imported"].as_u64(), again["there"].as_u64()),
        (Some(0), Some(1_001)),
        "cut off and run again"
    );
    let mut browser = Browser::default();
    assert_eq!(browser.sign_in(&program.app, "user777@example.com", "hello").title(), "Hello, User 777");
    assert_eq!(Browser::default().sign_in(&program.app, "old@example.com", "hello").title(), "Hello, Old");
    let of_store = std::fs::read_dir(program.database().parent().unwrap()).unwrap();
    let digest = FAST.rsplit('$').next().unwrap();
    for file in of_store.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(digest.len()).any(|some| some == digest.as_bytes()), "{}", file.display());
    }
    std::fs::write(&file, "email\nnot an address\n").unwrap();
    let nothing = program.give(&["import", "users", path]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("CK7003"));
}
