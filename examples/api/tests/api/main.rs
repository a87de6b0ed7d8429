//! The API and its client as people run them: processes, a port, a file.

#![cfg(test)]

use std::io::{BufRead, BufReader};
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
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.args(words).env("API_URL", &api.1).env("XDG_STATE_HOME", state).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(text).unwrap().trim().to_owned()
}

#[test]
fn a_client_stays_signed_in_and_a_copy_of_its_file_is_found_out() {
    let (folder, mine, thief) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let api = serve(folder.path());
    let ask = |words: &[&str]| client(&api, mine.path(), words);
    assert!(said(&ask(&["list"])).contains("nobody is signed in"));
    assert!(ask(&["sign-in", "anna", "correct horse"]).status.success());
    assert!(said(&ask(&["sign-in", "anna", "wrong"])).contains("wrong name or password"));
    let file = mine.path().join("notes-api/refresh");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("ckr_"));
    for number in 0..3 {
        assert!(ask(&["add", &format!("note {number}")]).status.success());
    }
    assert_eq!(said(&ask(&["list"])), "note 0\nnote 1\nnote 2");

    // A copy is good for a moment, as a tab would be; then both are one too many.
    std::fs::create_dir_all(thief.path().join("notes-api")).unwrap();
    std::fs::copy(&file, thief.path().join("notes-api/refresh")).unwrap();
    assert_eq!(said(&client(&api, thief.path(), &["list"])), "note 0\nnote 1\nnote 2");
    assert!(ask(&["sign-out"]).status.success());
    assert!(!file.exists());
    assert!(said(&client(&api, thief.path(), &["list"])).contains("you were signed out"));
    assert!(!thief.path().join("notes-api/refresh").exists());
}

#[test]
fn an_api_that_is_away_signs_nobody_out() {
    let (folder, mine) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let api = serve(folder.path());
    assert!(client(&api, mine.path(), &["sign-in", "anna", "correct horse"]).status.success());
    let away = Running(Command::new("true").spawn().unwrap(), "http://127.0.0.1:9".to_owned());
    assert!(!client(&away, mine.path(), &["list"]).status.success());
    assert!(mine.path().join("notes-api/refresh").exists());
    assert!(client(&api, mine.path(), &["list"]).status.success());
}
