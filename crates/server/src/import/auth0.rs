//! Auth0: the export with password hashes, and what its own bulk import takes. One object a line, or a list.

use super::NoFile;
use super::hash::{Bad, bare, decoded, pbkdf2};
use super::lines::{objects, text, truth};
use super::row::{Found, Row, Unread};
use data_encoding::BASE64_NOPAD;
use serde_json::Value;

pub(super) fn read(body: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    let all: Vec<(usize, Value)> = match body.trim_start().starts_with('[') {
        true => {
            let list: Vec<Value> = serde_json::from_str(body)
                .map_err(|error| NoFile::of("Auth0 export", Some(error.line()), "it is no JSON list"))?;
            list.into_iter().enumerate().map(|(number, object)| (number + 1, object)).collect()
        }
        false => objects("Auth0 export", body)?,
    };
    Ok(all.into_iter().map(|(place, object)| found(&object).row(place)).collect())
}

/// An address that stands in the list of identifiers only.
fn identifier(object: &Value) -> Option<(&str, bool)> {
    let list = object.get("identifiers")?.as_array()?;
    let email = list.iter().find(|one| one.get("type").and_then(Value::as_str) == Some("email"))?;
    Some((email.get("value")?.as_str()?, email.get("verified").and_then(Value::as_bool).unwrap_or(false)))
}

fn custom(object: &Value) -> Option<Result<String, Bad>> {
    let custom = object.get("custom_password_hash")?;
    let number = |name: &str, default: u64| custom.get(name).and_then(Value::as_u64).unwrap_or(default);
    let bytes = |what: &str, default: &str| {
        let value = text(custom, &[&format!("/{what}/value")])?;
        let encoding = text(custom, &[&format!("/{what}/encoding")]).unwrap_or_else(|| default.to_owned());
        decoded(&value, &encoding)
    };
    let plain = || text(custom, &["/hash/value"]);
    let algorithm = text(custom, &["/algorithm"]).unwrap_or_default();
    let encoding = text(custom, &["/password/encoding"]);
    if encoding.is_some_and(|encoding| !["utf8", "ascii"].contains(&encoding.as_str())) {
        return Some(Err(Bad::Unknown));
    }
    let found = match algorithm.as_str() {
        "argon2" | "ldap" => plain(),
        "bcrypt" if custom.get("salt").is_none() => plain(),
        "scrypt" => (|| {
            let (salt, key) = (bytes("salt", "utf8")?, bytes("hash", "hex")?);
            let cost = number("cost", 16_384);
            let log_n = cost.is_power_of_two().then(|| cost.ilog2())?;
            let (salt, key) = (BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(&key));
            Some(format!(
                "$scrypt$ln={log_n},r={},p={}${salt}${key}",
                number("blockSize", 8),
                number("parallelization", 1)
            ))
        })(),
        "pbkdf2" => plain().and_then(|hash| {
            let mut parts = hash.strip_prefix("$pbkdf2-")?.split('$');
            let (digest, costs, salt, key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            let rounds = costs
                .split(',')
                .find_map(|cost| cost.strip_prefix("i="))
                .map_or(Some(100_000), |rounds| rounds.parse().ok())?;
            pbkdf2(digest, rounds, &decoded(salt, "base64")?, &decoded(key, "base64")?)
        }),
        function => (|| {
            let position = text(custom, &["/salt/position"]);
            let (salt, is_first) = match (custom.get("salt"), position.as_deref()) {
                (None, _) => (Vec::new(), true),
                (Some(_), Some("prefix")) => (bytes("salt", "utf8")?, true),
                (Some(_), Some("suffix")) => (bytes("salt", "utf8")?, false),
                (Some(_), _) => return None,
            };
            Some(bare(function, &salt, is_first, &bytes("hash", "hex")?)?.to_text())
        })(),
    };
    Some(found.ok_or(Bad::Unknown))
}

fn found(object: &Value) -> Found {
    let listed = identifier(object);
    let names = [text(object, &["/given_name"]), text(object, &["/family_name"])];
    let called = text(object, &["/name"]).filter(|name| !name.contains('@'));
    Found {
        email: text(object, &["/email"]).or_else(|| listed.map(|(email, _)| email.to_owned())),
        name: text(object, &["/username"]),
        verified: truth(object, &["/email_verified", "/emailVerified"])
            .or(listed.map(|(_, is)| is))
            .unwrap_or(false),
        called: called.unwrap_or_else(|| names.into_iter().flatten().collect::<Vec<_>>().join(" ")),
        hash: text(object, &["/passwordHash", "/password_hash"]).map(Ok).or_else(|| custom(object)),
        groups: super::lines::words(object, &["/app_metadata/roles", "/app_metadata/authorization/groups"]),
        disabled: truth(object, &["/blocked"]).unwrap_or(false),
    }
}
