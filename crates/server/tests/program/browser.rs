//! A browser as far as these tests need one: cookies by host and port, redirects, forms with their token, and what it says of itself.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) url: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn sets_cookies(&self) -> bool {
        self.header("set-cookie").is_some()
    }

    pub(crate) fn title(&self) -> &str {
        let from = self.body.find("<h1>").map_or(0, |at| at + 4);
        self.body[from..].split("</h1>").next().unwrap_or_default()
    }

    /// The value of a hidden field, or of the token of the page.
    pub(crate) fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let from = self.body.find(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.body)) + mark.len();
        unescaped(self.body[from..].split('"').next().unwrap())
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2f;", "/")
        .replace("&amp;", "&")
        .replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

/// The host with its port, the port, and the path of an address.
pub(crate) fn parts(url: &str) -> (String, u16, String) {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url} is no plain address"));
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
    (host.to_owned(), port, path.to_owned())
}

/// Sends bytes and reads until the other side closes.
pub(crate) fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // Whoever resets has said everything they would.
    let _reset = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn parsed(url: &str, text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    Answer { status: status.unwrap_or(0), headers, body, url: url.to_owned() }
}

fn unchunked(mut body: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < size {
            break;
        }
        out.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    out
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Browser {
    jar: BTreeMap<String, BTreeMap<String, String>>,
    /// What it says it is.
    agent: Option<&'static str>,
    /// Where it connects to, whatever port an address says.
    door: Option<u16>,
}

impl Browser {
    /// One for a program that believes to be on a port that it is not on.
    pub(crate) fn through(door: u16) -> Self {
        Self { door: Some(door), ..Self::default() }
    }

    /// It connects there from now on.
    pub(crate) fn connects_to(&mut self, door: u16) {
        self.door = Some(door);
    }

    /// One that says it is another.
    pub(crate) fn called(agent: &'static str) -> Self {
        Self { agent: Some(agent), ..Self::default() }
    }

    pub(crate) fn cookies(&self, url: &str) -> String {
        let (host, ..) = parts(url);
        let pairs = self.jar.get(&host).into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The ticket for a place, if there is one.
    pub(crate) fn ticket(&self, url: &str) -> Option<String> {
        let (host, port, _) = parts(url);
        self.jar.get(&host)?.get(&format!("cloakroom_dev_{port}")).cloned()
    }

    pub(crate) fn put(&mut self, url: &str, name: &str, value: &str) {
        self.jar.entry(parts(url).0).or_default().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn take(&mut self, url: &str, name_ends: &str) -> bool {
        let jar = self.jar.entry(parts(url).0).or_default();
        let before = jar.len();
        jar.retain(|name, _| !name.ends_with(name_ends));
        jar.len() < before
    }

    /// One request, as it is, and no redirect.
    pub(crate) fn send(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (host, port, path) = parts(url);
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let cookies = self.cookies(url);
        if !cookies.is_empty() {
            text.push_str(&format!("Cookie: {cookies}\r\n"));
        }
        if let Some(agent) = self.agent {
            text.push_str(&format!("User-Agent: {agent}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let answer = parsed(url, &raw(self.door.unwrap_or(port), format!("{text}\r\n{body}").as_bytes()));
        for (name, value) in &answer.headers {
            if name == "set-cookie" {
                let pair = value.split(';').next().unwrap_or_default();
                let (cookie, content) = pair.split_once('=').unwrap();
                let jar = self.jar.entry(host.clone()).or_default();
                if value.contains("Max-Age=0") {
                    jar.remove(cookie);
                } else {
                    jar.insert(cookie.to_owned(), content.to_owned());
                }
            }
        }
        answer
    }

    /// Goes to a page, as far as it leads.
    pub(crate) fn open(&mut self, url: &str) -> Answer {
        let going = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")];
        let answer = self.send("GET", url, &going, "");
        self.follow(answer)
    }

    pub(crate) fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..12 {
            let Some(to) = answer.header("location").filter(|_| answer.status / 100 == 3) else {
                return answer;
            };
            let (host, ..) = parts(&answer.url);
            let to = if to.starts_with('/') { format!("http://{host}{to}") } else { to.to_owned() };
            let going = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")];
            answer = self.send("GET", &to, &going, "");
        }
        answer
    }

    /// Sends the form of a page it has open, without following.
    pub(crate) fn post_once(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (host, ..) = parts(&page.url);
        let origin = format!("http://{host}");
        let mut body = format!("_csrf={}", encoded(&page.field("_csrf")));
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", encoded(value)));
        }
        let headers = [
            ("Accept", "text/html"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", &format!("{origin}{path}"), &headers, &body)
    }

    pub(crate) fn post(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post_once(page, path, fields);
        self.follow(answer)
    }

    /// Signs in on the page that it comes to.
    pub(crate) fn sign_in(&mut self, url: &str, name: &str, password: &str) -> Answer {
        let page = self.open(url);
        let return_to = page.field("return_to");
        self.post(&page, "/login", &[("username", name), ("password", password), ("return_to", &return_to)])
    }

    /// Follows the link of a letter and presses its button.
    pub(crate) fn press(&mut self, link: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.open(link);
        let (_, _, path) = parts(link);
        self.post(&page, &path, fields)
    }
}
