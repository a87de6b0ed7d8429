//! Ways to get it wrong. Each of them is somebody's plausible design.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
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
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::FreshOnPush,
        Self::HeartbeatIsProof,
        Self::ProofWithoutRead,
        Self::LaggingRead,
        Self::StampOnArrival,
        Self::ClockOfTheSender,
        Self::ReplaceOnResync,
        Self::FreshAfterRestart,
        Self::GapIgnored,
        Self::ProofOvertakes,
        Self::SkipToTheHead,
        Self::OneLane,
        Self::DeposedPrimary,
        Self::UnknownIsGood,
        Self::OutageIsEmpty,
        Self::SleepingClock,
        Self::ReceiptIgnored,
        Self::ClockBeforeLook,
        Self::LateRead,
    ];
}
