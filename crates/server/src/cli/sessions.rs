//! `cloakroom session list` and `revoke`, of more than one person.

use super::args::{Revoke, Which};
use super::commands::{Hand, give_one, with_hand};
use super::out::{Failure, say, tell};
use crate::control::{Filter, Order};
use serde_json::{Value, json};
use std::path::Path;

/// So many are ended at once.
const AT_ONCE: usize = 100;

pub(super) fn run(config: &Path, revoke: Revoke, json: bool) -> Result<(), Failure> {
    let Revoke { which, dry_run, expect } = revoke;
    match which {
        Which { all_of, .. } if !all_of.is_empty() => end_all_of(config, &all_of, dry_run, expect, json),
        _ if dry_run || expect.is_some() => {
            Err(Failure::failed("--dry-run and --expect go with --where; `session list` shows somebody's"))
        }
        Which { session: Some(session), .. } => give_one(config, &Order::EndSession { session }, json),
        Which { user, .. } => give_one(config, &Order::EndSessions { who: user.unwrap_or_default() }, json),
    }
}

fn line(session: &Value) -> String {
    let fields = ["id", "user", "host", "device", "address"];
    fields.map(|name| session.get(name).and_then(Value::as_str).unwrap_or_default()).join("  ")
}

/// All sessions for which this holds.
async fn all_of_whom(hand: &Hand, all_of: &[Filter]) -> Result<Vec<Value>, Failure> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let order = Order::FilterSessions { after: after.take(), all_of: all_of.to_vec() };
        let mut page = hand.give(&order).await?;
        if let Some(Value::Array(sessions)) = page.get_mut("sessions").map(Value::take) {
            found.extend(sessions);
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(found),
        }
    }
}

/// Where everybody is signed in.
pub(super) fn list(config: &Path, json: bool) -> Result<(), Failure> {
    let found = with_hand(config, false, async |hand| all_of_whom(hand, &[]).await)?;
    match json {
        true => say(&json!({ "sessions": found, "count": found.len() }).to_string()),
        false => found.iter().for_each(|session| say(&line(session))),
    }
    Ok(())
}

fn end_all_of(
    config: &Path,
    all_of: &[Filter],
    dry_run: bool,
    expect: Option<usize>,
    json: bool,
) -> Result<(), Failure> {
    let (found, ended) = with_hand(config, false, async |hand| {
        let found = all_of_whom(hand, all_of).await?;
        if let Some(expect) = expect.filter(|expect| *expect != found.len()) {
            return Err(Failure::failed(format!(
                "{} sessions are meant, not {expect}: nothing was ended",
                found.len()
            )));
        }
        let mut ended = 0;
        let ids: Vec<String> =
            found.iter().filter_map(|session| session.get("id")?.as_str().map(str::to_owned)).collect();
        for some in ids.chunks(AT_ONCE).filter(|_| !dry_run) {
            let done = hand.give(&Order::EndThese { sessions: some.to_vec() }).await?;
            ended += done.get("ended").and_then(Value::as_u64).unwrap_or_default();
        }
        Ok((found, ended))
    })?;
    if json {
        say(&json!({ "sessions": found, "count": found.len(), "ended": ended }).to_string());
        return Ok(());
    }
    found.iter().for_each(|session| say(&line(session)));
    tell(&match dry_run {
        true => format!("{} sessions would end; nothing was changed", found.len()),
        false => format!("sessions ended: {ended}"),
    });
    Ok(())
}
