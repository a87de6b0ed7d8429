//! Commands for a server that runs: over a socket that only its own user can open. Where none runs, the same is done on the store directly.

mod head;

mod filter;

mod order;

mod obey;

mod socket;

pub(crate) use filter::Filter;
pub(crate) use head::Head;
pub(crate) use obey::obey;
pub(crate) use order::{Answer, Order};
pub(crate) use socket::{NoServer, ask, is_there, listen};
