//! The verbs of sessions: load, decide, commit.

mod check;

mod load;

mod data;

mod sign_in;

mod rotate;

mod raise;

mod close;

pub use check::{Checked, Presented};
pub use data::Written;
pub(crate) use load::{Own, TRIES};
pub use sign_in::{SignIn, SignedIn};
