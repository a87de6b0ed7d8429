//! Strict text encodings: base64url without padding, and 26 characters of Crockford base32.

use data_encoding::BASE64URL_NOPAD;

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Text that is not in the one form this type accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed text")]
pub struct Malformed;

/// Base64url without padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The inverse of [`base64url`]. Padding, white space, the other alphabet and non-zero trailing bits are
/// refused, so that one value has one spelling.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Malformed> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Malformed)
}

/// [`from_base64url`] into an array: no allocation, and the length is part of the form.
pub fn array_from_base64url<const N: usize>(text: &str) -> Result<[u8; N], Malformed> {
    let mut out = [0u8; N];
    if BASE64URL_NOPAD.decode_len(text.len()) != Ok(N) {
        return Err(Malformed);
    }
    match BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut out) {
        Ok(written) if written == N => Ok(out),
        _ => Err(Malformed),
    }
}

/// 128 bits as 26 lower-case Crockford characters, most significant first.
#[must_use]
pub fn crockford(value: u128) -> String {
    let digit = |place: u32| {
        let index = (value >> (5 * place)) as usize & 31;
        char::from(CROCKFORD.get(index).copied().unwrap_or(b'0'))
    };
    (0..26).rev().map(digit).collect()
}

/// The inverse of [`crockford`]. Upper case, the look-alikes `i l o u` and overflow are refused.
pub fn from_crockford(text: &str) -> Result<u128, Malformed> {
    if text.len() != 26 || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return Err(Malformed);
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'h' => byte - b'a' + 10,
            b'j' | b'k' => byte - b'j' + 18,
            b'm' | b'n' => byte - b'm' + 20,
            b'p'..=b't' => byte - b'p' + 22,
            b'v'..=b'z' => byte - b'v' + 27,
            _ => return Err(Malformed),
        };
        Ok(value << 5 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests;
