//! A JSON object a line: our own names, and those of systems that use nearly the same.

use super::NoFile;
use super::hash::{Bad, decoded, pbkdf2};
use super::row::{Found, Row, Unread};
use serde_json::Value;

/// The first of these members that is text.
pub(super) fn text(object: &Value, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| object.pointer(name)?.as_str().map(str::to_owned))
        .filter(|text| !text.trim().is_empty())
}

/// The first of these members that is a yes or a no.
pub(super) fn truth(object: &Value, names: &[&str]) -> Option<bool> {
    names.iter().find_map(|name| object.pointer(name)?.as_bool())
}

/// A list of words.
pub(super) fn words(object: &Value, names: &[&str]) -> Vec<String> {
    let list = names.iter().find_map(|name| object.pointer(name)?.as_array());
    let word = |value: &Value| value.as_str().or_else(|| value.get("role")?.as_str()).map(str::to_owned);
    list.into_iter().flatten().filter_map(word).collect()
}

/// Clerk calls it as Django does, and means another salt.
pub(super) fn clerk_pbkdf2(text: &str) -> Result<String, Bad> {
    let mut parts = text.split('$').skip(1);
    let found = (|| {
        let (rounds, salt, key) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        pbkdf2("sha256", rounds, &decoded(salt, "base64")?, &decoded(key, "base64")?)
    })();
    found.ok_or(Bad::Unknown)
}

/// One object a line.
pub(super) fn objects(what: &'static str, body: &str) -> Result<Vec<(usize, Value)>, NoFile> {
    let lines = body.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let object = serde_json::from_str(line)
                .map_err(|_| NoFile::of(what, Some(number + 1), "the line is no JSON object"))?;
            Ok((number + 1, object))
        })
        .collect()
}

pub(super) fn read(body: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    Ok(objects("JSON lines", body)?.into_iter().map(|(place, object)| found(&object).row(place)).collect())
}

fn found(object: &Value) -> Found {
    let email = text(object, &["/email", "/traits/email", "/loginMethods/0/email"]);
    let listed = object.pointer("/verifiable_addresses").and_then(Value::as_array).into_iter().flatten();
    let in_list = listed.into_iter().any(|address| {
        address.get("value").and_then(Value::as_str) == email.as_deref()
            && address.get("verified") == Some(&Value::Bool(true))
    });
    let first_and_last = || {
        let names =
            [text(object, &["/first_name", "/given_name"]), text(object, &["/last_name", "/family_name"])];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let hash = text(
        object,
        &[
            "/password_hash",
            "/passwordHash",
            "/hashed_password",
            "/credentials/password/config/hashed_password",
            "/loginMethods/0/passwordHash",
        ],
    );
    Found {
        name: text(object, &["/username", "/user_name", "/traits/username"]),
        verified: in_list
            || truth(object, &["/email_verified", "/emailVerified", "/loginMethods/0/isVerified"])
                .unwrap_or(false),
        called: text(object, &["/name", "/called", "/display_name"]).unwrap_or_else(first_and_last),
        hash: hash.map(Ok).or_else(|| {
            text(object, &["/password", "/loginMethods/0/plainTextPassword"]).map(|_| Err(Bad::InTheClear))
        }),
        groups: words(object, &["/groups", "/roles", "/userRoles"]),
        disabled: truth(object, &["/disabled", "/banned", "/blocked"]).unwrap_or(false)
            || truth(object, &["/active", "/enabled"]) == Some(false)
            || text(object, &["/state"]).as_deref() == Some("inactive"),
        email,
    }
}
