//! Peers that say nothing, say it slowly, or say too much: everybody else is answered as before.

use crate::browser::{Browser, raw};
use crate::program::{Program, serving, wait_a_moment};
use crate::upstream::Upstream;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

#[test]
fn silent_and_slow_peers_keep_nobody_out() {
    let program = Program::dev(&[]);
    let port = program.port();
    let mut held = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        match number % 3 {
            0 => {}
            1 => stream.write_all(b"GET /login HTTP/1.1\r\nHost: loc").unwrap(),
            _ => stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM").unwrap(),
        }
        held.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(Browser::default().open(&format!("{}/login", program.auth)).status, 200);
    }
    drop(held);
}

#[test]
fn slow_a_silent_peer_is_let_go() {
    let program = Program::dev(&[]);
    let mut silent = TcpStream::connect(("127.0.0.1", program.port())).unwrap();
    let mut slow = TcpStream::connect(("127.0.0.1", program.port())).unwrap();
    slow.write_all(b"GET /login HTTP/1.1\r\nHost: loc").unwrap();
    let mut bytes = Vec::new();
    for stream in [&mut silent, &mut slow] {
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        let ended = stream.read_to_end(&mut bytes);
        assert!(
            ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
        );
    }
}

#[test]
fn too_much_is_refused() {
    let program = Program::dev(&[]);
    let port = program.port();
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let head = "GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for (what, request) in [
        ("many headers", format!("{head}{many}\r\n")),
        ("a huge header", format!("{head}X-Large: {}\r\n\r\n", "y".repeat(200_000))),
        ("a huge line", format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "y".repeat(200_000))),
        ("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00".repeat(100)),
    ] {
        let answer = raw(port, request.as_bytes());
        let status = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
        assert!(["431", "400", "414", "closed"].contains(&status.as_str()), "{what}: {answer}");
    }
    let mut browser = Browser::default();
    let page = browser.open(&format!("{}/login", program.auth));
    let long = "x".repeat(100_000);
    let refused = browser.post_once(&page, "/login", &[("username", "demo"), ("password", &long)]);
    assert_eq!(refused.status, 413);
    assert_eq!(Browser::default().open(&format!("{}/login", program.auth)).status, 200);
}

#[test]
fn one_address_does_not_take_all_connections() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let config = serving("connections_per_address = 5\n");
    let program = Program::serve(folder, &config);
    let held: Vec<_> = (0..5).map(|_| TcpStream::connect(("127.0.0.1", program.port())).unwrap()).collect();
    let request = b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(raw(program.port(), request), "", "the sixth is closed at once");
    drop(held);
    for _ in 0..200 {
        if raw(program.port(), request).starts_with("HTTP/1.1 200") {
            return;
        }
        wait_a_moment();
    }
    panic!("places are not given back");
}

fn behind_a_proxy(trusted: &str, upstream: &Upstream) -> Program {
    let config = serving(&format!(
        "connections = 16\nconnections_per_address = 4\ntrusted_proxies = [{trusted}]\n[store]\nurl = \"sqlite:data/cloakroom.db\"\n[[app]]\nhost = \"one.localhost\"\nupstream = \"{}\"\npublic = [\"/open/\"]\n",
        upstream.url
    ));
    Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config)
}

#[test]
fn a_websocket_is_a_connection_as_long_as_it_lives() {
    let upstream = Upstream::start();
    let program = behind_a_proxy("", &upstream);
    let open = || {
        let mut stream = TcpStream::connect(("127.0.0.1", program.port())).unwrap();
        stream.write_all(b"GET /open/socket HTTP/1.1\r\nHost: one.localhost:8080\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://one.localhost:8080\r\n\r\n").unwrap();
        let mut head = [0u8; 12];
        let came = stream.read_exact(&mut head).is_ok();
        (stream, came && head.ends_with(b"101"))
    };
    let held: Vec<_> = (0..4).map(|_| open()).collect();
    assert!(held.iter().all(|(_, is_open)| *is_open));
    for _ in 0..10 {
        assert!(!open().1, "more than one address may have");
    }
    drop(held);
    for _ in 0..500 {
        if open().1 {
            break;
        }
        wait_a_moment();
    }
    let (_held, is_open) = open();
    assert!(is_open, "a place that was left is free again");
    assert!(program.end().0, "what is open keeps nobody from ending");
}

#[test]
fn a_proxy_that_says_nothing_readable_speaks_for_nobody() {
    let upstream = Upstream::start();
    let program = behind_a_proxy("\"127.0.0.0/8\"", &upstream);
    for (said, status) in [
        (&b"9.9.9.9"[..], "200"),
        (b"\xff, 9.9.9.9", "200"),
        (b"9.9.9.9:4711", "200"),
        (b"[2001:db8::1]:4711", "200"),
        (b"9.9.9.9, \xff", "400"),
        (b"9.9.9.9, unknown", "400"),
    ] {
        let request = [
            b"GET /login HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nX-Forwarded-For: ",
            said,
            b"\r\n\r\n",
        ]
        .concat();
        let answer = raw(program.port(), &request);
        assert_eq!(answer.split(' ').nth(1), Some(status), "{}: {answer}", String::from_utf8_lossy(said));
    }
}
