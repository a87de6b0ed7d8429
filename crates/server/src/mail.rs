//! Letters: written in the reader's language, and handed to whoever sends them.

mod write;

mod send;

mod post;

pub(crate) use post::post;
pub(crate) use send::{Catcher, Smtp, Way};
pub(crate) use write::Written;
