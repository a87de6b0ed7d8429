//! Whoever presents a link: what they must bring along, and whether that signs them in.

use cloakroom_model::records::request::About;

/// How the browser that presents a link stands to the one that began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the same.
    Same,
    /// No browser began it: an operator did, or the address itself is the point.
    Nobodys,
    /// Another one, which said the code that the first one was shown.
    SaidCode,
    /// Another one.
    Stranger,
}

/// What the page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The code that the other browser shows.
    pub code: bool,
    /// A new password.
    pub password: bool,
}

/// Decides what is needed.
#[must_use]
pub const fn needs(about: &About, standing: Standing) -> Needs {
    let password = matches!(about, About::Recovery { .. } | About::Invitation { .. });
    // A change that is undone is undone by whoever reads the old address.
    let is_bound = !matches!(about, About::EmailUndo { .. } | About::Invitation { .. } | About::AdminLink);
    Needs { code: is_bound && matches!(standing, Standing::Stranger), password }
}

/// Whether the browser is signed in when it is done. Never another one than began it: a link that somebody sends around must not make
/// those who follow it work in the account of whoever sent it.
#[must_use]
pub const fn signs_in(about: &About, standing: Standing) -> bool {
    match about {
        About::SignUp { .. } => matches!(standing, Standing::Same),
        About::Invitation { .. } | About::AdminLink => true,
        About::Recovery { .. }
        | About::Verification { .. }
        | About::EmailChange { .. }
        | About::EmailUndo { .. }
        | About::HandOff { .. } => false,
    }
}

#[cfg(test)]
mod tests;
