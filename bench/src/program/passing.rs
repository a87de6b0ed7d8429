//! What it costs an app to stand behind the program.

use super::Size;
use super::running::{APP, AUTH, PASSWORD, Running, folder, people};
use super::talk::{Connection, Visitor};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{micros, now, quantile};
use cloakroom_testkit::engine::Failure;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// How many ask at once.
pub(crate) const CALLERS: usize = 8;

fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut stream, mut line) = (BufReader::new(stream.try_clone()?), stream, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
        }
    }
}

/// An app that does nothing.
pub(crate) fn upstream() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

/// Callers ask for a while: how long each took.
fn drive(at: SocketAddr, request: &str, seconds: f64) -> Result<Vec<f64>, Failure> {
    std::thread::scope(|scope| {
        let ask = || {
            let mut connection = Connection::open(at)?;
            let (start, mut times) = (now(), Vec::new());
            while start.elapsed().as_secs_f64() < seconds {
                let one = now();
                if connection.ask(request)?.status != 200 {
                    return Err("it was not answered".into());
                }
                times.push(micros(one.elapsed()));
            }
            Ok::<_, Failure>(times)
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(ask)).collect();
        let mut all = Vec::new();
        for caller in callers {
            all.extend(caller.join().map_err(|_| "a caller panicked")??);
        }
        Ok(all)
    })
}

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let app = upstream()?;
    let folder = folder(app)?;
    people(&folder, 1)?;
    let running = Running::serve(&folder)?;
    let mut visitor = Visitor::new(running.public, "10.0.0.7".to_owned());
    visitor.sign_in(&mut Connection::open(running.public)?, AUTH, "u0", PASSWORD)?;
    if visitor.follow(&format!("http://{APP}/"))?.status != 200 {
        return Err("nobody came to the app".into());
    }
    let request = format!("{}\r\n", visitor.head("GET", APP, "/"));
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    let (rounds, window) = (4, size.seconds() / 4.0);
    for _ in 0..rounds {
        direct.extend(drive(app, &request, window)?);
        through.extend(drive(running.public, &request, window)?);
    }
    let seconds = window * f64::from(rounds);
    let (rate, bare) = (through.len() as f64 / seconds, direct.len() as f64 / seconds);
    let bare_p50 = quantile(&mut direct, 0.5);
    report.row(&Row {
        name: "requests to an app behind the program".to_owned(),
        baseline: "the same to the app itself",
        value: rate,
        unit: "/s",
        ratio: Some(rate / bare),
        p50_us: Some(quantile(&mut through, 0.5)),
        p99_us: Some(quantile(&mut through, 0.99)),
        note: format!(
            "signed in: session, headers and assertion; {CALLERS} callers share the cores with both; baseline {bare:.0}/s, p50 {bare_p50:.1} us"
        ),
        ..Row::default()
    })
}
