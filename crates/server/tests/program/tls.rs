//! TLS: a certificate that is replaced while connections go on, and one that cannot be used.

use crate::program::{Program, cloakroom, wait_a_moment};
use crate::upstream::Upstream;
use axum::body::Body;
use cloakroom_model::ports::{Clock, SystemClock};
use http::{Request, Response, Version};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["login.example.com".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

const DAY: Duration = Duration::from_secs(86_400);

/// One that ends then.
fn until(folder: &Path, end: SystemTime) {
    let mut wanted = rcgen::CertificateParams::new(vec!["login.example.com".to_owned()]).unwrap();
    wanted.not_before = (end - 90 * DAY).into();
    wanted.not_after = end.into();
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(folder.join("cert.pem"), wanted.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn client(trusts: &CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(trusts.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn connect(port: u16, trusts: &CertificateDer<'static>) -> Result<Tls, std::io::Error> {
    let name = ServerName::try_from("login.example.com").unwrap();
    let client = ClientConnection::new(Arc::new(client(trusts)), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(("127.0.0.1", port))?);
    stream.flush()?;
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

fn ask(stream: &mut Tls, last: bool) -> String {
    let close = if last { "Connection: close\r\n" } else { "" };
    stream
        .write_all(format!("GET /login HTTP/1.1\r\nHost: login.example.com\r\n{close}\r\n").as_bytes())
        .unwrap();
    let mut text = String::new();
    let mut buffer = [0u8; 1024];
    while !text.contains("</html>") {
        let read = stream.read(&mut buffer).unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    text
}

const CONFIG: &str = "[server]\npublic_url = \"https://login.example.com\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"127.0.0.1:0\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n";

#[test]
fn another_certificate_is_used_without_a_restart_and_a_bad_one_is_not() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let first = certificate(folder.path());
    let program = Program::serve(folder.clone(), CONFIG);
    let port = program.port();
    let mut open = connect(port, &first).unwrap();
    let text = ask(&mut open, false);
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("__Host-Http-cloakroom_pre="), "{text}");
    assert!(text.to_ascii_lowercase().contains("strict-transport-security: "), "{text}");
    // One whose key is another's stays out.
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    let second = certificate(folder.path());
    let good = std::fs::read(folder.path().join("key.pem")).unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    while !program.written().contains("CK6003") {
        wait_a_moment();
    }
    assert!(connect(port, &first).is_ok() && connect(port, &second).is_err());
    std::fs::write(folder.path().join("key.pem"), good).unwrap();
    while !program.written().contains("another certificate is in use") {
        wait_a_moment();
    }
    assert!(connect(port, &second).is_ok() && connect(port, &first).is_err());
    assert!(ask(&mut open, true).starts_with("HTTP/1.1 200"), "a connection from before goes on");
    let (ended, _) = program.end();
    assert!(ended);
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_of_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cloakroom.toml"), CONFIG).unwrap();
    let run = |command: &str| cloakroom().current_dir(folder.path()).arg(command).output().unwrap();
    let told = |command: &str| String::from_utf8_lossy(&run(command).stderr).into_owned();
    assert!(told("check").contains("CK6001"));
    certificate(folder.path());
    assert!(run("check").status.success() && !told("check").contains("is not for"));
    let other = CONFIG.replace("login.example.com", "other.example.com");
    std::fs::write(folder.path().join("cloakroom.toml"), other).unwrap();
    assert!(told("check").contains("the certificate is not for other.example.com"));
    std::fs::write(folder.path().join("cloakroom.toml"), CONFIG).unwrap();
    let now = UNIX_EPOCH + Duration::from_millis(SystemClock.now().millis().unsigned_abs());
    let yesterday = now - DAY;
    for (days, told_of) in [(0, "it has ended"), (8, "ends within two weeks"), (61, "")] {
        until(folder.path(), yesterday + days * DAY);
        let doctor = String::from_utf8(run("doctor").stdout).unwrap();
        let line = doctor.lines().find(|line| line.contains("certificate")).unwrap();
        assert!(told("check").contains(told_of) && line.contains(told_of), "{days}: {doctor}");
        assert_eq!(told("check").contains("the certificate"), !told_of.is_empty(), "{}", told("check"));
    }
    std::fs::write(folder.path().join("key.pem"), "nothing").unwrap();
    for command in ["check", "serve"] {
        assert!(told(command).contains("CK6002"), "{command}: {}", told(command));
    }
}

/// Many requests over one HTTP/2 connection: what each is answered, with its body.
async fn over_http_2(port: u16, trusts: &CertificateDer<'static>, asked: &[&str]) -> Vec<Response<String>> {
    let mut config = client(trusts);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("login.example.com").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let asking = asked.iter().map(|asked| {
        let mut sender = sender.clone();
        let (method, url) = asked.split_once(' ').unwrap_or(("GET", asked));
        let request = Request::builder().method(method).uri(url).body(Body::empty()).unwrap();
        tokio::spawn(async move {
            let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
        })
    });
    let mut answers = Vec::new();
    for one in asking.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers
}

#[test]
fn http_2_carries_many_at_once_and_nothing_of_another_connection() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let trusts = certificate(folder.path());
    let upstream = Upstream::start();
    let app = format!(
        "[[app]]\nhost = \"app.example.com\"\nupstream = \"{}\"\npublic = [\"/open\"]\n",
        upstream.url
    );
    let program = Program::serve(folder, &format!("{CONFIG}{app}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |asked: &[&str]| runtime.block_on(over_http_2(program.port(), &trusts, asked));
    let answers = ask(&["https://login.example.com/login"; 200]);
    assert!(answers.iter().all(|answer| answer.status() == 200 && answer.body().contains("</html>")));
    // What a problem says is not sent to who only wanted its head.
    for (asked, status) in [
        ("HEAD https://login.example.com/nowhere", 404),
        ("HEAD https://app.example.com/closed", 401),
        ("HEAD https://evil.example/", 421),
        ("HEAD https://login.example.com/login", 200),
    ] {
        let answer = ask(&[asked]).remove(0);
        assert_eq!((answer.status().as_u16(), answer.body().as_str()), (status, ""), "{asked}");
    }
    let answers = ask(&["https://app.example.com/open", "https://evil.example/login"]);
    assert_eq!(answers.iter().map(|answer| answer.status().as_u16()).collect::<Vec<_>>(), [200, 421]);
    for answer in &answers {
        assert_eq!(answer.version(), Version::HTTP_2);
        for name in ["connection", "keep-alive", "x-hop", "transfer-encoding", "upgrade", "proxy-connection"]
        {
            assert!(!answer.headers().contains_key(name), "{name}: {answer:?}");
        }
    }
    let seen = upstream.last().to_ascii_lowercase();
    assert!(
        seen.starts_with("get /open http/1.1\r\n") && seen.contains("host: app.example.com\r\n"),
        "{seen}"
    );
    assert!(seen.contains("x-forwarded-proto: https\r\n"), "{seen}");
}
