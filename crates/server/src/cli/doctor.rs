//! `cloakroom doctor`: what is wrong with an installation, and what to do about it.

use super::commands::{Hand, config_here};
use super::looking::uncovered;
use super::out::{Failure, say};
use crate::config::{App, Config, StoreAt};
use crate::control::{Order, is_there};
use crate::engine::root_file_of;
use crate::mail::Smtp;
use crate::net::{Age, HotCertificate};
use crate::running::socket_of;
use cloakroom_model::ports::SystemClock;
use core::time::Duration;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long somebody may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// So many letters do not wait where mail goes well.
const LETTERS: u64 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Fine,
    Warning,
    Problem,
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What was looked at, and what there is to say.
struct Finding {
    grade: Grade,
    of: &'static str,
    told: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, grade: Grade, of: &'static str, told: impl Into<String>) {
        self.0.push(Finding { grade, of, told: told.into() });
    }

    /// A file that only its owner may read.
    fn secret_file(&mut self, of: &'static str, path: &Path) {
        let shown = path.display();
        match std::fs::metadata(path) {
            Err(error) => self.add(Grade::Problem, of, format!("{shown} cannot be read: {error}")),
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                self.add(
                    Grade::Problem,
                    of,
                    format!("others on this machine may read {shown}: chmod 600 it"),
                );
            }
            Ok(_) => self.add(Grade::Fine, of, format!("{shown}, for its owner alone")),
        }
    }

    async fn app(&mut self, app: &App) {
        let Some(upstream) = &app.upstream else { return };
        let at = (upstream.name().trim_matches(['[', ']']).to_owned(), upstream.port());
        match timeout(ANSWERS_WITHIN, TcpStream::connect(at)).await {
            Ok(Ok(_)) => self.add(Grade::Fine, "app", format!("{} answers", app.origin)),
            _ => self.add(
                Grade::Problem,
                "app",
                format!("{} is not there: nothing answers at {upstream}", app.origin),
            ),
        }
    }

    async fn mail(&mut self, config: &Config) {
        let Some(mail) = &config.mail else {
            self.add(Grade::Warning, "mail", "there is no [mail]: nobody can sign up or recover by mail");
            return;
        };
        match Smtp::new(mail) {
            Err(error) => self.add(Grade::Problem, "mail", error.to_string()),
            Ok(smtp) if smtp.answers().await => self.add(Grade::Fine, "mail", "the server lets us in"),
            Ok(_) => self.add(
                Grade::Problem,
                "mail",
                "the mail server does not answer, or does not let us in: letters wait until it does",
            ),
        }
    }

    async fn store(&mut self, hand: &Hand) {
        match hand.give(&Order::Health).await {
            Err(error) => self.add(Grade::Problem, "store", error.told),
            Ok(health) => {
                let number = |name| health.get(name).and_then(Value::as_u64).unwrap_or_default();
                self.add(Grade::Fine, "store", format!("it answers; {} people", number("users")));
                if let Some(why) = health.get("outage").and_then(Value::as_str) {
                    let told = format!("what sessions are kept by does not answer: {why}");
                    self.add(Grade::Problem, "sessions", told);
                }
                let warnings = health.get("warnings").and_then(Value::as_array).into_iter().flatten();
                warnings.filter_map(Value::as_str).for_each(|told| self.add(Grade::Warning, "store", told));
                let waiting = number("letters_waiting");
                let grade = if waiting > LETTERS { Grade::Warning } else { Grade::Fine };
                self.add(grade, "letters", format!("{waiting} wait to be sent"));
            }
        }
        match hand.give(&Order::VerifyEvents { kept: Vec::new() }).await {
            Err(error) => self.add(Grade::Problem, "log", error.told),
            Ok(_) => self.add(Grade::Fine, "log", "whole up to its last signed end"),
        }
    }
}

async fn look(path: &Path) -> Result<Findings, Failure> {
    let (config, _) = config_here(path)?;
    let mut findings = Findings::default();
    findings.add(Grade::Fine, "configuration", path.display().to_string());
    if let Some(tls) = &config.tls {
        match HotCertificate::open(tls.clone()) {
            Ok(certificate) => {
                let grade = match certificate.age(&SystemClock) {
                    Age::Good => Grade::Fine,
                    Age::Late => Grade::Warning,
                    Age::Over => Grade::Problem,
                };
                findings.add(grade, "certificate", format!("it {}", certificate.age(&SystemClock)));
                match uncovered(&config, &certificate).as_slice() {
                    [] => {
                        findings.add(
                            Grade::Fine,
                            "certificate",
                            "it is for all hosts, and its key is its own",
                        );
                    }
                    hosts => {
                        let told = format!("it is not for {}", hosts.join(", "));
                        findings.add(Grade::Problem, "certificate", told);
                    }
                }
            }
            Err(error) => findings.add(Grade::Problem, "certificate", error.to_string()),
        }
    }
    match is_there(&socket_of(&config.beside)).await {
        true => findings.add(Grade::Fine, "server", "it runs"),
        false => findings.add(Grade::Warning, "server", "none runs on this store"),
    }
    if config.store.may_be_there() {
        match Hand::reach(path, false).await {
            Err(error) => findings.add(Grade::Problem, "store", error.told),
            Ok(hand) => {
                findings.store(&hand).await;
                hand.let_go().await;
            }
        }
        let root = config.root_file.clone().unwrap_or_else(|| root_file_of(&config.beside));
        findings.secret_file("root key", &root);
        if let StoreAt::Sqlite(path) = &config.store {
            findings.secret_file("database", path);
        }
    } else {
        let told = format!("{} is not there yet: the first start makes it", config.store);
        findings.add(Grade::Warning, "store", told);
    }
    findings.mail(&config).await;
    for app in &config.apps {
        findings.app(app).await;
    }
    Ok(findings)
}

pub(super) fn run(path: &Path, json: bool) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    let findings = runtime.block_on(look(path))?.0;
    if json {
        let line =
            |found: &Finding| json!({ "grade": found.grade.word(), "of": found.of, "told": found.told });
        say(&json!({ "findings": findings.iter().map(line).collect::<Vec<_>>() }).to_string());
    } else {
        for found in &findings {
            say(&format!("{:8} {:14} {}", found.grade.word(), found.of, found.told));
        }
    }
    match findings.iter().filter(|found| found.grade == Grade::Problem).count() {
        0 => Ok(()),
        problems => Err(Failure::failed(format!("problems: {problems}"))),
    }
}
