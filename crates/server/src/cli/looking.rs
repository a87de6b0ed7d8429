//! What is configured, and what is wrong with it.

use super::args::Config as Look;
use super::commands::{give_one, read};
use super::out::{Failure, say, tell};
use crate::breaches::BreachFile;
use crate::config::{Config, KEYS, Key, Kind, Origin, Raw, Section, StoreAt, Value, reference, sections};
use crate::control::Order;
use crate::net::{Age, HotCertificate};
use crate::pages::{Pages, files};
use cloakroom_model::ports::SystemClock;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Hosts that a certificate is not for.
pub(super) fn uncovered(config: &Config, certificate: &HotCertificate) -> Vec<String> {
    let apps = config.apps.iter().map(|app| &app.origin);
    let hosts = [&config.public_url].into_iter().chain(apps).map(|origin| origin.name().to_owned());
    hosts.filter(|host| !certificate.is_for(host)).collect()
}

/// What is wrong and what may be meant, of what the configuration names.
fn looked_at(config: &Config) -> (Vec<String>, Vec<String>) {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    match config.tls.clone().map(HotCertificate::open).transpose() {
        Err(error) => errors.push(format!("error[{}", error.to_string().replacen(": ", "]: ", 1))),
        Ok(None) => {}
        Ok(Some(certificate)) => {
            for host in uncovered(config, &certificate) {
                warnings.push(format!("the certificate is not for {host}: browsers will refuse it"));
            }
            match certificate.age(&SystemClock) {
                Age::Good => {}
                age => warnings.push(format!("the certificate {age}")),
            }
        }
    }
    if let StoreAt::Postgres(url) = &config.store {
        let checked = cloakroom_store_postgres::check_address(url.expose());
        errors.extend(checked.err().map(|error| error.to_string()));
    }
    if let Some(url) = &config.sessions {
        let checked = cloakroom_store_redis::check_address(url.expose());
        errors.extend(checked.err().map(|error| error.to_string()));
    }
    let breached = config.breached.as_deref().map(BreachFile::open).transpose();
    errors.extend(breached.err().map(|error| error.to_string()));
    errors.extend(Pages::load(&config.look).err().map(|error| error.to_string()));
    if config.mail.is_none() {
        warnings.push("without [mail] nobody can sign up or choose a new password by mail".to_owned());
    }
    if config.apps.is_empty() {
        warnings.push("there is no [[app]]: people can sign in, and nothing is behind it".to_owned());
    }
    (errors, warnings)
}

/// Says what is wrong, also with what the configuration names. What may be meant is a warning.
pub(super) fn check(path: &Path, json: bool) -> Result<(), Failure> {
    let (errors, warnings) = match read(path) {
        Ok((config, _)) => looked_at(&config),
        Err(failure) => (vec![failure.told], Vec::new()),
    };
    if json {
        let file = path.display().to_string();
        say(&json!({ "file": file, "fine": errors.is_empty(), "errors": errors, "warnings": warnings })
            .to_string());
    } else {
        warnings.iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    if !errors.is_empty() {
        return Err(Failure::config(errors.join("\n\n")));
    }
    if !json {
        say(&format!("{} is fine", path.display()));
    }
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

/// Of an address what is no secret: how it is spoken to, as whom, and where. Of anything else nothing.
fn without_secrets(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Some((scheme, rest)) = text.split_once("://") else { return "…".to_owned() };
    // Behind the last of them: a password may have another one in it.
    let plain = |place: &str| place.split('?').next().unwrap_or_default().to_owned();
    match rest.rsplit_once('@') {
        Some((who, place)) => {
            format!("{scheme}://{}:…@{}", who.split(':').next().unwrap_or_default(), plain(place))
        }
        None => format!("{scheme}://{}", plain(rest)),
    }
}

/// A value as it may be shown: as the kind of its key, and no secret.
fn shown(key: &Key, value: &Value) -> Json {
    match (key.kind, value) {
        (Kind::Secret, Value::One(text)) if key.name.ends_with("url") => without_secrets(text).into(),
        (Kind::Secret, _) => "…".into(),
        (Kind::Number, Value::One(text)) => {
            text.parse::<u64>().map_or_else(|_| text.clone().into(), Json::from)
        }
        (_, Value::One(text)) => text.clone().into(),
        (_, Value::Many(list)) => list.clone().into(),
    }
}

/// The same of a default.
fn unsaid(key: &Key) -> Json {
    match (key.kind, key.default) {
        (_, None) => Json::Null,
        (Kind::List, Some(list)) => {
            list.split(',').map(str::trim).filter(|one| !one.is_empty()).collect::<Vec<_>>().into()
        }
        (_, Some(default)) => shown(key, &Value::One(default.to_owned())),
    }
}

/// Every value of a table and where it comes from.
fn table<'a>(
    raw: &'a Raw,
    section: &'a str,
    written: Option<&'a Section>,
) -> impl Iterator<Item = (&'static str, Json, String)> + use<'a> {
    KEYS.iter().filter(move |key| key.section == section).map(move |key| {
        let found = written.and_then(|written| written.get(key.name));
        let (value, origin) = match found {
            Some((value, Origin::File(_))) => (shown(key, value), raw.name.clone()),
            Some((value, Origin::Variable(name))) => (shown(key, value), name.clone()),
            None => (unsaid(key), "default".to_owned()),
        };
        (key.name, value, origin)
    })
}

/// Every value and where it comes from. No secret is shown.
fn show(path: &Path, json: bool) -> Result<(), Failure> {
    let (config, raw) = read(path)?;
    let mut lines = Vec::new();
    for section in sections().filter(|section| *section != "app") {
        let values = table(&raw, section, raw.sections.get(section));
        lines.extend(values.map(|(key, value, origin)| (format!("{section}.{key}"), value, origin)));
    }
    for (app, (written, _)) in config.apps.iter().zip(&raw.apps) {
        let values = table(&raw, "app", Some(written));
        let name = |key: &str| format!("app[{}].{key}", app.origin.host());
        lines.extend(values.map(|(key, value, origin)| (name(key), value, origin)));
    }
    if json {
        let line = |(key, value, origin)| json!({ "key": key, "value": value, "origin": origin });
        let values: Vec<Json> = lines.into_iter().map(line).collect();
        say(&json!({ "values": values }).to_string());
        return Ok(());
    }
    for (key, value, origin) in lines {
        say(&match value {
            Json::Null => format!("# {key} is not said"),
            Json::String(text) => format!("{key} = {text}  # {origin}"),
            value => format!("{key} = {value}  # {origin}"),
        });
    }
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

#[cfg(test)]
mod tests;
