//! What a token may be used for, and where.

use super::text::Malformed;
use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

/// RFC 6749, section 3.3: visible ASCII without quote and backslash.
fn is_scope(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

macro_rules! short_texts {
    ($($(#[$doc:meta])* $name:ident = $at_most:literal $is:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let fits = (1..=$at_most).contains(&text.len()) && text.bytes().all($is);
                if fits { Ok(Self(text.into())) } else { Err(Malformed) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )+};
}

short_texts! {
    /// One thing that a token allows: `notes:read`.
    Scope = 64 is_scope;
    /// Whom a token is meant for, as that service calls itself: `https://api.example`.
    Audience = 256 is_scope;
    /// Who issues tokens: `https://login.example`.
    Issuer = 256 is_scope;
}

#[cfg(test)]
mod tests;
