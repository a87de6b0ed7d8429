//! Two servers on one store: how long after a revocation was acknowledged by one the other refuses.

use crate::Size;
use crate::world::World;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{micros, quantile, timed};
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why;
use cloakroom_testkit::engine::{Failure, wait};

pub(crate) fn measure(size: Size, world: &World, report: &mut Report) -> Result<(), Failure> {
    let Some(other) = &world.other else { return Ok(()) };
    let rounds = if size.quick { 20 } else { 200 };
    let by = By { actor: Actor::System, origin: Origin::default() };
    let (mut until, subject) = (Vec::new(), "anna-elsewhere".parse().map_err(|_| "no subject")?);
    for _ in 0..rounds {
        let signed_in = wait(world.engine.sign_in(&subject))?;
        wait(other.authority.check(&other.presented(&signed_in.ticket)))?;
        wait(world.engine.authority.end(signed_in.session.id, Why::SignOut, &by))?;
        let (_, time) =
            timed(|| while wait(other.authority.check(&other.presented(&signed_in.ticket))).is_ok() {});
        until.push(micros(time));
    }
    report.row(&Row {
        name: format!("{}: revoked here, refused there", world.name),
        baseline: "acknowledged",
        value: quantile(&mut until, 0.99) / 1_000.0,
        unit: "ms, p99",
        p50_us: Some(quantile(&mut until, 0.5)),
        p99_us: Some(quantile(&mut until, 0.99)),
        note: format!("two servers, {rounds} revocations; one looks every 20 ms"),
        ..Row::default()
    })
}
