//! Commands that ask the server that runs, or do it themselves where none does.

use super::args::{Admin, Command, Events, Service, Session, Token, User};
use super::out::{Failure, say, tell};
use crate::config::{Config, Raw, environment};
use crate::control::{Answer, NoServer, Order, ask, is_there, obey};
use crate::engine::{Engine, Purpose};
use crate::running::socket_of;
use cloakroom_model::words::origin::WebOrigin;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The configuration.
pub(super) fn read(path: &Path) -> Result<(Config, Raw), Failure> {
    Config::read(path, &environment()).map_err(Failure::config)
}

fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(4_096).read_to_string(&mut text).map_err(Failure::failed)?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn order_of(command: Command) -> Result<Order, Failure> {
    Ok(match command {
        Command::Admin(Admin::Link) => Order::AdminLink,
        Command::User(User::List { after, limit }) => Order::Users { after, at_most: limit },
        Command::User(User::Show { who }) => Order::User { who },
        Command::User(User::Add { names, called, groups, verified, password_stdin }) => {
            let password = password_stdin.then(password).transpose()?;
            Order::AddUser { names, called, password, groups, verified }
        }
        Command::User(User::Invite { email, groups }) => Order::Invite { email, groups },
        Command::User(User::Uninvite { email }) => Order::Uninvite { email },
        Command::User(User::Disable { who }) => Order::SetActive { who, active: false },
        Command::User(User::Enable { who }) => Order::SetActive { who, active: true },
        Command::User(User::Groups { who, groups, .. }) => Order::SetGroups { who, groups },
        Command::User(User::Recover { who }) => Order::Recover { who },
        Command::User(User::Delete { who }) => Order::DeleteUser { who },
        Command::Session(Session::List { who: Some(who) }) => Order::Sessions { who },
        Command::Service(Service::Add) => Order::AddService,
        Command::Service(Service::Revoke { service }) => Order::RevokeService { service },
        Command::Token(Token::Inspect { from, revoke }) if from == "-" => {
            Order::Inspect { text: password()?, revoke }
        }
        Command::Token(_) => {
            return Err(Failure::failed("a secret is read from stdin: `cloakroom token inspect -`"));
        }
        Command::Events(Events::Tail { limit }) => Order::Events { at_most: limit },
        Command::Backup(backup) => {
            let to = std::path::absolute(&backup.to).map_err(Failure::failed)?;
            Order::Backup { to: to.display().to_string() }
        }
        Command::Dev(_)
        | Command::Serve
        | Command::Init(_)
        | Command::Check
        | Command::Doctor
        | Command::Session(Session::Revoke(_) | Session::List { who: None })
        | Command::Events(Events::Verify { .. } | Events::Export { .. })
        | Command::Config(_)
        | Command::Import(_)
        | Command::Key(_)
        | Command::Restore(_)
        | Command::Export(_)
        | Command::Completions { .. }
        | Command::Man { .. } => {
            return Err(Failure::failed("this is no command for a server"));
        }
    })
}

/// Where the store lies: as configured, or in the folder of `dev`, which may be named in the place of a configuration.
pub(super) fn config_here(path: &Path) -> Result<(Config, Purpose), Failure> {
    let named = path.is_dir().then_some(path);
    let is_unsaid = path == Path::new("cloakroom.toml") && !path.exists();
    let dev = named.or_else(|| is_unsaid.then_some(Path::new("cloakroom-dev")));
    if let Some(dev) = dev.filter(|dev| dev.join("cloakroom.db").exists()) {
        let text = std::fs::read_to_string(dev.join("public_url")).unwrap_or_default();
        let store = format!("sqlite:{}", dev.join("cloakroom.db").display());
        let text = format!("[server]\npublic_url = {:?}\n[store]\nurl = {store:?}\n", text.trim());
        let config = Config::parse("cloakroom-dev", &text, &BTreeMap::new()).map_err(Failure::config)?.0;
        return Ok((config, Purpose::Dev));
    }
    Ok((read(path)?.0, Purpose::Serve))
}

/// Who carries out commands: the server that runs, or this program on the store itself.
pub(super) enum Hand {
    Server(PathBuf),
    Own(Box<Engine>, WebOrigin),
}

impl Hand {
    pub(super) async fn reach(path: &Path, makes_a_store: bool) -> Result<Self, Failure> {
        let (config, purpose) = config_here(path)?;
        let socket = socket_of(&config.beside);
        if is_there(&socket).await {
            return Ok(Self::Server(socket));
        }
        if !config.store.may_be_there() && !makes_a_store {
            return Err(Failure::failed(format!(
                "CK2025: there is no store at {}\nhint: `serve` makes it when it first starts",
                config.store
            )));
        }
        let engine = Engine::open(&config, purpose, makes_a_store).await.map_err(Failure::failed)?;
        Ok(Self::Own(Box::new(engine), config.public_url))
    }

    pub(super) async fn give(&self, order: &Order) -> Result<Json, Failure> {
        let answer = match self {
            Self::Server(socket) => match ask(socket, order).await {
                Ok(answered) => answered.map_err(Failure::failed)?,
                Err(NoServer) => return Err(Failure::failed("the server has ended meanwhile")),
            },
            Self::Own(engine, public_url) => obey(engine, public_url, order.clone()).await,
        };
        match answer {
            Answer::Done(value) => Ok(value),
            Answer::Not(why) => Err(Failure::failed(why)),
        }
    }

    pub(super) async fn let_go(self) {
        if let Self::Own(engine, _) = self {
            let _written = engine.people.authority().shut_down().await;
            let _closed = engine.store.shutdown().await;
        }
    }
}

/// Does something with whoever carries out commands, and lets go of the store whatever came of it.
pub(super) fn with_hand<T>(
    path: &Path,
    makes_a_store: bool,
    work: impl AsyncFnOnce(&Hand) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        let hand = Hand::reach(path, makes_a_store).await?;
        let done = work(&hand).await;
        hand.let_go().await;
        done
    })
}

/// Gives one command.
pub(super) fn give_one(path: &Path, order: &Order, json: bool) -> Result<(), Failure> {
    let makes_a_store = matches!(order, Order::AdminLink | Order::AddUser { .. } | Order::Invite { .. });
    let value = with_hand(path, makes_a_store, async |hand| hand.give(order).await)?;
    say(&if json { value.to_string() } else { shown(order, &value) });
    if value.get("sent") == Some(&Json::Bool(false)) {
        tell("no letter is sent, since there is no [mail]: give them the link yourself");
    }
    Ok(())
}

/// Gives a command as it was typed.
pub(super) fn give(path: &Path, command: Command, json: bool) -> Result<(), Failure> {
    give_one(path, &order_of(command)?, json)
}

fn text<'a>(value: &'a Json, name: &str) -> &'a str {
    value.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    value.get(name).and_then(Json::as_array).into_iter().flatten()
}

fn person(value: &Json) -> String {
    let names: Vec<_> = list(value, "names").map(|known| text(known, "name")).collect();
    let groups: Vec<_> = list(value, "groups").filter_map(Json::as_str).collect();
    let state = if value.get("active") == Some(&Json::Bool(true)) { "" } else { "  disabled" };
    let groups = if groups.is_empty() { String::new() } else { format!("  [{}]", groups.join(", ")) };
    format!("{}  {}{groups}{state}", text(value, "id"), names.join(", "))
}

/// An answer for people.
fn shown(order: &Order, value: &Json) -> String {
    let lines: Vec<String> = match order {
        Order::AdminLink | Order::Invite { .. } => vec![text(value, "link").to_owned()],
        Order::Users { .. } => list(value, "users").map(person).collect(),
        Order::User { .. } | Order::AddUser { .. } => vec![person(value)],
        Order::Sessions { .. } => list(value, "sessions")
            .map(|session| {
                let fields = ["id", "host", "device", "address"].map(|name| text(session, name));
                fields.join("  ")
            })
            .collect(),
        Order::Events { .. } => list(value, "events").map(Json::to_string).collect(),
        Order::Backup { .. } => {
            vec![format!("the store is copied to {}; the root key is not in it", text(value, "backup"))]
        }
        Order::SetActive { .. } | Order::SetGroups { .. } | Order::EndSessions { .. }
            if value.get("uncounted").is_some() =>
        {
            vec!["every session is over; how many there were is not known, since the server they are kept by does not answer".to_owned()]
        }
        Order::SetActive { active: true, .. } => vec!["they may sign in again".to_owned()],
        Order::EndSession { .. } if value.get("ended") == Some(&Json::Bool(true)) => {
            vec!["the session is over".to_owned()]
        }
        Order::EndSession { .. } => vec!["there was no such session any more".to_owned()],
        Order::SetActive { .. } | Order::SetGroups { .. } | Order::EndSessions { .. } => {
            vec![format!("sessions ended: {}", value.get("ended").map(Json::to_string).unwrap_or_default())]
        }
        // These are asked for by commands that show what they find themselves.
        Order::Import { .. }
        | Order::FilterSessions { .. }
        | Order::EndThese { .. }
        | Order::EventHeads
        | Order::Health
        | Order::EventLinks { .. } => Vec::new(),
        Order::DeleteUser { .. } => vec![format!("deleted {}", text(value, "deleted"))],
        Order::VerifyEvents { .. } => {
            vec![format!("whole: {} events", value.get("events").map(Json::to_string).unwrap_or_default())]
        }
        Order::Reload => vec!["the configuration was read again".to_owned()],
        Order::AddService => vec![format!("{}\n{}", text(value, "service"), text(value, "credential"))],
        Order::Uninvite { .. } => {
            vec![format!("taken back: {}", value.get("withdrawn").map(Json::to_string).unwrap_or_default())]
        }
        Order::RevokeService { .. } => vec![format!("revoked {}", text(value, "revoked"))],
        Order::Inspect { .. } => vec![serde_json::to_string_pretty(value).unwrap_or_default()],
        Order::Recover { .. } => vec!["the link is on its way".to_owned()],
    };
    lines.join("\n")
}
