//! Two stores behind one front: sessions and refresh families in cells of a fast one, everything else in a durable one.
//!
//! A change that touches both is claimed in the cells first, then published in the durable store under a name, then applied. The durable
//! store decides: what it has published is done, what it has not is undone by whoever comes upon it. What it knows outweighs what a cell
//! says, so a fast store that loses its last writes brings nothing back that was ended.

mod halt;

mod intents;

mod kept;

mod front;

mod draft;

mod commit;

mod steps;

mod verbs;

mod store;

mod sessions;

mod families;

mod directory;

mod moving;

pub use moving::{MovedIn, export_sessions};
pub use store::SplitStore;
