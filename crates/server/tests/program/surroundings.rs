//! What is around the program goes wrong: its clock jumps, its disk is full, thousands hold a connection.

use crate::browser::{Answer, Browser, parts, raw};
use crate::program::{Program, serving, wait_a_moment};
use crate::world::World;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

const GOING: [(&str, &str); 3] =
    [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")];
const HOUR: i64 = 3_600;

/// The page that a browser comes to, by its title.
fn title(browser: &mut Browser, url: &str) -> String {
    browser.open(url).title().to_owned()
}

fn tries(program: &Program, browser: &mut Browser, password: &str) -> Answer {
    let page = browser.open(&format!("{}/login", program.auth));
    browser.post_once(
        &page,
        "/login",
        &[("username", "demo"), ("password", password), ("return_to", "/account")],
    )
}

#[test]
fn a_clock_that_jumps_lets_nobody_stay_and_keeps_nobody_out() {
    let world = World::new();
    let program = Program::dev_within(&world, &[]);
    let mut browser = program.signed_in();
    // Within its limits a session lives on, whichever way the clock goes.
    for off in [HOUR / 2, 0, -HOUR / 2, 0] {
        world.set_clock(off);
        assert_eq!(title(&mut browser, &program.app), "Hello, Demo", "{off} s off");
    }
    // Nine hours later it is over, and the letter of that time is too.
    let email = "anna@example.com";
    let mut anna = Browser::default();
    let page = anna.open(&format!("{}/signup", program.auth));
    anna.post(&page, "/signup", &[("email", email), ("called", "Anna"), ("password", "correct horse")]);
    let link = program.letter(email, "Confirm your address");
    world.set_clock(9 * HOUR);
    assert_eq!(title(&mut browser, &program.app), "Sign in");
    assert_eq!(title(&mut anna, &link), "This link is no longer good");
    let mut later = program.signed_in();
    // All tries of a bucket are used up by somebody whose clock is wrong.
    let mut guesser = Browser::default();
    let locked = (0..40).any(|_| tries(&program, &mut guesser, "not this one").status == 429);
    assert!(locked);
    // It is put right. What began in the time that never was is no older than it is; and a bucket is not emptier than empty.
    world.set_clock(0);
    assert_eq!(title(&mut later, &program.app), "Hello, Demo");
    world.set_clock(15 * 60);
    assert_eq!(tries(&program, &mut guesser, &program.password).header("location"), Some("/account"));
    // A day later nothing of all that is alive.
    world.set_clock(26 * HOUR);
    for browser in [&mut browser, &mut later, &mut guesser] {
        assert_eq!(title(browser, &program.app), "Sign in");
    }
    world.set_clock(0);
    let verified = program.give(&["events", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let (ended_well, written) = program.end();
    assert!(ended_well, "{written}");
}

#[test]
fn what_matters_asks_again_who_has_not_shown_it_lately() {
    let world = World::new();
    let program = Program::dev_within(&world, &[]);
    let mut browser = program.signed_in();
    let account = browser.open(&format!("{}/account", program.auth));
    assert_eq!(title(&mut browser, &format!("{}/account/email", program.auth)), "Change your address");
    world.set_clock(20 * 60);
    for path in ["/account/email", "/account/delete"] {
        assert_eq!(
            title(&mut browser, &format!("{}{path}", program.auth)),
            "Confirm that it is you",
            "{path}"
        );
    }
    // Whoever has the session and not the password gets no further by sending the form at once.
    for (path, fields) in [
        ("/account/email", [("email", "thief@example.com"), ("x", "")]),
        ("/account/delete", [("sure", "yes"), ("x", "")]),
        ("/account/password", [("current", "not this one"), ("password", "battery staple 9")]),
    ] {
        let answer = browser.post_once(&account, path, &fields);
        let leads = answer.header("location").unwrap_or_default().to_owned();
        assert!(
            leads.starts_with("/account/confirm") || answer.status >= 400,
            "{path}: {} {leads}",
            answer.status
        );
    }
    assert_eq!(
        tries(&program, &mut Browser::default(), &program.password).header("location"),
        Some("/account")
    );
    assert_eq!(program.given(&["user", "show", "demo"])["names"][0]["name"], "demo");
}

#[test]
fn a_full_disk_is_an_outage_and_signs_nobody_out() {
    let world = World::new();
    let program = Program::dev_within(&world, &[]);
    let mut browser = program.signed_in();
    let ticket = browser.ticket(&program.app).unwrap();
    world.set_full(true);
    // Who is known is known still, from memory.
    assert_eq!(title(&mut browser, &program.app), "Hello, Demo");
    let mut stranger = Browser::default();
    let refused = tries(&program, &mut stranger, &program.password);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")), "{}", refused.body);
    assert!(stranger.ticket(&program.auth).is_none());
    let page = browser.send("GET", &format!("{}/account", program.auth), &GOING, "");
    let renamed = browser.post_once(&page, "/account", &[("called", "Somebody")]);
    assert_eq!(renamed.status, 503, "{}", renamed.body);
    // Signing out cannot be made durable, and so it is not said.
    let page = browser.open(&format!("{}/_cloakroom/sign-out", program.app));
    let signed_out = browser.post_once(&page, "/_cloakroom/sign-out", &[]);
    assert_eq!((signed_out.status, signed_out.title()), (503, "Sessions cannot be looked up"));
    assert_eq!(browser.ticket(&program.app), Some(ticket));
    assert!(!program.give(&["user", "add", "ben"]).status.success());
    // There is room again: it goes on by itself, and what was refused did not happen.
    world.set_full(false);
    let comes_back = (0..500).any(|_| {
        wait_a_moment();
        tries(&program, &mut stranger, &program.password).header("location") == Some("/account")
    });
    assert!(comes_back, "{}", program.written());
    assert_eq!(title(&mut browser, &program.app), "Hello, Demo");
    assert!(program.give(&["user", "add", "ben"]).status.success());
    let verified = program.give(&["events", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let folder = program.kill();
    let again = Program::dev_in(folder, &[]);
    assert_eq!(again.given(&["user", "show", "ben"])["active"], true);
}

/// Each is a place that is taken, and nothing else.
#[test]
fn slow_nine_thousand_who_say_nothing_keep_nobody_out() {
    const MANY: usize = 9_000;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    assert!(limit.maximum.is_none_or(|most| most >= 20_000), "this test needs `ulimit -Hn` of 20,000");
    let config = serving("connections = 9300\nconnections_per_address = 9300\n");
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config);
    let request = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // From an address of their own: their ports are none that another test begins on.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let held: Vec<TcpStream> = runtime.block_on(async {
        let mut held = Vec::new();
        for number in 0..MANY {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            let to = ([127, 0, 0, 1], program.port()).into();
            let mut stream = socket.connect(to).await.unwrap();
            // Some have had an answer, and keep the connection.
            if number % 9 == 0 {
                stream.write_all(request).await.unwrap();
            }
            held.push(stream);
        }
        held
    });
    for _ in 0..50 {
        let mut browser = Browser::through(program.port());
        assert_eq!(browser.open("http://localhost:8080/login").status, 200);
    }
    let internal = parts(&program.internal).1;
    let ready = raw(internal, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    drop(held);
    let (ended_well, written) = program.end();
    assert!(ended_well && !written.contains("may not open enough"), "{written}");
}
