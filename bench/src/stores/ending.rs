//! Sign-outs.

use crate::Size;
use crate::world::World;
use crate::writing::beside;
use cloakroom_authority::session::SignedIn;
use cloakroom_bench::bare::CLOSE;
use cloakroom_bench::report::Report;
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why;
use cloakroom_testkit::engine::{Failure, wait};
use parking_lot::Mutex;

pub(crate) fn measure(
    size: Size,
    world: &World,
    known: Vec<SignedIn>,
    report: &mut Report,
) -> Result<(), Failure> {
    let each = if size.quick { 4 } else { 40 };
    let (left, by) = (Mutex::new(known), By { actor: Actor::System, origin: Origin::default() });
    beside(world, report, ("sign-out, 64 callers", "a session, a fact, an event"), (each, CLOSE), |_| {
        let one = left.lock().pop().ok_or("nobody is left")?;
        wait(world.engine.authority.end(one.session.id, Why::SignOut, &by))?;
        Ok(())
    })
}
