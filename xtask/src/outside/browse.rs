//! As much of a browser as it takes to try an app: one request a connection, cookies that are kept.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::time::Duration;

/// How often one looks whether an app listens that has just been started: a minute in all.
const LOOKS: u32 = 1_200;
const BETWEEN: Duration = Duration::from_millis(50);

pub(super) struct Browser {
    port: u16,
    jar: BTreeMap<String, String>,
}

pub(super) struct Answer(String);

impl Answer {
    pub(super) fn must_say(&self, words: &str) -> Result<(), String> {
        if self.0.contains(words) {
            Ok(())
        } else {
            Err(format!("its app does not say {words:?}, but:\n{}", self.0))
        }
    }

    /// The token of the first form.
    pub(super) fn token(&self) -> &str {
        let after = self.0.split("name=_csrf value=").nth(1).unwrap_or_default();
        after.split('>').next().unwrap_or_default().trim_matches('"')
    }
}

impl Browser {
    /// In front of an app that has just been started: waits until it listens, or is gone.
    #[expect(clippy::disallowed_methods, reason = "another process says nothing of when it listens")]
    pub(super) fn at(port: u16, app: &mut Child) -> Result<Self, String> {
        for _ in 0..LOOKS {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Self { port, jar: BTreeMap::new() });
            }
            if let Ok(Some(status)) = app.try_wait() {
                return Err(format!("its app ended by itself: {status}"));
            }
            std::thread::sleep(BETWEEN);
        }
        Err("its app does not listen".to_owned())
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.ask("GET", path, "")
    }

    pub(super) fn post(&mut self, path: &str, form: &str) -> Result<Answer, String> {
        self.ask("POST", path, form)
    }

    fn ask(&mut self, method: &str, path: &str, form: &str) -> Result<Answer, String> {
        let port = self.port;
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nOrigin: http://localhost:{port}\r\n\
             Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            cookies.join("; "),
            form.len(),
        );
        let mut heard = String::new();
        TcpStream::connect(("127.0.0.1", port))
            .and_then(|mut stream| {
                stream.write_all(request.as_bytes())?;
                stream.read_to_string(&mut heard)
            })
            .map_err(|error| format!("its app does not answer: {error}"))?;
        for line in heard.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, rest) = line.split_once('=').unwrap_or((line, ""));
            match line.ends_with("Max-Age=0") {
                true => drop(self.jar.remove(name)),
                false => {
                    let value = rest.split(';').next().unwrap_or_default();
                    drop(self.jar.insert(name.to_owned(), value.to_owned()));
                }
            }
        }
        Ok(Answer(heard))
    }
}
