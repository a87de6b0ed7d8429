//! Ways to get it wrong. Each of them is somebody's plausible design.

/// Lists them once.
macro_rules! mutations {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutation {
            $($(#[$doc])* $name,)*
        }

        impl Mutation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

mutations! {
    /// Facts that arrive make it fresh.
    FreshOnPush,
    /// A stream that is open makes it fresh.
    HeartbeatIsProof,
    /// A question is answered with what was read before.
    ProofWithoutRead,
    /// The read that answers is of a copy that lags behind.
    LaggingRead,
    /// Freshness counts from when the proof arrives.
    StampOnArrival,
    /// Freshness counts by the clock of the authority.
    ClockOfTheSender,
    /// A new stream begins with an empty table.
    ReplaceOnResync,
    /// After a restart it is as fresh as before, and knows nothing.
    FreshAfterRestart,
    /// A frame that is lost is not missed.
    GapIgnored,
    /// A proof may overtake the facts it is about.
    ProofOvertakes,
    /// A new stream begins at the end of the log.
    SkipToTheHead,
    /// A proof looks at one lane.
    OneLane,
    /// A primary that was deposed goes on answering.
    DeposedPrimary,
    /// What nobody can say is let in.
    UnknownIsGood,
    /// A read that failed is an empty one.
    OutageIsEmpty,
    /// The clock stands still while the process does.
    SleepingClock,
    /// A receipt is not looked at.
    ReceiptIgnored,
    /// The clock is read before the table, and the process stops in between.
    ClockBeforeLook,
    /// A read that was given up answers the questions of the next one.
    LateRead,
    /// One page of a backlog is taken for all of it.
    PageIsEverything,
    /// Denied is only what everything it depends on denies.
    AllMustDeny,
    /// A truth that has lost its end gives out the same numbers again, under its old name.
    SameNameAfterLoss,
    /// The numbers of one truth are taken for those of another.
    BeginsIgnored,
    /// What was said to a verifier counts as known to it.
    SaidIsKnown,
    /// Whoever's stream has ended is not waited for.
    GoneIsForgotten,
    /// An authority that has started does not wait for those who followed it before.
    PastIsForgotten,
    /// The lease of a verifier runs as if all clocks agreed.
    LeaseByOneClock,
    /// The lease of a verifier begins when it is answered, not when it has asked.
    LeaseFromTheProof,
    /// A verifier that bears more is waited for like the others.
    LeaseOfTheOthers,
    /// What a part ends with counts as known with all before it, though a fact that grew stands further on.
    PartIsEverything,
    /// Where a stream goes on counts as what is known.
    HelloIsKnown,
    /// A verifier says that it knows before it does.
    KnownBeforeLearnt,
}
