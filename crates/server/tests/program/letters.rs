//! Letters by SMTP: to a server that is down, slow to come, and there again after a restart. And no secret in anything that is written.

use crate::browser::{Browser, parts};
use crate::program::{Program, wait_a_moment};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A mail server that takes everything.
fn post_office(listener: TcpListener) -> Arc<Mutex<Vec<String>>> {
    let letters = Arc::new(Mutex::new(Vec::new()));
    let taken = letters.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let taken = taken.clone();
            thread::spawn(move || converse(stream, &taken));
        }
    });
    letters
}

fn converse(mut stream: TcpStream, taken: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    stream.write_all(b"220 here\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").ok()?;
                let mut letter = String::new();
                for line in lines.by_ref().map_while(Result::ok) {
                    if line == "." {
                        break;
                    }
                    letter.push_str(&line);
                    letter.push('\n');
                }
                taken.lock().unwrap().push(letter);
                stream.write_all(b"250 taken\r\n").ok()?;
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").ok()?;
                return Some(());
            }
            _ => stream.write_all(b"250 fine\r\n").ok()?,
        }
    }
    None
}

#[test]
fn a_letter_waits_for_its_server_also_over_a_restart_and_no_secret_is_written_down() {
    // A port that nobody listens on yet.
    let reserved = TcpListener::bind("127.0.0.1:0").unwrap();
    let smtp = reserved.local_addr().unwrap();
    let public = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    drop(reserved);
    let config = format!(
        "[server]\npublic_url = \"http://localhost:{public}\"\npublic_listen = \"127.0.0.1:{public}\"\ninternal_listen = \"127.0.0.1:0\"\n[mail]\nurl = \"smtp://{smtp}\"\nfrom = \"Example <no-reply@example.com>\"\n[log]\nlevel = \"debug\"\n"
    );
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let program = Program::serve(folder.clone(), &config);
    let home = format!("http://localhost:{public}");
    let mut browser = Browser::default();
    let page = browser.open(&format!("{home}/signup"));
    let secret_name = "my secret name 7";
    let sent = browser.post(
        &page,
        "/signup",
        &[("email", "anna@example.com"), ("called", "Anna"), ("password", "correct horse")],
    );
    assert_eq!(sent.title(), "Look into your mail", "a mail server that is down is nobody's fault here");
    while !program.written().contains("could not be sent") {
        wait_a_moment();
    }
    let (ended, first) = program.end();
    assert!(ended);
    let letters = post_office(TcpListener::bind(smtp).unwrap());
    let program = Program::serve(folder, &config);
    for _ in 0..1_500 {
        if !letters.lock().unwrap().is_empty() {
            break;
        }
        wait_a_moment();
    }
    let letter = letters.lock().unwrap().first().cloned().expect("the letter came");
    assert!(
        letter.contains("To: anna@example.com") && letter.contains("Subject: Confirm your address"),
        "{letter}"
    );
    // Long lines are folded on their way.
    let text = letter.replace("=\n", "").replace("=3D", "=");
    let link = text.split_whitespace().find(|word| word.contains("/confirm/ckl_")).unwrap().to_owned();
    let page = browser.press(&link, &[]);
    assert_eq!(page.title(), "Your account", "{}", page.body);
    let (_, _, path) = parts(&link);
    let ticket = browser.ticket(&home).unwrap();
    let page = Browser::default().open(&format!("{home}/login"));
    Browser::default().sign_in(&format!("{home}/login"), secret_name, "a wrong password 9");
    let (ended, second) = program.end();
    assert!(ended);
    let written = first + &second;
    assert!(written.contains("\"status\":303") && written.contains("/confirm/…"), "{written}");
    let token = page.field("_csrf");
    for secret in [
        ticket.as_str(),
        path.rsplit('/').next().unwrap(),
        "correct horse",
        "a wrong password 9",
        secret_name,
        &token,
        "anna@example.com",
    ] {
        assert!(!written.contains(secret), "{secret} is written down");
    }
}
