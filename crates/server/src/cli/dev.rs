//! `cloakroom dev`: everything beside an app, on one machine, with nothing to set up.

use super::args::Dev;
use super::out::{Failure, bold, say, tell};
use super::serve::until_asked_to_end;
use crate::config::{App, Config};
use crate::control::{Answer, Order, obey};
use crate::engine::{Engine, Purpose};
use crate::mail::Catcher;
use crate::net::{Door, Limits};
use crate::running::{Mailing, Parts, Running};
use crate::telemetry;
use cloakroom_authority::people::NotDone;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::text::crockford;
use cloakroom_model::words::time::Span;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The name of the demo user.
const DEMO: &str = "demo";

/// The configuration of `dev`, once the ports are known.
fn configured(dev: &Dev, port: u16, internal: u16) -> Result<Config, Failure> {
    let url = format!("http://localhost:{port}");
    let database = dev.data.join("cloakroom.db");
    let text = format!(
        "[server]\npublic_url = {url:?}\npublic_listen = \"127.0.0.1:{port}\"\ninternal_listen = \"127.0.0.1:{internal}\"\ndrain = \"2s\"\n[store]\nurl = {:?}\n",
        format!("sqlite:{}", database.display())
    );
    let mut config = Config::parse("dev", &text, &BTreeMap::new()).map_err(Failure::config)?.0;
    let upstream = dev.protect.as_ref().map(|url| {
        let origin = url.trim_end_matches('/').parse::<WebOrigin>().ok();
        origin.filter(|origin| origin.scheme() == Scheme::Http).ok_or_else(|| {
            Failure::failed("--protect is where the app runs on this machine: http://localhost:5173, without a path; an app is spoken to in plain HTTP")
        })
    });
    let origin = format!("http://app.localhost:{port}").parse().map_err(Failure::failed)?;
    config.apps = vec![App {
        origin,
        upstream: upstream.transpose()?,
        allow: Vec::new(),
        public: Vec::new(),
        fresh: Vec::new(),
        fresh_for: Span::minutes(10),
    }];
    Ok(config)
}

/// The demo user's password: made once, and kept where only this user can read it.
fn password(path: &Path, engine: &Engine) -> Result<String, Failure> {
    if let Ok(text) = fs::read_to_string(path) {
        return Ok(text.trim().to_owned());
    }
    let mut random = [0u8; 16];
    engine.entropy.fill(&mut random).map_err(|_| Failure::failed("the system has no randomness"))?;
    let drawn: String = crockford(u128::from_be_bytes(random)).chars().skip(10).collect();
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(Failure::failed)?;
    file.write_all(drawn.as_bytes()).map_err(Failure::failed)?;
    Ok(drawn)
}

/// The demo user, and their password as long as it is the one that was made for them.
async fn demo_user(engine: &Engine, config: &Config, data: &Path) -> Result<Option<String>, Failure> {
    let password = password(&data.join("demo-password"), engine)?;
    match engine.people.find(DEMO).await {
        Ok(demo) => {
            let is_theirs = demo.password.is_none_or(|password| password.changed > demo.created);
            return Ok((!is_theirs).then_some(password));
        }
        Err(NotDone::Nobody) => {
            let order = Order::AddUser {
                names: vec![DEMO.to_owned(), "demo@example.com".to_owned()],
                called: "Demo".to_owned(),
                password: Some(password.clone()),
                groups: vec!["staff".to_owned()],
                verified: true,
            };
            if let Answer::Not(why) = obey(engine, &config.public_url, order).await {
                return Err(Failure::failed(why));
            }
        }
        Err(not) => return Err(Failure::failed(not)),
    }
    Ok(Some(password))
}

/// Nothing in the folder of a store belongs into somebody's repository.
fn keep_out_of_git(data: &Path) -> Result<(), Failure> {
    let file = data.join(".gitignore");
    if file.exists() { Ok(()) } else { fs::write(file, "*\n").map_err(Failure::failed) }
}

pub(super) fn run(dev: Dev, json: bool) -> Result<(), Failure> {
    telemetry::begin(false, "warn");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(develop(dev, json))
}

async fn develop(dev: Dev, json: bool) -> Result<(), Failure> {
    let limits = Limits { drain: core::time::Duration::from_secs(2), ..Limits::default() };
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let in_use = |port, option: &'static str| {
        move |error| {
            Failure::failed(format!(
                "CK4022: cannot listen on port {port}: {error}\nhint: {option} 0 picks a free one"
            ))
        }
    };
    let internal_port =
        dev.internal_port.unwrap_or(if dev.port == 0 { 0 } else { dev.port.saturating_add(1) });
    let public = Door::open(at(dev.port), None, limits).await.map_err(in_use(dev.port, "--port"))?;
    let internal = Door::open(at(internal_port), None, limits)
        .await
        .map_err(in_use(internal_port, "--internal-port"))?;
    // Some look for `localhost` there first. Where there is no such address they look on.
    let port = public.address().map_err(Failure::failed)?.port();
    let sixth = Door::open(SocketAddr::from((Ipv6Addr::LOCALHOST, port)), None, limits).await;
    let port_of = |door: &Door| door.address().map(|address| address.port()).map_err(Failure::failed);
    let config = configured(&dev, port, port_of(&internal)?)?;
    let public: Vec<Door> = [public].into_iter().chain(sixth).collect();
    let engine = Engine::open(&config, Purpose::Dev, true).await.map_err(Failure::failed)?;
    let password = demo_user(&engine, &config, &dev.data).await?;
    keep_out_of_git(&dev.data)?;
    fs::write(dev.data.join("public_url"), config.public_url.as_str()).map_err(Failure::failed)?;
    let admin = match obey(&engine, &config.public_url, Order::AdminLink).await {
        Answer::Done(value) => {
            value.get("link").and_then(|link| link.as_str()).unwrap_or_default().to_owned()
        }
        Answer::Not(why) => return Err(Failure::failed(why)),
    };
    let (auth, inside) = (config.public_url.clone(), format!("http://localhost:{}", port_of(&internal)?));
    let app = config.apps.first().map(|app| (app.origin.clone(), app.upstream.clone()));
    let mailing = Mailing::Caught(Catcher::default());
    let running = Running::begin(Parts {
        config,
        source: None,
        engine,
        public,
        internal,
        certificate: None,
        mailing,
        is_dev: true,
    })
    .map_err(Failure::failed)?;
    let (app, upstream) = app.ok_or_else(|| Failure::failed("there is no app"))?;
    if json {
        say(&serde_json::json!({
            "app": app.as_str(), "auth": auth.as_str(), "internal": inside, "mail": format!("{inside}/mail"),
            "admin_link": admin, "user": { "name": DEMO, "password": password }, "pid": std::process::id(),
        })
        .to_string());
    } else {
        let to = upstream.map_or("the demo app".to_owned(), |upstream| upstream.to_string());
        // Commands find the store of the folder they are called in, if there is no configuration beside it.
        let is_found = dev.data == Path::new("cloakroom-dev") && !Path::new("cloakroom.toml").exists();
        let again = match is_found {
            true => "; `cloakroom admin link` prints another",
            false => "; starting again prints another",
        };
        let as_whom = match &password {
            Some(password) => format!("with the password {}", bold(password)),
            None => "with the password you gave them".to_owned(),
        };
        say(&format!(
            "\n{}\n\n  your app   {}  -> {to}\n  accounts   {auth}\n  mail       {inside}/mail\n  operator   {admin}\n             (once, for ten minutes{again})\n\n  sign in as {} {as_whom}\n",
            bold("Cloakroom, for development"),
            bold(app.as_str()),
            bold(DEMO),
        ));
        tell("Ctrl-C ends it. The store stays in the folder of --data.");
    }
    until_asked_to_end().await.map_err(Failure::failed)?;
    // Whoever asks twice does not want to wait.
    tokio::select! {
        () = running.end() => {}
        _asked_again = until_asked_to_end() => {}
    }
    Ok(())
}
