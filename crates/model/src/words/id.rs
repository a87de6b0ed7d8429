//! Ids that people see. Each is a UUIDv7 in 26 characters behind a prefix that says what it names; none
//! of them grants anything.

use super::text::{Malformed, crockford, from_crockford};
use core::fmt;
use core::str::FromStr;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The text before the 26 characters.
            pub const PREFIX: &'static str = $prefix;

            /// The id as stores keep it.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// The inverse of [`Self::to_bytes`].
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, crockford(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                from_crockford(text.strip_prefix($prefix).ok_or(Malformed)?).map(Self)
            }
        }
    )+};
}

ids! {
    /// A session.
    SessionId = "ses_";
    /// A user of the built-in directory.
    UserId = "usr_";
    /// A client of the authorization server.
    ClientId = "cli_";
    /// A family of refresh tokens.
    FamilyId = "fam_";
    /// A key.
    KeyId = "key_";
    /// A service.
    ServiceId = "svc_";
}

#[cfg(test)]
mod tests;
