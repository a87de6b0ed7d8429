//! As much of HTTP as it takes: one connection that is used again, cookies by host, a form with its token.

use cloakroom_testkit::engine::Failure;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) body: Vec<u8>,
    cookies: Vec<(String, String)>,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    stream: TcpStream,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream.try_clone()?), stream })
    }

    /// Asks, and waits for the whole answer.
    pub(crate) fn ask(&mut self, request: &str) -> Result<Answer, Failure> {
        self.stream.write_all(request.as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).ok_or("the server closed")?.parse()?;
        let (mut length, mut location, mut cookies) = (0, String::new(), Vec::new());
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse()?,
                "location" => value.clone_into(&mut location),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    if let Some((name, value)) = pair.split_once('=') {
                        cookies.push((name.to_owned(), value.to_owned()));
                    }
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, location, body, cookies })
    }
}

/// Somebody with a browser, at one address of the network.
#[derive(Debug)]
pub(crate) struct Visitor {
    at: SocketAddr,
    from: String,
    jar: BTreeMap<String, BTreeMap<String, String>>,
}

impl Visitor {
    pub(crate) fn new(at: SocketAddr, from: String) -> Self {
        Self { at, from, jar: BTreeMap::new() }
    }

    /// What it says in each request to a host.
    pub(crate) fn head(&self, method: &str, host: &str, path: &str) -> String {
        let pairs = self.jar.get(host).into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n",
            self.from
        )
    }

    fn keep(&mut self, host: &str, answer: &Answer) {
        let jar = self.jar.entry(host.to_owned()).or_default();
        jar.extend(answer.cookies.iter().cloned());
    }

    pub(crate) fn get(
        &mut self,
        connection: &mut Connection,
        host: &str,
        path: &str,
    ) -> Result<Answer, Failure> {
        let answer = connection.ask(&format!("{}\r\n", self.head("GET", host, path)))?;
        self.keep(host, &answer);
        Ok(answer)
    }

    /// A form that is on its page, sent with the page's token.
    pub(crate) fn sign_in(
        &mut self,
        connection: &mut Connection,
        host: &str,
        name: &str,
        password: &str,
    ) -> Result<Answer, Failure> {
        let page = self.get(connection, host, "/login")?;
        let text = String::from_utf8(page.body)?;
        let token = text.split("name=\"_csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.ok_or("a page without a token")?;
        let body = format!("_csrf={token}&return_to=&username={name}&password={password}");
        let head = self.head("POST", host, "/login");
        let request = format!(
            "{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = connection.ask(&request)?;
        self.keep(host, &answer);
        Ok(answer)
    }

    /// Goes where answers lead, until one leads nowhere.
    pub(crate) fn follow(&mut self, url: &str) -> Result<Answer, Failure> {
        let mut url = url.to_owned();
        for _ in 0..10 {
            let rest = url.strip_prefix("http://").ok_or("no plain address")?;
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let path = if path.is_empty() { "/" } else { path };
            let answer = self.get(&mut Connection::open(self.at)?, host, path)?;
            if answer.status / 100 != 3 {
                return Ok(answer);
            }
            url = match answer.location.starts_with('/') {
                true => format!("http://{host}{}", answer.location),
                false => answer.location,
            };
        }
        Err("it leads in circles".into())
    }
}
