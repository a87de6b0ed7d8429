//! Between a browser and an app.

use crate::browser::{Browser, parts};
use crate::program::Program;
use crate::upstream::Upstream;
use std::io::{Read, Write};
use std::net::TcpStream;

fn protected() -> (Upstream, Program) {
    let upstream = Upstream::start();
    let program = Program::dev(&["--protect", &upstream.url]);
    (upstream, program)
}

fn signed_in(program: &Program) -> Browser {
    let mut browser = Browser::default();
    let page = browser.sign_in(&program.app, "demo", &program.password);
    assert_eq!(page.status, 200, "{}", page.body);
    browser
}

#[test]
fn the_app_is_told_who_it_is_and_never_sees_a_ticket() {
    let (upstream, program) = protected();
    let mut browser = signed_in(&program);
    browser.put(&program.app, "theirs", "1");
    let lies = [
        ("Remote-User", "root"),
        ("remote_user", "root"),
        ("Remote.Groups", "admins"),
        ("Cloakroom-Session", "ses_x"),
        ("X-Forwarded-User", "root"),
    ];
    // A development machine has no proxy in front.
    let refused = browser.send("GET", &format!("{}/a", program.app), &lies, "");
    assert_eq!(refused.status, 400);
    let answer = browser.send("GET", &format!("{}/a?b=c", program.app), &lies[..4], "");
    assert_eq!((answer.status, answer.header("x-app")), (200, Some("yes")));
    let head = upstream.last().to_ascii_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1"), "{head}");
    assert!(head.contains("cookie: mine=1; theirs=1\r\n"), "{head}");
    for secret in ["ckt_", "cloakroom_dev", "root", "admins", "ses_x"] {
        assert!(!head.contains(secret), "{secret} in {head}");
    }
    for told in [
        "remote-user: usr_",
        "remote-groups: staff",
        "remote-name: demo",
        "remote-email: demo@example.com",
        "cloakroom-session: ses_",
    ] {
        assert_eq!(head.matches(told).count(), 1, "{told} in {head}");
    }
    let set: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    assert_eq!(set.len(), 1, "an app sets no cookie of ours: {set:?}");
    // Whoever is not signed in is not passed on.
    let before = upstream.seen.lock().unwrap().len();
    let stranger = Browser::default().send("GET", &format!("{}/a", program.app), &[], "");
    assert_eq!((stranger.status, upstream.seen.lock().unwrap().len()), (401, before));
}

#[test]
fn what_another_site_sends_in_somebodys_name_is_not_passed_on() {
    let (upstream, program) = protected();
    let mut browser = signed_in(&program);
    let own = program.app.clone();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for (headers, passes) in [
        (vec![("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"), ("Origin", own.as_str())], true),
        (
            vec![("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate"), ("Origin", own.as_str())],
            true,
        ),
        (vec![("Origin", own.as_str())], true),
        (
            vec![
                ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Mode", "navigate"),
                ("Origin", "https://evil.example"),
            ],
            false,
        ),
        (
            vec![("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors"), ("Origin", "http://localhost")],
            false,
        ),
        (vec![("Origin", "https://evil.example")], false),
        (vec![("Origin", "null")], false),
        (vec![("Sec-Fetch-Site", "cross-site")], false),
        (vec![], false),
    ] {
        let before = upstream.seen.lock().unwrap().len();
        let headers = [headers, vec![form]].concat();
        let answer = browser.send("POST", &format!("{}/change", program.app), &headers, "a=b");
        let passed = upstream.seen.lock().unwrap().len() > before;
        assert_eq!((passed, answer.status), (passes, if passes { 200 } else { 403 }), "{headers:?}");
    }
}

fn connect(program: &Program, browser: &Browser, head: &str) -> TcpStream {
    let (host, port, _) = parts(&program.app);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let cookies = browser.cookies(&program.app);
    let text = format!("{head}Host: {host}\r\nCookie: {cookies}\r\nOrigin: {}\r\n\r\n", program.app);
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut text = String::new();
    let mut byte = [0u8; 1];
    while !text.ends_with(mark) {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "it ended after {text}");
        text.push(char::from(byte[0]));
    }
    text
}

#[test]
fn bodies_are_streamed_both_ways() {
    let (_upstream, program) = protected();
    let browser = signed_in(&program);
    let mut stream =
        connect(&program, &browser, "POST /stream HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n");
    // The answer begins before the body is there.
    read_until(&mut stream, "first");
    stream.write_all(b"body").unwrap();
    read_until(&mut stream, "second");
}

#[test]
fn a_connection_that_becomes_something_else_is_carried() {
    let (_upstream, program) = protected();
    let browser = signed_in(&program);
    let head = "GET /live HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n";
    let mut stream = connect(&program, &browser, head);
    assert!(read_until(&mut stream, "\r\n\r\n").starts_with("HTTP/1.1 101"));
    stream.write_all(b"hello").unwrap();
    read_until(&mut stream, "HELLO");
    // From another site it is not opened: cookies would go along.
    let (host, port, _) = parts(&program.app);
    let evil = format!(
        "{head}Host: {host}\r\nCookie: {}\r\nOrigin: https://evil.example\r\n\r\n",
        browser.cookies(&program.app)
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(evil.as_bytes()).unwrap();
    assert!(read_until(&mut stream, "\r\n").contains("403"));
}

#[test]
fn streams_end_with_the_session_they_were_opened_in() {
    let (_upstream, program) = protected();
    let mut browser = signed_in(&program);
    let head = "GET /live HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n";
    let mut socket = connect(&program, &browser, head);
    read_until(&mut socket, "\r\n\r\n");
    let mut events = connect(&program, &browser, "POST /stream HTTP/1.1\r\nContent-Length: 4\r\n");
    read_until(&mut events, "first");
    let page = browser.open(&format!("{}/account", program.auth));
    browser.post(&page, "/logout", &[]);
    let mut rest = Vec::new();
    for stream in [&mut socket, &mut events] {
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let ended = stream.read_to_end(&mut rest);
        let is_reset = |error: std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(ended.is_ok() || ended.is_err_and(is_reset), "a stream went on after the sign-out");
    }
    assert!(!String::from_utf8_lossy(&rest).contains("second"));
}

#[test]
fn an_app_that_is_not_there_is_said_to_be_so() {
    let program = Program::dev(&["--protect", "http://127.0.0.1:9"]);
    let mut browser = Browser::default();
    let page = browser.sign_in(&program.app, "demo", &program.password);
    assert_eq!((page.status, page.title()), (502, "The app does not answer"));
}

#[test]
fn requests_under_way_are_answered_at_the_end() {
    let (_upstream, program) = protected();
    let browser = signed_in(&program);
    let mut stream = connect(&program, &browser, "GET /slow HTTP/1.1\r\nConnection: close\r\n");
    while !_upstream.last().contains("/slow") {
        crate::program::wait_a_moment();
    }
    let (ended, _) = program.end();
    assert!(ended);
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
}

/// Checked by somebody else's library, with the published keys.
#[test]
fn the_assertion_proves_who_asks_to_this_app_and_no_other() {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    let (upstream, program) = protected();
    let mut browser = signed_in(&program);
    let told = |upstream: &Upstream| {
        let head = upstream.last();
        let line =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("cloakroom-assertion: ")).unwrap();
        line.split(": ").nth(1).unwrap().trim().to_owned()
    };
    browser.send("GET", &format!("{}/a", program.app), &[("Cloakroom-Assertion", "forged")], "");
    let assertion = told(&upstream);
    let keys =
        browser.send("GET", &format!("{}/.well-known/cloakroom-assertion.json", program.auth), &[], "");
    let keys: JwkSet = serde_json::from_str(&keys.body).unwrap();
    let header = decode_header(&assertion).unwrap();
    assert_eq!(header.typ.as_deref(), Some("cloakroom-assertion+jwt"));
    let key = DecodingKey::from_jwk(keys.find(header.kid.as_ref().unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[&program.app]);
    validation.set_issuer(&[&program.auth]);
    let claims = decode::<serde_json::Value>(&assertion, &key, &validation).unwrap().claims;
    assert_eq!((claims["htm"].as_str(), claims["email"].as_str()), (Some("GET"), Some("demo@example.com")));
    assert_eq!(claims["host"].as_str(), Some(parts(&program.app).0.as_str()));
    validation.set_audience(&["http://other.localhost"]);
    assert!(decode::<serde_json::Value>(&assertion, &key, &validation).is_err());
    browser.send("GET", &format!("{}/b", program.app), &[], "");
    assert_eq!(told(&upstream), assertion, "said again while it is young");
    browser.send("HEAD", &format!("{}/b", program.app), &[], "");
    assert_ne!(told(&upstream), assertion, "for another method another one");
    let stranger =
        Browser::default().send("GET", &format!("{}/.well-known/jwks.json", program.auth), &[], "");
    assert!(!stranger.body.contains(header.kid.as_ref().unwrap()), "its keys are no keys of tokens");
}

#[test]
fn nothing_but_a_websocket_leaves_the_gateway() {
    let (upstream, program) = protected();
    let mut browser = signed_in(&program);
    let page = format!("{}/a", program.app);
    let h2c = [("Connection", "Upgrade"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")];
    let keyless = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Origin", program.app.as_str())];
    let two = [("Connection", "Upgrade"), ("Upgrade", "websocket, h2c"), ("Trailer", "Remote-User")];
    for headers in [&h2c[..], &keyless, &two] {
        let answer = browser.send("GET", &page, headers, "");
        assert_eq!(answer.status, 200, "{headers:?}: {}", answer.body);
        let head = upstream.last().to_ascii_lowercase();
        for left in ["upgrade", "http2-settings", "trailer"] {
            assert!(!head.contains(left), "{headers:?}: {left} in {head}");
        }
    }
    let made_up = "A".repeat(40_000);
    assert_eq!(browser.send(&made_up, &page, &[], "").status, 405, "a method of its own");
}

#[test]
fn what_somebody_got_is_for_no_cache_of_others() {
    let (_upstream, program) = protected();
    let mut browser = signed_in(&program);
    let answer = browser.send("GET", &format!("{}/cached", program.app), &[], "");
    assert_eq!(answer.header("cache-control"), Some("max-age=60, private"));
    assert_eq!(answer.header("cdn-cache-control"), None);
}

#[test]
fn a_form_that_cannot_go_on_shows_a_page_to_whoever_sent_it() {
    let (_upstream, program) = protected();
    let page = format!("{}/a", program.app);
    let going = [
        ("Accept", "text/html"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", program.app.as_str()),
    ];
    let answer = Browser::default().send("POST", &page, &going, "a=b");
    assert_eq!((answer.status, answer.title()), (401, "You are not signed in"), "{}", answer.body);
    assert!(
        answer.body.contains("send it again") && answer.body.contains(answer.header("x-request-id").unwrap())
    );
    assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let mut browser = signed_in(&program);
    let from_elsewhere = [
        ("Accept", "text/html"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "http://evil.example"),
    ];
    let answer = browser.send("POST", &page, &from_elsewhere, "a=b");
    assert_eq!((answer.status, answer.title()), (403, "Nobody meant this request"), "{}", answer.body);
    let script = Browser::default().send("POST", &page, &[("Accept", "application/json")], "a=b");
    assert_eq!((script.status, script.header("content-type")), (401, Some("application/problem+json")));
}
