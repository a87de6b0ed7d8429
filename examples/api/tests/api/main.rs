//! The API and its client as people run them: processes, a port, a file.

#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

struct Running(Child, String);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn serve(folder: &Path) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_api"))
        .args(["serve", "0", folder.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Running(child, line.trim().rsplit(' ').next().unwrap().to_owned())
}

fn client(api: &Running, state: &Path, words: &[&str]) -> Output {
    typing(api, state, words, "correct horse")
}

/// Most commands do not read what is typed.
fn typing(api: &Running, state: &Path, words: &[&str], password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.args(words).env("API_URL", &api.1).env("XDG_STATE_HOME", state);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let _closed = child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes());
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(text).unwrap().trim().to_owned()
}

#[test]
fn a_client_stays_signed_in_and_a_copy_of_its_file_ends_with_it() {
    let (folder, mine, thief) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let api = serve(folder.path());
    let ask = |words: &[&str]| client(&api, mine.path(), words);
    assert!(said(&ask(&["list"])).contains("nobody is signed in"));
    assert!(ask(&["sign-in", "anna"]).status.success());
    assert!(
        said(&typing(&api, mine.path(), &["sign-in", "anna"], "wrong")).contains("wrong name or password")
    );
    assert!(said(&ask(&["sign-in", "a b"])).contains("a name is 1 to 64"));
    let file = mine.path().join("notes-api/refresh");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("ckr_"));
    for number in 0..3 {
        assert!(ask(&["add", &format!("note {number}")]).status.success());
    }
    assert_eq!(said(&ask(&["list"])), "note 0\nnote 1\nnote 2");

    // A copy is good for a moment, as a tab would be. (That two who go on are found out ten seconds later is shown where time can be set.)
    std::fs::create_dir_all(thief.path().join("notes-api")).unwrap();
    std::fs::copy(&file, thief.path().join("notes-api/refresh")).unwrap();
    assert_eq!(said(&client(&api, thief.path(), &["list"])), "note 0\nnote 1\nnote 2");
    assert!(ask(&["sign-out"]).status.success());
    assert!(!file.exists());
    assert!(said(&client(&api, thief.path(), &["list"])).contains("you were signed out"));
    assert!(!thief.path().join("notes-api/refresh").exists());
}

/// Passes requests on, to the name that the API answers to. The answer to the first one never comes back.
fn loses_the_first_answer(api: &Running) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (through, name) = (address.clone(), api.1.trim_start_matches("http://").to_owned());
    let to = name.replace("localhost", "127.0.0.1");
    std::thread::spawn(move || {
        for (number, from) in listener.incoming().enumerate() {
            let (mut from, mut upstream) = (from.unwrap(), TcpStream::connect(&to).unwrap());
            let (mut asking, mut sending) = (from.try_clone().unwrap(), upstream.try_clone().unwrap());
            let mut head = [0; 4_096];
            let length = asking.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..length]).replace(&through, &name);
            sending.write_all(head.as_bytes()).unwrap();
            std::thread::spawn(move || std::io::copy(&mut asking, &mut sending));
            if number > 0 {
                std::thread::spawn(move || std::io::copy(&mut upstream, &mut from));
            } else {
                assert!(upstream.read(&mut [0; 64]).unwrap() > 0, "it was done");
                from.shutdown(Shutdown::Both).unwrap();
            }
        }
    });
    format!("http://{address}")
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let (folder, mine) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let api = serve(folder.path());
    assert!(client(&api, mine.path(), &["sign-in", "anna"]).status.success());
    let file = mine.path().join("notes-api/refresh");
    let before = std::fs::read_to_string(&file).unwrap();
    let through = Running(Command::new("true").spawn().unwrap(), loses_the_first_answer(&api));
    let added = client(&through, mine.path(), &["add", "a note"]);
    assert!(added.status.success(), "{}", said(&added));
    assert_ne!(std::fs::read_to_string(&file).unwrap(), before, "and the new token is kept");
    assert_eq!(said(&client(&api, mine.path(), &["list"])), "a note");
}

#[test]
fn an_api_that_is_away_signs_nobody_out() {
    let (folder, mine) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let api = serve(folder.path());
    assert!(client(&api, mine.path(), &["sign-in", "anna"]).status.success());
    let away = Running(Command::new("true").spawn().unwrap(), "http://127.0.0.1:9".to_owned());
    assert!(!client(&away, mine.path(), &["list"]).status.success());
    assert!(mine.path().join("notes-api/refresh").exists());
    assert!(client(&api, mine.path(), &["list"]).status.success());
}
