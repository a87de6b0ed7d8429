//! The machines of the feed in a world where everything goes wrong that may: clocks that run fast and slow, links that hold everything back
//! and let it go together, streams that break, processes that stop and start, stores that do not answer or lose their end. A checker looks at
//! every verdict; and each rule of the machines can be broken on purpose, which the checker must notice, or the world is too kind.

pub mod mutation;

mod weather;

pub mod truth;

mod verifier;

mod checker;

mod event;

pub mod world;
