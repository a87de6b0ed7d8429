//! What facts weigh: in the table of a verifier, beside a map of the standard library with the same; and on the wire.

use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, resident_kb, timed};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::FamilyId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::feed::said::{Part, Told};
use cloakroom_testkit::engine::Failure;
use cloakroom_verifier::feed::frame::{FromAuthority, MOST_FACTS};
use cloakroom_verifier::table::Table;
use std::collections::HashMap;
use std::process::Command;

const ROUNDS: usize = 5;

/// The end of the token of somebody, in an hour.
pub(crate) fn facts(from: usize, to: usize) -> impl Iterator<Item = KeptFact> {
    (from..to).map(|number| {
        let mut id = [0; 16];
        for (place, byte) in id.iter_mut().zip((number as u64).to_be_bytes()) {
            *place = byte;
        }
        let fact = Fact::revoke(FactKey::Family(FamilyId::from_bytes(id)));
        KeptFact { fact, until: Time::from_millis(4_000_000_000_000 + number as i64) }
    })
}

/// In a process of its own: what it holds more than before, in KiB, and how long that took in microseconds.
pub(crate) fn weigh(what: &str, count: usize) -> Result<(), Failure> {
    let before = resident_kb();
    let (mut map, table) = (HashMap::new(), Table::draw(&SystemEntropy::open()?)?);
    let ((), time) = timed(|| match what {
        "map" => map.extend(facts(0, count).map(|kept| (kept.fact.key, (kept.fact.at_least, kept.until)))),
        _ => (0..count).step_by(MOST_FACTS).for_each(|page| {
            table.learn(&facts(page, count.min(page + MOST_FACTS)).collect::<Vec<_>>());
        }),
    });
    super::child::say(&format!("{} {}", resident_kb().saturating_sub(before), time.as_micros()))
}

fn weighed(what: &str, count: usize) -> Result<(f64, f64), Failure> {
    let (mut kb, mut micros) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let output =
            Command::new(std::env::current_exe()?).args(["weigh", what, &count.to_string()]).output()?;
        let text = String::from_utf8(output.stdout)?;
        let (held, took) = text.trim().split_once(' ').ok_or("no figures")?;
        kb.push(held.parse()?);
        micros.push(took.parse()?);
    }
    Ok((median(&mut kb), median(&mut micros)))
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let counts: &[usize] = if quick { &[10_000, 100_000] } else { &[10_000, 1_000_000] };
    for &count in counts {
        let ((ours, took), (map, _)) = (weighed("table", count)?, weighed("map", count)?);
        report.row(&Row {
            name: format!("{count} facts in a verifier"),
            baseline: "a HashMap of the same",
            value: ours * 1_024.0 / count as f64,
            unit: "B each",
            ratio: Some(ours / map),
            note: format!("{:.1} MB in all; taken in at {:.0}/s", ours / 1_024.0, count as f64 / took * 1e6),
            ..Row::default()
        })?;
    }
    let part =
        Part { lane: LaneId(0), after: 0, upto: MOST_FACTS as u64, facts: facts(0, MOST_FACTS).collect() };
    let frame = FromAuthority::Told(Told::Facts(part)).to_bytes();
    report.row(&Row {
        name: "a fact on the wire".to_owned(),
        value: frame.len() as f64 / MOST_FACTS as f64,
        unit: "B",
        note: "the end of a family, in a page of its like".to_owned(),
        ..Row::default()
    })
}
