//! A realm of Keycloak, or a file of its users. What is secret and what belongs to it stand in it as JSON within text.

use super::NoFile;
use super::hash::{Bad, decoded, pbkdf2};
use super::lines::{text, truth};
use super::row::{Found, Row, Unread};
use data_encoding::BASE64_NOPAD;
use serde_json::Value;

/// What Keycloak gives to everybody by itself.
const OF_ITS_OWN: [&str; 3] = ["offline_access", "uma_authorization", "default-roles-"];

pub(super) fn read(body: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    let file: Value = serde_json::from_str(body)
        .map_err(|error| NoFile::of("Keycloak realm", Some(error.line()), "it is no JSON"))?;
    let users = file.get("users").and_then(Value::as_array).ok_or_else(|| {
        NoFile::of("Keycloak realm", None, "there are no users in it; they stand in files of their own, <realm>-users-0.json and so on, or are left away by the export of the console")
    })?;
    // Clients that act by themselves stand among the users.
    let is_person = |user: &&Value| user.get("serviceAccountClientId").is_none();
    Ok(users.iter().filter(is_person).enumerate().map(|(place, user)| found(user).row(place + 1)).collect())
}

/// A parameter, which is a list of one text.
fn parameter(data: &Value, name: &str) -> Option<String> {
    text(data, &[&format!("/additionalParameters/{name}/0")])
}

fn hash_of(credential: &Value) -> Option<Result<String, Bad>> {
    if text(credential, &["/value"]).is_some() {
        return Some(Err(Bad::InTheClear));
    }
    let inner = |name: &str| serde_json::from_str::<Value>(&text(credential, &[name])?).ok();
    let (secret, data) = match (inner("/secretData"), inner("/credentialData")) {
        (Some(secret), Some(data)) => (secret, data),
        _ => (credential.clone(), credential.clone()),
    };
    let found = (|| {
        let value = text(&secret, &["/value", "/hashedSaltedValue"])?;
        let algorithm = text(&data, &["/algorithm"])?;
        if algorithm == "bcrypt" {
            return Some(value);
        }
        let (salt, key) = (decoded(&text(&secret, &["/salt"])?, "base64")?, decoded(&value, "base64")?);
        let rounds = data.get("hashIterations")?.as_u64()?;
        if algorithm == "argon2" {
            let version = if parameter(&data, "version").as_deref() == Some("1.0") { 16 } else { 19 };
            let kind = parameter(&data, "type").unwrap_or_else(|| "id".to_owned());
            let (memory, lanes) = (parameter(&data, "memory")?, parameter(&data, "parallelism")?);
            let (salt, key) = (BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(&key));
            return Some(format!("$argon2{kind}$v={version}$m={memory},t={rounds},p={lanes}${salt}${key}"));
        }
        let digest = match algorithm.as_str() {
            "pbkdf2" => "sha1",
            "pbkdf2-sha256" => "sha256",
            "pbkdf2-sha512" => "sha512",
            _ => return None,
        };
        pbkdf2(digest, rounds, &salt, &key)
    })();
    Some(found.ok_or(Bad::Unknown))
}

fn found(user: &Value) -> Found {
    let names = [text(user, &["/firstName"]), text(user, &["/lastName"])];
    let credentials = user.get("credentials").and_then(Value::as_array).into_iter().flatten();
    let password = credentials.into_iter().find(|one| text(one, &["/type"]).as_deref() == Some("password"));
    let roles = super::lines::words(user, &["/realmRoles"]).into_iter();
    let roles = roles.filter(|role| !OF_ITS_OWN.iter().any(|own| role.starts_with(own)));
    let groups = super::lines::words(user, &["/groups"]).into_iter();
    let groups = groups.filter_map(|path| path.rsplit('/').next().map(|name| name.replace(' ', "-")));
    Found {
        email: text(user, &["/email"]),
        name: text(user, &["/username"]),
        verified: truth(user, &["/emailVerified"]).unwrap_or(false),
        called: names.into_iter().flatten().collect::<Vec<_>>().join(" "),
        hash: password.and_then(hash_of),
        groups: groups.chain(roles).collect(),
        disabled: truth(user, &["/enabled"]) == Some(false),
    }
}
