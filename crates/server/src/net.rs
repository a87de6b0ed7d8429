//! Listening: connections are bounded, nobody waits for a silent one, and what is under way is finished at the end.

mod descriptors;

mod slots;

mod paced;

mod tls;

mod door;

pub(crate) use descriptors::make_room;
pub(crate) use door::{Answers, Door, Limits, Place, Stop};
pub(crate) use paced::Paced;
pub(crate) use tls::{Age, HotCertificate};
