//! Extractors: what a handler asks for in its arguments.

mod guarded;

mod rejection;

mod session;

mod authenticated;

mod csrf;

mod bearer;

#[cfg(feature = "stream")]
mod verified;

pub use authenticated::{Account, AnyAge, Authenticated, Fresh, Freshness, FromSubject, Requires, Role};
pub use bearer::{AnyScope, Asks, Bearer};
pub use csrf::{CspNonce, CsrfToken, CsrfVerified};
pub use guarded::{Guarded, IsGuarded};
pub use rejection::Rejection;
pub use session::{Flash, Key, Session};
#[cfg(feature = "stream")]
pub use verified::Verified;
