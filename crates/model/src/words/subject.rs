//! Who: the name an app gives its user, and the groups a user is in.

use super::text::Malformed;
use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

fn visible(text: &str) -> Result<Arc<str>, Malformed> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.into()) } else { Err(Malformed) }
}

macro_rules! visible_names {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                visible(text).map(Self)
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

visible_names! {
    /// The id an app gives its user: 1 to 64 visible ASCII characters. Never a secret.
    SubjectId;
    /// A group or role: 1 to 64 visible ASCII characters.
    Group;
    /// How somebody proved who they are (`pwd`, `otp`, `hwk`, … of RFC 8176, or `app:<client>`).
    Method;
}

#[cfg(test)]
mod tests;
