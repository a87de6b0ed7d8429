//! What has no place in a token: its payload is readable by everybody who holds it, and by every log it passes.

use cloakroom_crypto::json::{Object, Value};
use cloakroom_model::words::prefix::SecretKind;

/// Words that name a secret when they stand in the name of a claim.
const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "credential",
    "authorization",
    "cookie",
    "pin",
    "otp",
    "cvv",
];

/// The first claim that looks as if it held a secret, by its name or by what stands in it.
#[must_use]
pub fn first(claims: &Object) -> Option<&str> {
    claims
        .iter()
        .find(|(name, value)| (is_secret_name(name) && may_be_secret(value)) || holds_secret(value))
        .map(|(name, _)| name.as_str())
}

/// That there is a password is no password.
const fn may_be_secret(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(_))
}

/// `apiKey`, `api_key` and `API-KEY` are one name; `pin` must stand alone, or `shipping` would be one.
fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    NAMES.iter().any(|word| if word.len() <= 3 { plain == *word } else { plain.contains(word) })
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => is_secret_text(text),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Object(members) => first(members).is_some(),
        _ => false,
    }
}

/// One of ours, a private key, another token, or what well-known services begin their keys with.
fn is_secret_text(text: &str) -> bool {
    const BEGINNINGS: [&str; 10] =
        ["-----BEGIN", "eyJ", "sk_live_", "sk-", "ghp_", "gho_", "github_pat_", "xoxb-", "AKIA", "$argon2"];
    SecretKind::of(text).is_some() || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

#[cfg(test)]
mod tests;
