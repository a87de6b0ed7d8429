//! Refresh tokens: each is renewed once, and its family goes on.

use crate::Size;
use crate::world::{CALLERS, ROUNDS, World};
use crate::writing::beside;
use cloakroom_authority::token::renew::Renewal;
use cloakroom_bench::bare::RENEW;
use cloakroom_bench::issuing::{CLIENT, authority, begun};
use cloakroom_bench::report::Report;
use cloakroom_crypto::signing_key::PairAlg;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_testkit::engine::{Failure, wait};
use parking_lot::Mutex;

pub(crate) fn measure(size: Size, world: &World, report: &mut Report) -> Result<(), Failure> {
    let each = if size.quick { 4 } else { 20 };
    let authority = authority(world.engine.stores.clone(), PairAlg::EdDsa)?;
    let one = |number| Ok::<_, Failure>(begun(&authority, &format!("r-{number}"))?.refresh.expose().clone());
    let fresh = (0..CALLERS * each * ROUNDS as u64).map(one).collect::<Result<Vec<String>, _>>()?;
    let (fresh, origin) = (Mutex::new(fresh), Origin::default());
    beside(world, report, ("refresh, 64 callers", "a family, an event"), (each, RENEW), |_| {
        let token = fresh.lock().pop().ok_or("no token")?;
        let policy = RefreshPolicy::Strict;
        wait(authority.renew(&Renewal {
            token: &token,
            client: CLIENT,
            policy,
            proven: None,
            origin: &origin,
        }))?;
        Ok(())
    })
}
