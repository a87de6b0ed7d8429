//! Sessions that cookies carry: no store has them. The ledger remembers what was taken back, so that even these can be
//! ended before their time.

mod wrap;

mod open;

mod change;

use crate::authority::Authority;
use cloakroom_model::words::origin::WebOrigin;

pub use open::{Opened, Presented};
pub use wrap::{Names, Wrapped, Wrapping};

/// The sessions that the cookies of one origin carry.
#[derive(Debug, Clone, Copy)]
pub struct Carrier<'a> {
    authority: &'a Authority,
    wrapping: Wrapping,
    names: Names<'a>,
    origin: &'a WebOrigin,
}

impl Authority {
    /// The sessions that cookies of these names carry at this origin. What was wrapped for one opens for no other.
    #[must_use]
    pub const fn carrier<'a>(
        &'a self,
        wrapping: Wrapping,
        names: Names<'a>,
        origin: &'a WebOrigin,
    ) -> Carrier<'a> {
        Carrier { authority: self, wrapping, names, origin }
    }
}
