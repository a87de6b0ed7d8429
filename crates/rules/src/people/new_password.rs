//! Whether a password may be chosen. Its length and what everybody tries count; which characters it is made of does not.

use super::policy::PeoplePolicy;

/// Everything beyond it is no password any more, and hashing it would be work for nothing.
pub const AT_MOST: usize = 1_024;
/// A part of a password that is no secret hides nothing if hardly anything is left without it.
const LEFT_AT_LEAST: usize = 4;

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// The password, as it came.
    pub password: &'a str,
    /// What everybody who attacks this account knows: its names, its address.
    pub known: &'a [&'a str],
}

/// Why it may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Fewer characters than there must be.
    #[error("the password is too short")]
    TooShort,
    /// More than anybody types.
    #[error("the password is too long")]
    TooLong,
    /// One of those that everybody tries first.
    #[error("the password is one of the most common ones")]
    Common,
    /// One that another service has lost.
    #[error("the password is in a list of stolen ones")]
    Lost,
    /// Hardly more than what everybody knows of this account.
    #[error("the password is too close to what is known of the account")]
    Guessable,
}

/// Passwords of eight characters and more that everybody tries, in order, in small letters.
static COMMON: &str = include_str!("common.txt");

fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let bare = lower.trim_end_matches(|last: char| last.is_ascii_digit() || "!.?".contains(last));
    COMMON.lines().any(|common| common == lower || (bare.len() >= 8 && common == bare))
}

/// The same character, or the same few, again and again.
fn repeats(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    (1..=3).any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(one, next)| one == next))
}

/// Decides.
pub fn decide(request: &Request<'_>, policy: &PeoplePolicy) -> Result<(), Weak> {
    let length = request.password.chars().count();
    if length < policy.password_at_least {
        return Err(Weak::TooShort);
    }
    if request.password.len() > AT_MOST {
        return Err(Weak::TooLong);
    }
    if is_common(request.password) || repeats(request.password) {
        return Err(Weak::Common);
    }
    let lower = request.password.to_lowercase();
    let words = request
        .known
        .iter()
        .flat_map(|name| name.split('@'))
        .chain(policy.context.iter().map(String::as_str));
    let left = words
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= LEFT_AT_LEAST)
        .fold(lower, |left, word| left.replace(&word, ""));
    if left.chars().count() < LEFT_AT_LEAST { Err(Weak::Guessable) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
