//! `manage.py dumpdata auth`: users, and the names of groups if they are in it.

use super::NoFile;
use super::lines::{objects, text, truth};
use super::row::{Found, Row, Unread};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn read(body: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    let all: Vec<Value> = match body.trim_start().starts_with('[') {
        true => serde_json::from_str(body)
            .map_err(|error| NoFile::of("Django dump", Some(error.line()), "it is no JSON list"))?,
        false => objects("Django dump", body)?.into_iter().map(|(_, object)| object).collect(),
    };
    let groups: BTreeMap<u64, String> = all
        .iter()
        .filter(|object| text(object, &["/model"]).as_deref() == Some("auth.group"))
        .filter_map(|object| Some((object.get("pk")?.as_u64()?, text(object, &["/fields/name"])?)))
        .collect();
    // allauth knows which addresses were shown to be somebody's.
    let verified: Vec<(Value, String)> = all
        .iter()
        .filter(|object| text(object, &["/model"]).as_deref() == Some("account.emailaddress"))
        .filter(|object| truth(object, &["/fields/verified"]) == Some(true))
        .filter_map(|object| {
            Some((object.pointer("/fields/user")?.clone(), text(object, &["/fields/email"])?))
        })
        .collect();
    let users = all.iter().enumerate().filter(|(_, object)| object.pointer("/fields/password").is_some());
    Ok(users.map(|(place, object)| found(object, &groups, &verified).row(place + 1)).collect())
}

fn found(object: &Value, groups: &BTreeMap<u64, String>, verified: &[(Value, String)]) -> Found {
    let email = text(object, &["/fields/email"]);
    let is_theirs = |(user, address): &(Value, String)| {
        Some(user) == object.get("pk")
            && email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(address))
    };
    let in_groups = object.pointer("/fields/groups").and_then(Value::as_array).into_iter().flatten();
    let names = [text(object, &["/fields/first_name"]), text(object, &["/fields/last_name"])];
    Found {
        verified: verified.iter().any(is_theirs),
        name: text(object, &["/fields/username"]),
        called: names.into_iter().flatten().collect::<Vec<_>>().join(" "),
        // `!` and nothing stand for no password at all.
        hash: text(object, &["/fields/password"]).filter(|hash| !hash.starts_with('!')).map(Ok),
        groups: in_groups
            .filter_map(|group| match group {
                Value::Number(number) => groups.get(&number.as_u64()?).cloned(),
                Value::Array(name) => name.first()?.as_str().map(str::to_owned),
                _ => None,
            })
            .map(|group| group.replace(' ', "-"))
            .collect(),
        disabled: truth(object, &["/fields/is_active"]) == Some(false),
        email,
    }
}
