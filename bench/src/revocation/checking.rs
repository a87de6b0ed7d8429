//! A check of a token that was seen, beside none, ten thousand and a million facts.

use super::authority::{ISSUER, Served};
use super::weight::facts;
use cloakroom::{Checked, MaxStaleness, Verdict};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, micros, timed};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_testkit::engine::Failure;
use cloakroom_verifier::guard::Guard;
use std::sync::Arc;

const ROUNDS: usize = 7;

fn check(guard: &Guard, tokens: &[String]) -> Result<(), Failure> {
    tokens.iter().try_for_each(|token| match guard.check(token, MaxStaleness::standard(), None) {
        Checked::Known(Verdict::Valid(_)) => Ok(()),
        other => Err(format!("not good: {other:?}").into()),
    })
}

/// For each check, the median of several rounds. Before each round something happens.
fn rounds(guard: &Guard, tokens: &[String], mut before: impl FnMut(usize)) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        before(round);
        guard.proven(SystemClock.since_boot());
        let (done, time) = timed(|| check(guard, tokens));
        done?;
        times.push(micros(time) / tokens.len() as f64);
    }
    Ok(median(&mut times))
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (many, most) = if quick { (2_000, 100_000) } else { (40_000, 1_000_000) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tokens, keys) = runtime.block_on(async {
        let served = Served::begin(false).await?;
        let keys = served.cloakroom.site().authority().jwks()?;
        Ok::<_, Failure>((served.tokens(many).await?, keys))
    })?;
    let word = |_| "a word that is none";
    let policy = TokenPolicy::of(ISSUER.parse().map_err(word)?, ISSUER.parse().map_err(word)?);
    let guard = Guard::draw(policy, Arc::new(SystemClock), &SystemEntropy::open()?)?;
    guard.believe(&keys).map_err(|_| "no keys")?;
    let few = tokens.get(..1_000).ok_or("too few tokens")?;
    let (mut known, mut none) = (0, [0.0; 3]);
    for count in [0, 10_000, most] {
        guard.learn(&facts(known, count).collect::<Vec<_>>());
        known = count;
        guard.proven(SystemClock.since_boot());
        check(&guard, &tokens)?;
        let one_more =
            |round| guard.learn(&facts(most + count + round, most + count + round + 1).collect::<Vec<_>>());
        let measured = [
            rounds(&guard, few, |_| ())?,
            rounds(&guard, few, one_more)?,
            rounds(&guard, &tokens, one_more)?,
        ];
        if count == 0 {
            none = measured;
        }
        let kinds = [
            ("hot", format!("{} tokens in turn, no news since", few.len())),
            ("after news", format!("{} tokens in turn, the table asked for each", few.len())),
            ("cold", format!("{many} tokens in turn, the table asked for each")),
        ];
        for (((kind, note), value), none) in kinds.into_iter().zip(measured).zip(none) {
            report.row(&Row {
                name: format!("a check beside {count} facts, {kind}"),
                baseline: "the same beside none",
                value,
                unit: "us",
                ratio: Some(value / none),
                note,
                ..Row::default()
            })?;
        }
    }
    Ok(())
}
