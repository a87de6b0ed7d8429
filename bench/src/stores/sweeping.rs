//! What has run out is taken away by one who sweeps, step by step.

use crate::Size;
use crate::world::{CALLERS, ROUNDS, World, per_second};
use cloakroom_bench::bare::CLOSE;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, timed};
use cloakroom_model::records::session::Row as Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::{Digest, LookUp};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Span;
use cloakroom_store::sessions::{Open, Opened};
use cloakroom_testkit::engine::{Failure, wait};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One like another that runs out at once.
fn short(like: &Session, number: u64) -> Session {
    let digest = Digest::of(&[b"swept", &number.to_be_bytes()]).0;
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
    let mut session = like.session.clone();
    session.id = SessionId::from_bytes(id);
    session.subject = format!("swept-{number}").parse().ok();
    session.idle = Span::millis(1);
    Session { look_up: LookUp(digest), kid: like.kid, session }
}

pub(crate) fn measure(size: Size, world: &World, report: &mut Report) -> Result<(), Failure> {
    let each = if size.quick { 4 } else { 20 };
    let (stores, made) = (&world.engine.stores, AtomicU64::new(0));
    let anna = wait(world.engine.sign_in(&"swept".parse().map_err(|_| "no subject")?))?;
    let like = wait(stores.sessions.find(anna.session.id))?.ok_or("nobody")?.row;
    let count = (CALLERS * each) as usize;
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            per_second(each, |_| {
                let row = short(&like, made.fetch_add(1, Relaxed));
                let open = Open { row, at_most: None, closing: Vec::new(), family: None };
                match wait(stores.sessions.open(open, &Trail::none()))? {
                    Opened::Done(..) => Ok(()),
                    other => Err(format!("{other:?}").into()),
                }
            })?;
            let (swept, time) = timed(|| {
                let mut swept = 0;
                while swept < count {
                    swept += wait(world.engine.authority.sweep())?;
                }
                Ok::<_, Failure>(swept)
            });
            Ok(swept? as f64 / time.as_secs_f64())
        },
        || {
            let (done, time) = timed(|| (0..count).try_for_each(|_| world.raw.write(CLOSE)));
            done.map(|()| count as f64 / time.as_secs_f64())
        },
    )?;
    report.row(&Row {
        name: format!("{}: sweep, one caller", world.name),
        baseline: world.baseline,
        value: speeds.0,
        unit: "/s",
        ratio: Some(speeds.0 / speeds.1),
        note: format!("baseline {:.0}/s, one after the other; a session, a fact, an event", speeds.1),
        ..Row::default()
    })
}
