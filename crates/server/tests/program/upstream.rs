//! An app: it says what it was told, streams, and speaks over an upgraded connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is nobody's business behind the next hop.
const OF_THIS_CONNECTION: &str = "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n";

pub(crate) struct Upstream {
    pub(crate) url: String,
    /// The heads of all requests.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let noted = noted.clone();
                thread::spawn(move || serve(stream, &noted));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn last(&self) -> String {
        self.seen.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        seen.lock().unwrap().push(head.clone());
        let path = head.split(' ').nth(1)?.to_owned();
        let value = |name: &str| {
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(str::to_owned))
        };
        if value("upgrade: ").is_some() {
            stream
                .write_all(
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
                )
                .ok()?;
            let mut byte = [0u8; 1];
            while reader.read(&mut byte).ok()? > 0 {
                stream.write_all(&byte.map(|byte| byte.to_ascii_uppercase())).ok()?;
            }
            return None;
        }
        let length: usize =
            value("content-length: ").and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        if path.starts_with("/stream") {
            // The first part is sent before the body was read: it must arrive before the body is sent.
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n5\r\nfirst\r\n").ok()?;
            let mut body = [0u8; 4];
            reader.read_exact(&mut body).ok()?;
            stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").ok()?;
            continue;
        }
        let mut body = vec![0u8; length];
        reader.read_exact(&mut body).ok()?;
        if path.starts_with("/slow") {
            crate::program::wait_a_moment();
            (0..20).for_each(|_| crate::program::wait_a_moment());
        }
        let told = format!("{head}\n{}", String::from_utf8_lossy(&body));
        let cookies = "Set-Cookie: mine=1\r\nSet-Cookie: __Host-Http-cloakroom=ckt_planted; Secure; HttpOnly; Path=/\r\n";
        let cookies = match path.as_str() {
            "/cached" => "Cache-Control: public, max-age=60\r\nCDN-Cache-Control: max-age=60\r\n",
            _ => cookies,
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\n{cookies}{OF_THIS_CONNECTION}Content-Length: {}\r\nX-App: yes\r\n\r\n{told}",
            told.len()
        );
        stream.write_all(answer.as_bytes()).ok()?;
    }
}
