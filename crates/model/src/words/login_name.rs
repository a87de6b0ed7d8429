//! What somebody signs in with: an address or a name. Two that people would take for one are one.

use super::host::Host;
use super::text::Malformed;
use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

/// The longest address that can be delivered to (RFC 5321, section 4.5.3.1).
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LOCAL: usize = 64;
const LONGEST_NAME: usize = 64;

/// An address for mail, or a name without one. It is written as it was typed and compared without regard to case.
#[derive(Clone)]
pub struct LoginName {
    text: Arc<str>,
    key: Arc<str>,
    is_email: bool,
}

impl LoginName {
    /// The name as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is compared by. An address is never the same as a name: only one of them has an `@`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether mail can be sent to it.
    #[must_use]
    pub const fn is_email(&self) -> bool {
        self.is_email
    }

    /// An address, and nothing else.
    pub fn email(text: &str) -> Result<Self, Malformed> {
        text.parse().and_then(|name: Self| if name.is_email { Ok(name) } else { Err(Malformed) })
    }
}

/// One unquoted local part (RFC 5322, section 3.2.3): dots stand between atoms.
fn is_local(text: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    (1..=LONGEST_LOCAL).contains(&text.len())
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

/// A domain that mail can be sent to, or a name of this machine's own.
fn is_domain(text: &str) -> bool {
    !text.contains([':', '[', '_']) && text.to_ascii_lowercase().parse::<Host>().is_ok()
}

fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(inner)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

impl FromStr for LoginName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let is_email = match text.rsplit_once('@') {
            Some((local, domain))
                if text.len() <= LONGEST_ADDRESS && is_local(local) && is_domain(domain) =>
            {
                true
            }
            None if is_name(text) => false,
            _ => return Err(Malformed),
        };
        Ok(Self { text: text.into(), key: text.to_ascii_lowercase().into(), is_email })
    }
}

impl PartialEq for LoginName {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for LoginName {}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests;
