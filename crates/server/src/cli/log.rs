//! `cloakroom events export` and `verify`.

use super::commands::{give_one, with_hand};
use super::out::{Failure, say};
use crate::control::{Head, Order};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The signed ends in an export.
fn kept_in(path: &Path) -> Result<Vec<Head>, Failure> {
    let cannot = |why: String| Failure::failed(format!("{} cannot be used: {why}", path.display()));
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    let mut heads = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| cannot(error.to_string()))?;
        if line.starts_with("{\"head\":") {
            let mut line: Value = serde_json::from_str(&line).map_err(|error| cannot(error.to_string()))?;
            let head = line.get_mut("head").map(Value::take).unwrap_or_default();
            heads.push(serde_json::from_value(head).map_err(|error| cannot(error.to_string()))?);
        }
    }
    if heads.is_empty() {
        return Err(cannot("no signed end of a log is in it: it is what `events export` wrote".to_owned()));
    }
    Ok(heads)
}

/// Writes the log, then where it ends.
pub(super) fn export(config: &Path, after: Option<&Path>) -> Result<(), Failure> {
    let kept = after.map(kept_in).transpose()?.unwrap_or_default();
    with_hand(config, false, async |hand| {
        let mut answer = hand.give(&Order::EventHeads).await?;
        let heads = answer.get_mut("heads").map(Value::take).unwrap_or_default();
        let heads: Vec<Head> = serde_json::from_value(heads).map_err(Failure::failed)?;
        for head in &heads {
            let before = kept.iter().filter(|kept| kept.lane == head.lane).map(|kept| kept.seq).max();
            let mut at = before.unwrap_or(0);
            while at < head.seq {
                let page = hand.give(&Order::EventLinks { lane: head.lane, after: at }).await?;
                let links =
                    page.get("links").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let seq = |link: &Value| link.get("seq").and_then(Value::as_u64);
                for link in links.iter().filter(|link| seq(link).is_some_and(|seq| seq <= head.seq)) {
                    say(&link.to_string());
                }
                at = links.last().and_then(seq).unwrap_or(head.seq);
            }
        }
        for head in &heads {
            say(&json!({ "head": head }).to_string());
        }
        Ok(())
    })
}

/// Checks the log, also against what an export said.
pub(super) fn verify(config: &Path, checkpoint: Option<&Path>, json: bool) -> Result<(), Failure> {
    let kept = checkpoint.map(kept_in).transpose()?.unwrap_or_default();
    give_one(config, &Order::VerifyEvents { kept }, json)
}
