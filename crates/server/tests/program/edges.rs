//! Where one reader could take a request for another one than the next reader does.

use crate::browser::{Browser, raw};
use crate::program::{Program, serving};
use crate::upstream::Upstream;
use serde_json::Value;
use std::sync::Arc;

/// Somebody who is signed in at an app, and the head of what they send there.
fn at_the_app(upstream: &Upstream) -> (Program, Browser, String) {
    let program = Program::dev(&["--protect", &upstream.url]);
    let mut browser = Browser::default();
    browser.sign_in(&program.app, "demo", &program.password);
    let (host, cookies) =
        (program.app.strip_prefix("http://").unwrap().to_owned(), browser.cookies(&program.app));
    let head = format!(
        "Host: {host}\r\nCookie: {cookies}\r\nOrigin: {}\r\nSec-Fetch-Site: same-origin\r\n",
        program.app
    );
    (program, browser, head)
}

#[test]
fn a_request_whose_end_is_unclear_is_never_two_for_the_app() {
    let upstream = Upstream::start();
    let (program, _browser, head) = at_the_app(&upstream);
    let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let length = hidden.len();
    for (framing, body) in [
        ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n".to_owned(), chunk.clone()),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n".to_owned(), chunk.clone()),
        (format!("Content-Length: {length}\r\nContent-Length: 0\r\n"), hidden.to_owned()),
        (format!("Content-Length: {length}, 0\r\n"), hidden.to_owned()),
        (format!("Content-Length: +{length}\r\n"), hidden.to_owned()),
        ("Transfer-Encoding: xchunked\r\n".to_owned(), chunk.clone()),
        ("Transfer-Encoding: chunked, identity\r\n".to_owned(), chunk.clone()),
        ("Transfer-Encoding : chunked\r\n".to_owned(), chunk.clone()),
        ("X-A: b\r\n Transfer-Encoding: chunked\r\n".to_owned(), chunk),
        (format!("Content-Length: {length}\n"), hidden.to_owned()),
    ] {
        let request = format!("POST /open HTTP/1.1\r\n{head}{framing}Connection: close\r\n\r\n{body}");
        let answer = raw(program.port(), request.as_bytes());
        let seen = upstream.seen.lock().unwrap().clone();
        // Refused, or one request with all of that as its body.
        assert!(!seen.iter().any(|head| head.starts_with("GET /hidden")), "{framing}: {answer}");
        assert!(
            answer.matches("HTTP/1.1 ").count() <= 1 || answer.contains("HTTP/1.1 400"),
            "{framing}: {answer}"
        );
    }
    // What went through said how long it is once, and in one way.
    for head in upstream.seen.lock().unwrap().iter().map(|head| head.to_ascii_lowercase()) {
        let says =
            head.matches("\r\ncontent-length:").count() + head.matches("\r\ntransfer-encoding:").count();
        assert!(says <= 1, "{head}");
    }
}

#[test]
fn an_answer_is_as_long_as_it_says() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    for (method, path) in [
        ("GET", "/login"),
        ("GET", "/account"),
        ("GET", "/nowhere"),
        ("GET", "/problems/conflict"),
        ("GET", "/_cloakroom/assets/style.css"),
        ("HEAD", "/account/devices"),
        ("PUT", "/account"),
        ("POST", "/account"),
    ] {
        for mode in ["navigate", "cors"] {
            let answer =
                browser.send(method, &format!("{}{path}", program.auth), &[("Sec-Fetch-Mode", mode)], "");
            let says = answer.header("content-length").map(|length| length.parse::<usize>().unwrap());
            let expected = if method == "HEAD" { 0 } else { answer.body.len() };
            assert!(answer.status > 0 && answer.body.len() == expected, "{method} {path}");
            assert!(method == "HEAD" || says == Some(expected), "{method} {path}: {says:?} {}", answer.body);
        }
    }
}

#[test]
fn a_field_that_comes_twice_or_is_no_field_changes_nothing() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let page = browser.open(&format!("{}/account", program.auth));
    let twice = browser.post_once(&page, "/account", &[("called", "One"), ("called", "Two")]);
    assert!((400..500).contains(&twice.status), "{}", twice.body);
    // Fields of the record that the form does not have.
    let more = [
        ("called", "Three"),
        ("groups", "cloakroom-operators"),
        ("state", "disabled"),
        ("verified", "true"),
        ("email", "thief@example.com"),
        ("id", "usr_00000000000000000000000000"),
    ];
    let before = program.given(&["user", "show", "demo"]);
    assert_eq!(browser.post_once(&page, "/account", &more).status, 303);
    let mut after = program.given(&["user", "show", "demo"]);
    assert_eq!(after["called"], "Three");
    after["called"] = before["called"].clone();
    assert_eq!(after, before);
}

#[test]
fn what_is_written_is_a_line_of_its_own_whatever_was_asked() {
    let config = serving("");
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config);
    let port = program.port();
    for path in ["/a\"b\\c", "/%0d%0a{\"level\":\"ERROR\"}", "/\u{1b}[2Jx", "/é", "/a\tb", "/x?y=%0aINFO"] {
        raw(port, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \"}}\x1b[31m\r\nConnection: close\r\n\r\n").as_bytes());
    }
    let mut browser = Browser::through(port);
    let page = browser.open("http://localhost:8080/login");
    browser.post_once(&page, "/login", &[("username", "a\r\n{\"event\":\"made up\"}"), ("password", "x\ny")]);
    let events = String::from_utf8(program.give(&["events", "tail"]).stdout).unwrap();
    assert!(events.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{events}");
    assert!(!events.contains("made up"), "what was typed as a name is not in the log");
    let (_, written) = program.end();
    let lines: Vec<Value> = written
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!lines.is_empty() && !written.contains('\u{1b}'), "{written}");
    for line in &lines {
        let at = line["timestamp"].as_str().unwrap();
        assert!(at.ends_with('Z') && at.len() > 20, "{line}");
        assert_ne!(line["level"], "ERROR", "{line}");
    }
}

#[test]
fn who_is_refused_is_in_the_log_once_in_a_while() {
    let upstream = Upstream::start();
    let (program, mut browser, _) = at_the_app(&upstream);
    let going = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")];
    for _ in 0..5 {
        assert_eq!(browser.send("GET", &format!("{}/admin", program.auth), &going, "").status, 403);
        let foreign = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")];
        assert_eq!(browser.send("POST", &format!("{}/x", program.app), &foreign, "a=b").status, 403);
    }
    let events = String::from_utf8(program.give(&["events", "tail"]).stdout).unwrap();
    for (name, reason) in [("access_refused", "not_allowed"), ("csrf_refused", "csrf")] {
        let told: Vec<Value> = events
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event["event"] == name)
            .collect();
        assert_eq!(told.len(), 1, "{events}");
        assert_eq!(
            (told[0]["reason"].as_str(), told[0]["outcome"].as_str()),
            (Some(reason), Some("refused"))
        );
    }
}

#[test]
fn every_event_and_every_reason_is_documented() {
    use cloakroom_model::records::event::{EventName, Reason};
    let page = include_str!("../../../../docs/operations/events.md");
    let names = EventName::ALL.iter().map(|name| name.as_str());
    for word in names.chain(Reason::ALL.iter().map(|reason| reason.as_str())) {
        assert!(page.contains(&format!("| `{word}` |")), "{word}");
    }
}

#[test]
fn every_decision_about_somebody_is_in_the_log() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let mut guesser = Browser::default();
    for _ in 0..30 {
        let page = guesser.open(&format!("{}/login", program.auth));
        guesser.post_once(&page, "/login", &[("username", "demo"), ("password", "not this one")]);
    }
    let page = browser.open(&format!("{}/account/password", program.auth));
    let another = [("current", program.password.as_str()), ("password", "battery staple 9")];
    assert_eq!(browser.post_once(&page, "/account/password", &another).status, 303);
    let page = browser.open(&format!("{}/account", program.auth));
    assert_eq!(browser.post_once(&page, "/logout", &[]).status, 303);
    let mut second = Browser::default();
    second.sign_in(&program.app, "demo", "battery staple 9");
    program.given(&["session", "revoke", "--user", "demo"]);
    let events = String::from_utf8(program.give(&["events", "tail"]).stdout).unwrap();
    for (event, reason) in [
        ("authn_login_success", "sign_in"),
        ("authn_login_fail", "wrong_password"),
        ("throttle_hit", "too_many"),
        ("session_opened", ""),
        ("authn_password_change", "password_change"),
        ("session_closed", "sign_out"),
        ("fact_published", "revoked_by_admin"),
    ] {
        let is_it = |line: &str| {
            let told: Value = serde_json::from_str(line).unwrap();
            told["event"] == event && (reason.is_empty() || told["reason"] == reason)
        };
        assert!(events.lines().any(is_it), "{event} {reason}: {events}");
    }
}

/// The table of limits says what the rules do.
#[test]
fn the_limits_are_those_that_are_documented() {
    use cloakroom_rules::people::limits::Counted;
    let page = include_str!("../../../../docs/operations/decisions.md");
    for (counted, row) in [
        (Counted::Network, "sign-ins from a network"),
        (Counted::Account, "sign-ins to an account, by browsers that never did"),
        (Counted::Pair, "sign-ins from a network to an account"),
        (Counted::KnownBrowser, "sign-ins to an account by a browser that did before"),
        (Counted::MailFromNetwork, "mail that a network makes us send"),
        (Counted::MailTo, "mail to one address"),
        (Counted::Code, "codes typed for a link"),
    ] {
        let limit = counted.limit();
        let line = format!("| {row} | {} s | {} |", limit.every.as_millis() / 1_000, limit.burst);
        assert!(page.contains(&line), "{line}");
    }
}
