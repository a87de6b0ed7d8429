//! What a store promises, as a value that others can look at and the suite holds it to.

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing: it is gone with the process.
    Process,
    /// The process being killed. Whether it survives its server, that server's settings say.
    Server,
    /// The process being killed, and the machine losing power.
    Power,
}

/// Whether an acknowledged write can still be lost while the store goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// One truth: acknowledged is never lost.
    ClassA,
    /// Replicated asynchronously: the last writes can be lost at a failover.
    ClassB,
}

/// How long events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsKept {
    /// Until somebody removes them.
    All,
    /// The last so many.
    Last(usize),
}

/// A store's promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarantees {
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// Whether it can be lost otherwise.
    pub truth: Truth,
    /// How long events are kept.
    pub events: EventsKept,
    /// How many anonymous sessions there may be before the oldest make room.
    pub anonymous: Option<usize>,
    /// Whether it keeps people, what they have begun, and letters to them.
    pub people: bool,
}
