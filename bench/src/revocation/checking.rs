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

/// For each check, the median of several rounds in which the guards take turns. Before each round something happens.
fn rounds(
    guards: &[Guard],
    tokens: &[String],
    mut before: impl FnMut(&Guard, usize),
) -> Result<Vec<f64>, Failure> {
    let mut times = vec![Vec::new(); guards.len()];
    for round in 0..ROUNDS {
        for (guard, times) in guards.iter().zip(&mut times) {
            before(guard, round);
            guard.proven(SystemClock.since_boot());
            let (done, time) = timed(|| check(guard, tokens));
            done?;
            times.push(micros(time) / tokens.len() as f64);
        }
    }
    Ok(times.iter_mut().map(|times| median(times)).collect())
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (many, most) = if quick { (2_000, 100_000) } else { (40_000, 1_000_000) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tokens, keys) = runtime.block_on(async {
        let served = Served::begin(false).await?;
        let keys = served.cloakroom.site().authority().jwks()?;
        Ok::<_, Failure>((served.tokens(many).await?, keys))
    })?;
    let counts = [0, 10_000, most];
    let guards = counts.map(|count| guard_with(&keys, count));
    let guards = guards.into_iter().collect::<Result<Vec<_>, _>>()?;
    for guard in &guards {
        guard.proven(SystemClock.since_boot());
        check(guard, &tokens)?;
    }
    let few = tokens.get(..1_000).ok_or("too few tokens")?;
    let one_more =
        |guard: &Guard, round| guard.learn(&facts(most + round, most + round + 1).collect::<Vec<_>>());
    let kinds = [
        ("hot", "1000 tokens in turn, no news since", rounds(&guards, few, |_, _| ())?),
        ("after news", "1000 tokens in turn, the table asked for each", rounds(&guards, few, one_more)?),
        ("cold", "all tokens in turn, the table asked for each", rounds(&guards, &tokens, one_more)?),
    ];
    for (kind, note, values) in kinds {
        for (count, value) in counts.iter().zip(&values) {
            report.row(&Row {
                name: format!("a check beside {count} facts, {kind}"),
                baseline: "the same beside none",
                value: *value,
                unit: "us",
                ratio: values.first().map(|none| value / none),
                note: note.to_owned(),
                ..Row::default()
            })?;
        }
    }
    Ok(())
}

fn guard_with(keys: &str, count: usize) -> Result<Guard, Failure> {
    let word = |_| "a word that is none";
    let policy = TokenPolicy::of(ISSUER.parse().map_err(word)?, ISSUER.parse().map_err(word)?);
    let guard = Guard::draw(policy, Arc::new(SystemClock), &SystemEntropy::open()?)?;
    guard.believe(keys).map_err(|_| "no keys")?;
    guard.learn(&facts(0, count).collect::<Vec<_>>());
    Ok(guard)
}
