//! What an integrator can choose about sessions. Every choice has a safe default, and none of them can be
//! combined into something unsafe.

use super::lifetimes::Lifetimes;
use cloakroom_model::words::time::Span;
use std::collections::BTreeSet;

/// What to do when a ticket comes from another client than the one that signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BindingPolicy {
    /// Tell of it: browsers update, phones roam.
    #[default]
    Record,
    /// Ask for a fresh proof.
    StepUp,
    /// Refuse.
    Reject,
}

/// The choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicy {
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// How often a ticket is replaced.
    pub rotate_after: Span,
    /// How long a superseded ticket works on, for requests that were under way.
    pub overlap: Span,
    /// How many pending tickets one rotation hands out at most.
    pub pending_at_most: u32,
    /// How many sessions a user may have.
    pub sessions_at_most: u32,
    /// What a changed client means.
    pub binding: BindingPolicy,
    /// Which names of an anonymous session's data come along at sign-in. None of them may be read as identity.
    pub survives_sign_in: BTreeSet<String>,
    /// How many bytes of data a session may hold.
    pub data_at_most: usize,
    /// The same for one that nobody is signed in to: visitors are many.
    pub anonymous_data_at_most: usize,
    /// How long a copy in memory may be used before the truth is read again.
    pub read_again_after: Span,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            lifetimes: Lifetimes::default(),
            rotate_after: Span::hours(1),
            overlap: Span::seconds(30),
            pending_at_most: 4,
            sessions_at_most: 50,
            binding: BindingPolicy::default(),
            survives_sign_in: BTreeSet::new(),
            data_at_most: 64 * 1024,
            anonymous_data_at_most: 4 * 1024,
            read_again_after: Span::minutes(30),
        }
    }
}
