//! Renewals per second on SQLite from 64 callers; beside the same rows written by a bare group commit.

use cloakroom_authority::token::renew::Renewal;
use cloakroom_bench::bare::{self, Bare};
use cloakroom_bench::issuing::{CLIENT, authority, begun};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, quantile, timed};
use cloakroom_crypto::signing_key::PairAlg;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_store_sqlite::Options;
use cloakroom_testkit::engine::{Failure, wait};
use parking_lot::Mutex;
use tempfile::TempDir;

const CALLERS: usize = 64;
const ROUNDS: usize = 5;

/// Runs something from many callers at once. Answers how many a second.
fn per_second(
    each: usize,
    verb: impl Fn(usize, usize) -> Result<(), Failure> + Sync,
) -> Result<f64, Failure> {
    let verb = &verb;
    let (done, time) = timed(|| {
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| scope.spawn(move || (0..each).try_for_each(|number| verb(caller, number))))
                .collect();
            callers.into_iter().try_for_each(|caller| caller.join().map_err(|_| "a caller panicked")?)
        })
    });
    done?;
    Ok((CALLERS * each) as f64 / time.as_secs_f64())
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let each = if quick { 20 } else { 100 };
    let folder = TempDir::new()?;
    let store = Options::at(folder.path().join("ours.db")).open()?.into_stores();
    let authority = authority(store, PairAlg::EdDsa)?;
    let bare = Bare::open(&folder.path().join("bare.db"), (CALLERS * each * ROUNDS) as u64)?;
    let times = Mutex::new(Vec::new());
    let mut fresh = Vec::new();
    for caller in 0..CALLERS {
        let mut own = Vec::new();
        for number in 0..each * ROUNDS {
            own.push(begun(&authority, &format!("u-{caller}-{number}"))?.refresh.expose().clone());
        }
        fresh.push(Mutex::new(own));
    }
    let origin = Origin::default();
    let (ours, theirs) = in_turn::<Failure>(
        ROUNDS,
        || {
            per_second(each, |caller, _| {
                let token = fresh.get(caller).ok_or("no caller")?.lock().pop().ok_or("no token")?;
                let renewal = Renewal {
                    token: &token,
                    client: CLIENT,
                    policy: RefreshPolicy::Strict,
                    proven: None,
                    origin: &origin,
                };
                let (done, time) = timed(|| wait(authority.renew(&renewal)));
                done?;
                times.lock().push(time.as_secs_f64() * 1e6);
                Ok(())
            })
        },
        || per_second(each, |_, _| bare.write(bare::RENEW)),
    )?;
    let mut times = times.into_inner();
    report.row(&Row {
        name: "renewals, SQLite, 64 callers".to_owned(),
        baseline: "the same rows by a bare group commit, synchronous=FULL",
        value: ours,
        unit: "/s",
        ratio: Some(ours / theirs),
        p50_us: Some(quantile(&mut times, 0.5)),
        p99_us: Some(quantile(&mut times, 0.99)),
        note: format!("baseline {theirs:.0}/s; one family row, one event, durable"),
        ..Row::default()
    })
}
