//! A token that was seen before: the signature cache, the table, the time. And minting, whole.

use cloakroom_bench::issuing::{authority, begun};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, micros, timed};
use cloakroom_crypto::signing_key::PairAlg;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_rules::token::mint::Extra;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_testkit::engine::Failure;
use cloakroom_verifier::tokens::Verdict;
use std::sync::Arc;

const ROUNDS: usize = 7;

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let store = MemoryStore::open(Arc::new(SystemClock), Limits::default()).into_stores();
    let authority = authority(store, PairAlg::Es256)?;
    let count = if quick { 1_000 } else { 10_000 };
    let held = begun(&authority, "anna")?.held;
    let mut texts = Vec::new();
    let mut minting = Vec::new();
    for _ in 0..ROUNDS {
        texts.clear();
        let (done, time) = timed(|| {
            (0..count).try_for_each(|_| {
                texts.push(authority.mint(&held, SystemClock.now(), Extra::default())?.text.expose().clone());
                Ok::<_, Failure>(())
            })
        });
        done?;
        minting.push(count as f64 / time.as_secs_f64());
    }
    report.row(&Row {
        name: "minting, ES256".to_owned(),
        baseline: "",
        value: median(&mut minting),
        unit: "/s",
        note: "one core; claims, identifiers and life drawn for each".to_owned(),
        ..Row::default()
    })?;
    let check = |texts: &[String]| {
        texts.iter().try_for_each(|text| match authority.check_access(text)? {
            Verdict::Valid(_) => Ok::<_, Failure>(()),
            other => Err(format!("not good: {other:?}").into()),
        })
    };
    check(&texts)?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let (done, time) = timed(|| (0..10).try_for_each(|_| check(&texts)));
        done?;
        times.push(micros(time) / (10 * texts.len()) as f64);
    }
    report.row(&Row {
        name: "a token that was seen".to_owned(),
        baseline: "",
        value: median(&mut times),
        unit: "us",
        note: format!(
            "{count} tokens in turn, ES256; expiry, audience and what was taken back asked each time"
        ),
        ..Row::default()
    })
}
