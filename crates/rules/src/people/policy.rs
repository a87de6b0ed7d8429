//! What an operator chose.

use cloakroom_model::words::time::Span;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignUp {
    /// Anybody with an address.
    Open,
    /// Who was asked to.
    Invited,
    /// Nobody: an operator makes accounts.
    Off,
}

/// The rules for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeoplePolicy {
    /// Who may make an account.
    pub sign_up: SignUp,
    /// How long a password must be, in characters.
    pub password_at_least: usize,
    /// Words that are no secret here: the name of the product, of its host.
    pub context: Vec<String>,
    /// How long a link lives.
    pub links: Span,
    /// How long an invitation lives.
    pub invitations: Span,
    /// How long a change of address can be undone.
    pub undo: Span,
    /// How long a browser that signed in is known.
    pub known_browser: Span,
    /// A failure is answered at a multiple of this, whatever was done: longer than the slowest hash in use takes.
    pub deadline: Span,
}

impl Default for PeoplePolicy {
    fn default() -> Self {
        Self {
            sign_up: SignUp::Open,
            password_at_least: 8,
            context: Vec::new(),
            links: Span::minutes(10),
            invitations: Span::days(7),
            undo: Span::days(7),
            known_browser: Span::days(400),
            deadline: Span::millis(600),
        }
    }
}
