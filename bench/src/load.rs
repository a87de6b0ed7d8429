//! The load: connections that ask again as soon as they are answered, each with a cookie of its own.

use crate::servers::{Server, pin};
use crate::timing::{micros, now};
use cloakroom_testkit::engine::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 64;

/// What a server did in a window.
#[derive(Debug)]
pub struct Answered {
    /// Requests a second.
    pub rate: f64,
    /// Processor time of the server for each request.
    pub cpu_us: f64,
    /// How long each took.
    pub micros: Vec<f64>,
}

/// Asks for a while, from many connections.
pub fn drive(server: &Server, window: Duration) -> Result<Answered, Failure> {
    let (address, cookies) = (server.address, server.cookies.clone());
    let before = server.cpu_us()?;
    let driving = std::thread::spawn(move || {
        pin(1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let stop = Arc::new(AtomicBool::new(false));
            let start = now();
            let asking: Vec<_> = (0..CONNECTIONS)
                .map(|number| {
                    let cookie = cookies.get(number % cookies.len().max(1)).cloned().unwrap_or_default();
                    tokio::spawn(ask(address, cookie, stop.clone()))
                })
                .collect();
            tokio::time::sleep(window).await;
            stop.store(true, Relaxed);
            let mut all = Vec::new();
            for one in asking {
                all.extend(one.await??);
            }
            let rate = all.len() as f64 / start.elapsed().as_secs_f64();
            Ok::<_, Failure>((rate, all))
        })
    });
    let (rate, micros) = driving.join().map_err(|_| "the load panicked")??;
    let cpu_us = (server.cpu_us()? - before) / micros.len().max(1) as f64;
    Ok(Answered { rate, cpu_us, micros })
}

async fn ask(
    address: std::net::SocketAddr,
    cookie: String,
    stop: Arc<AtomicBool>,
) -> Result<Vec<f64>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let header = if cookie.contains(": ") { cookie } else { format!("Cookie: {cookie}") };
    let request = format!("GET / HTTP/1.1\r\nHost: app.example\r\n{header}\r\n\r\n");
    let (mut buffer, mut times) = ([0u8; 4_096], Vec::new());
    while !stop.load(Relaxed) {
        let start = now();
        stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        loop {
            let room = buffer.get_mut(filled..).ok_or("an answer that is too long")?;
            filled += match stream.read(room).await? {
                0 => return Err("the server closed".into()),
                read => read,
            };
            if buffer.get(..filled).is_some_and(|read| read.ends_with(b"\r\n\r\n")) {
                break;
            }
        }
        if !buffer.starts_with(b"HTTP/1.1 204") {
            return Err(String::from_utf8_lossy(&buffer).into_owned().into());
        }
        times.push(micros(start.elapsed()));
    }
    Ok(times)
}
