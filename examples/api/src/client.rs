//! The client. It stays signed in by a refresh token in a file.
//!
//! Where, and why there: `$XDG_STATE_HOME/notes-api/refresh`, mode 0600. Not in the configuration, which people copy between machines and
//! put under version control; not in an environment variable, which every child process inherits; not among the arguments, which everybody
//! on the machine can list. Where there is a key chain, that is the better place: a file can be read by every program of the same user. The
//! access token is never written down: it is there for one run.

use serde_json::Value;
use std::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

type Done = Result<(), Box<dyn Error>>;

/// How long an answer may take, and how long to wait before it is asked for again: nine seconds in all.
const PATIENCE: Duration = Duration::from_millis(2_500);
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1_000)];

fn url(path: &str) -> String {
    let base = std::env::var("API_URL").unwrap_or_else(|_| "http://localhost:3001".to_owned());
    format!("{base}{path}")
}

fn file() -> Result<PathBuf, Box<dyn Error>> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Ok(state.or_else(home).ok_or("neither XDG_STATE_HOME nor HOME is set")?.join("notes-api/refresh"))
}

/// In one step: whoever is killed here has the old token or the new one, never half of one.
fn keep(refresh: &str) -> Done {
    let file = file()?;
    let folder = file.parent().ok_or("no folder")?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = file.with_extension(format!("new-{}", std::process::id()));
    let mut new = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    new.write_all(refresh.as_bytes())?;
    new.sync_all()?;
    fs::rename(beside, &file)?;
    // The name is durable with its folder, and not before.
    Ok(File::open(folder)?.sync_all()?)
}

fn refresh_token() -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file()?).map_err(|_| "nobody is signed in: api sign-in NAME".into())
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

/// A form, and what came back.
fn post(path: &str, fields: &[(&str, &str)], access: Option<&str>) -> Result<(u16, String), Box<dyn Error>> {
    let mut request = agent().post(url(path));
    if let Some(access) = access {
        request = request.header("authorization", format!("Bearer {access}"));
    }
    let mut answer = request.send_form(fields.iter().copied())?;
    Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
}

/// Keeps the new refresh token before the access token is used: a token that is used and not kept signs somebody out.
fn taken(status: u16, body: &str) -> Result<String, Box<dyn Error>> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match (text("access_token"), text("refresh_token")) {
        (Some(access), Some(refresh)) => {
            keep(refresh)?;
            Ok(access.to_owned())
        }
        _ if text("error") == Some("invalid_grant") => {
            fs::remove_file(file()?)?;
            Err("you were signed out: api sign-in NAME".into())
        }
        _ => Err(unexpected(status, &body).into()),
    }
}

/// What the API says should be done, if it says so. Nobody is signed out by it.
fn unexpected(status: u16, body: &Value) -> String {
    let hint = body.get("hint").and_then(Value::as_str).unwrap_or("try again");
    format!("the API answered {status}: {hint}; if you were signed in, you still are")
}

/// Renews. An answer that is lost on the way is asked for again, within the ten seconds in which the API answers the same: later it would
/// look like a second holder.
#[expect(clippy::disallowed_methods, reason = "a program for a terminal has nothing else to do meanwhile")]
fn access() -> Result<String, Box<dyn Error>> {
    let refresh = refresh_token()?;
    for pause in PAUSES {
        match post("/token/renew", &[("refresh_token", &refresh)], None) {
            Ok((status, body)) if status < 500 && status != 409 && status != 429 => {
                return taken(status, &body);
            }
            Ok(_) | Err(_) => std::thread::sleep(pause),
        }
    }
    let (status, body) = post("/token/renew", &[("refresh_token", &refresh)], None)?;
    taken(status, &body)
}

/// The password comes by standard input: arguments can be listed by everybody on the machine.
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
pub(crate) fn sign_in(name: &str) -> Done {
    if std::io::stdin().is_terminal() {
        print!("Password (what you type is shown): ");
        std::io::stdout().flush()?;
    }
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let (status, body) = post("/token/sign-in", &[("name", name), ("password", password)], None)?;
    match status {
        400 => Err("a name is 1 to 64 visible ASCII characters".into()),
        401 => Err("wrong name or password".into()),
        status => taken(status, &body).map(drop),
    }
}

#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
pub(crate) fn list() -> Done {
    let access = access()?;
    let mut answer = agent().get(url("/notes")).header("authorization", format!("Bearer {access}")).call()?;
    match answer.status().as_u16() {
        200 => println!("{}", answer.body_mut().read_to_string()?),
        status => return Err(format!("the API answered {status}").into()),
    }
    Ok(())
}

pub(crate) fn add(text: &str) -> Done {
    match post("/notes", &[("text", text)], Some(&access()?))? {
        (201, _) => Ok(()),
        (status, _) => Err(format!("the API answered {status}").into()),
    }
}

pub(crate) fn sign_out() -> Done {
    let (status, _) = post("/token/revoke", &[("refresh_token", &refresh_token()?)], None)?;
    if status != 204 {
        return Err(format!("the API answered {status}; you are still signed in").into());
    }
    Ok(fs::remove_file(file()?)?)
}
