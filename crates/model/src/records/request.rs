//! What somebody has begun and not finished: a link in a mail, a browser on its way to another host.

use super::account::PasswordHash;
use super::session::{Assurance, Generations};
use crate::words::digest::LookUp;
use crate::words::host::Host;
use crate::words::id::{SessionId, UserId};
use crate::words::login_name::LoginName;
use crate::words::subject::Group;
use crate::words::time::Time;

/// Which browser began it: a keyed digest of a cookie of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browser(pub [u8; 32]);

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Somebody wants an account. It does not exist before they have shown that the address is theirs.
    SignUp {
        /// The address.
        email: LoginName,
        /// What they want to be called.
        called: String,
        /// The password they chose in the browser that began it.
        password: PasswordHash,
    },
    /// Somebody was asked to join.
    Invitation {
        /// The address.
        email: LoginName,
        /// What they will be in.
        groups: Vec<Group>,
    },
    /// A forgotten password.
    Recovery {
        /// The address it was sent to.
        email: LoginName,
    },
    /// Somebody shows that the address they have is theirs.
    Verification {
        /// The address.
        email: LoginName,
    },
    /// Another address.
    EmailChange {
        /// The new one.
        to: LoginName,
        /// The session that asked. It must be alive still.
        session: SessionId,
    },
    /// The old address says that the change was not meant.
    EmailUndo {
        /// Whose. Not as the request's own user: it must outlive everything that a thief of the account can do.
        user: UserId,
        /// The address that comes back.
        back_to: LoginName,
        /// The version of the account that the change made. Undoing it undoes what came after it too.
        version: u64,
    },
    /// A browser on its way from the place where one signs in to an app.
    HandOff {
        /// The app.
        host: Host,
        /// The SHA-256 of what the browser holds at the app.
        challenge: [u8; 32],
        /// The session it comes from.
        session: SessionId,
        /// How they proved who they are.
        assurance: Assurance,
    },
    /// The operator's way in.
    AdminLink,
}

/// Something begun. Whoever presents its secret may go on; the secret itself is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The digest of its secret.
    pub look_up: LookUp,
    /// The root key under which that is digested.
    pub kid: u16,
    /// Whose it is. It ends with everything else of theirs.
    pub user: Option<UserId>,
    /// The counters it depends on.
    pub generations: Generations,
    /// The browser that began it. Another one must say the code that this one was shown.
    pub browser: Option<Browser>,
    /// A keyed digest of that code.
    pub code: Option<[u8; 32]>,
    /// What it is.
    pub about: About,
    /// When it began.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
}
