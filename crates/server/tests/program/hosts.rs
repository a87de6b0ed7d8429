//! Names, addresses and methods: who is answered at all.

use crate::browser::{Browser, parsed, parts, raw};
use crate::program::{Program, serving};

#[test]
fn only_configured_names_are_answered() {
    let program = Program::dev(&[]);
    let port = program.port();
    let internal = parts(&program.internal).1;
    let ask = |port: u16, head: &str| {
        parsed("", &raw(port, format!("{head}Connection: close\r\n\r\n").as_bytes())).status
    };
    for (port, head, status) in [
        (port, "GET /login HTTP/1.1\r\nHost: localhost\r\n", 200),
        (port, "GET /login HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (port, "GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n", 421),
        (port, "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        (port, "GET /login HTTP/1.1\r\n", 400),
        (port, "GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\n", 400),
        (port, "TRACE /login HTTP/1.1\r\nHost: localhost\r\n", 405),
        (port, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n", 404),
        (port, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n", 400),
        (internal, "GET /livez HTTP/1.1\r\nHost: localhost\r\n", 200),
        (internal, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n", 200),
        (internal, "GET /livez HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (internal, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n", 401),
        (internal, "GET /feed HTTP/1.1\r\nHost: localhost\r\n", 426),
        (internal, "GET /login HTTP/1.1\r\nHost: localhost\r\n", 404),
    ] {
        assert_eq!(ask(port, head), status, "{head}");
    }
}

#[test]
fn every_page_is_hardened_and_has_an_id() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    for path in ["/login", "/account", "/account/devices", "/nowhere", "/_cloakroom/assets/style.css"] {
        let answer = browser.send("GET", &format!("{}{path}", program.auth), &[("Accept", "text/html")], "");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("require-trusted-types-for 'script'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 16), "{path}");
        let kind = answer.header("content-type");
        assert!(answer.body.is_empty() || kind.unwrap().contains("charset=utf-8"), "{path}");
        assert!(answer.header("server").is_none(), "{path}");
    }
    // The page that hands off to an app may end there, and nowhere else.
    let page = Browser::default().open(&program.app);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains(&format!("form-action 'self' {};", program.app)), "{policy}");
    let page =
        Browser::default().open(&format!("{}/login?return_to=/handoff?app=evil.example", program.auth));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self';"));
}

#[test]
fn a_form_without_its_token_is_refused_and_changes_nothing() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let own = program.auth.clone();
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Origin", own.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    for (path, body) in [
        ("/logout", "x=1"),
        ("/login", "username=demo&password=x"),
        ("/signup", "email=a@example.com&password=correct+horse"),
        ("/account", "called=X"),
        ("/account/delete", "sure=yes"),
        ("/account/devices/others", "x=1"),
        ("/recover", "email=demo@example.com"),
    ] {
        let answer = browser.send("POST", &format!("{}{path}", program.auth), &headers, body);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/_cloakroom/refused")), "{path}");
    }
    assert_eq!(browser.open(&program.app).title(), "Hello, Demo");
}

#[test]
fn metrics_are_for_who_says_the_token() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let config = serving("[metrics]\ntoken = \"0123456789abcdefghijklmn\"\n");
    let program = Program::serve(folder, &config);
    let port = parts(&program.internal).1;
    let ask = |token: &str| {
        let head = format!(
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        parsed("", &raw(port, head.as_bytes()))
    };
    let mut browser = Browser::default();
    browser.put(&format!("http://localhost:{}", program.port()), "x", "1");
    let page = browser.open(&format!("http://localhost:{}/login", program.port()));
    assert_eq!(page.status, 200);
    browser.post_once(
        &Browser::default().open(&page.url),
        "/login",
        &[("username", "nobody"), ("password", "wrong one")],
    );
    for wrong in ["", "0123456789abcdefghijklm", "0123456789abcdefghijklmn0"] {
        assert_eq!(ask(wrong).status, 401);
    }
    let figures = ask("0123456789abcdefghijklmn");
    assert_eq!(figures.status, 200);
    for name in [
        "cloakroom_logins_total{outcome=\"wrong\"}",
        "cloakroom_session_checks_total{outcome=\"memory\"}",
        "cloakroom_cached_sessions",
        "cloakroom_hash_queue 0",
        "cloakroom_letters_waiting 0",
        "cloakroom_users 0",
    ] {
        assert!(figures.body.contains(name), "{name} in {}", figures.body);
    }
}

#[test]
fn a_problem_leads_to_a_page_about_it() {
    let program = Program::dev(&[]);
    let mut script = Browser::default();
    let answer = script.send("GET", &format!("{}/x", program.app), &[("Sec-Fetch-Mode", "cors")], "");
    assert_eq!((answer.status, answer.header("content-type")), (401, Some("application/problem+json")));
    let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["type"], format!("{}/problems/not-signed-in", program.auth));
    assert_eq!(told["request_id"].as_str(), answer.header("x-request-id"));
    let about = Browser::default().open(told["type"].as_str().unwrap());
    assert_eq!((about.status, about.title()), (200, "You are not signed in"));
    let none = Browser::default().open(&format!("{}/problems/nothing", program.auth));
    assert_eq!(none.status, 404);
    // Where no host has put a policy around it, the page brings one along.
    let elsewhere = "GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    let shown = parsed("", &raw(program.port(), elsewhere.as_bytes()));
    assert_eq!((shown.status, shown.title()), (421, "This is not the name of a service here"));
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'none'"), "{policy}");
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
}
