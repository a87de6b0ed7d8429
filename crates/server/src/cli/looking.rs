//! What is configured, and what is wrong with it.

use super::args::Config as Look;
use super::commands::{give_one, read};
use super::out::{Failure, say, tell};
use crate::breaches::BreachFile;
use crate::config::{Config, KEYS, Kind, Origin, Value, reference};
use crate::control::Order;
use crate::net::HotCertificate;
use crate::pages::{Pages, files};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Hosts that a certificate is not for.
pub(super) fn uncovered(config: &Config, certificate: &HotCertificate) -> Vec<String> {
    let apps = config.apps.iter().map(|app| &app.origin);
    let hosts = [&config.public_url].into_iter().chain(apps).map(|origin| origin.name().to_owned());
    hosts.filter(|host| !certificate.is_for(host)).collect()
}

/// What is wrong, also with what the configuration names. What may be meant is a warning.
pub(super) fn check(path: &Path, json: bool) -> Result<(), Failure> {
    let (config, _) = read(path)?;
    let mut warnings = Vec::new();
    if let Some(tls) = &config.tls {
        let certificate = HotCertificate::open(tls.clone()).map_err(|error| {
            Failure::config(format!("error[{}", error.to_string().replacen(": ", "]: ", 1)))
        })?;
        for host in uncovered(&config, &certificate) {
            warnings.push(format!("the certificate is not for {host}: browsers will refuse it"));
        }
    }
    config.breached.as_deref().map(BreachFile::open).transpose().map_err(Failure::config)?;
    Pages::load(&config.look).map_err(Failure::config)?;
    if config.mail.is_none() {
        warnings.push("without [mail] nobody can sign up or choose a new password by mail".to_owned());
    }
    if config.apps.is_empty() {
        warnings.push("there is no [[app]]: people can sign in, and nothing is behind it".to_owned());
    }
    if json {
        say(&json!({ "fine": path.display().to_string(), "warnings": warnings }).to_string());
        return Ok(());
    }
    for warning in warnings {
        tell(&format!("warning: {warning}"));
    }
    say(&format!("{} is fine", path.display()));
    Ok(())
}

/// Writes what an operator may begin with. What is there is left alone.
fn write_pages(folder: &Path, json: bool) -> Result<(), Failure> {
    let is_taken = std::fs::read_dir(folder).is_ok_and(|mut there| there.next().is_some());
    if is_taken {
        return Err(Failure::failed(format!("{} is not empty\nhint: name a new folder", folder.display())));
    }
    std::fs::create_dir_all(folder.join("words")).map_err(Failure::failed)?;
    for (name, text) in files() {
        std::fs::write(folder.join(name), text).map_err(Failure::failed)?;
    }
    let shown = folder.display();
    say(&match json {
        true => json!({ "pages": shown.to_string() }).to_string(),
        false => {
            format!("the pages are in {shown}; keep the files that you change, and say it in [pages] folder")
        }
    });
    Ok(())
}

/// A value as it may be shown.
fn shown(kind: Kind, value: &Value) -> Json {
    match value {
        _ if kind == Kind::Secret => "…".into(),
        Value::One(text) => text.clone().into(),
        Value::Many(list) => list.clone().into(),
    }
}

/// Every value and where it comes from. No secret is shown.
fn show(path: &Path, json: bool) -> Result<(), Failure> {
    let (config, raw) = read(path)?;
    let mut lines = Vec::new();
    for key in KEYS.iter().filter(|key| key.section != "app") {
        let found = raw.sections.get(key.section).and_then(|section| section.get(key.name));
        let (value, origin) = match (found, key.default) {
            (Some((value, Origin::File(_))), _) => (shown(key.kind, value), raw.name.clone()),
            (Some((value, Origin::Variable(name))), _) => (shown(key.kind, value), name.clone()),
            (None, Some(default)) => (default.into(), "default".to_owned()),
            (None, None) => continue,
        };
        lines.push((format!("{}.{}", key.section, key.name), value, origin));
    }
    let apps = config.apps.iter().map(|app| app.origin.to_string());
    if json {
        let line = |(key, value, origin)| json!({ "key": key, "value": value, "origin": origin });
        let values: Vec<Json> = lines.into_iter().map(line).collect();
        say(&json!({ "values": values, "apps": apps.collect::<Vec<_>>() }).to_string());
        return Ok(());
    }
    for (key, value, origin) in lines {
        let value = match value {
            Json::Array(list) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        say(&format!("{key} = {value}  # {origin}"));
    }
    apps.for_each(|app| say(&format!("app {app}")));
    Ok(())
}

/// Looks at the configuration, or has it looked at.
pub(super) fn config(path: &Path, which: &Look, json: bool) -> Result<(), Failure> {
    match which {
        Look::Show => show(path, json),
        Look::Reference => {
            say(reference().trim_end());
            Ok(())
        }
        Look::Pages { folder } => write_pages(folder, json),
        Look::Reload => give_one(path, &Order::Reload, json),
    }
}
