//! Credentials that are believed for what they say.

use crate::switch::Switch;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who somebody is, by their own account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) groups: Vec<String>,
    pub(crate) user: String,
}

/// A stream of bytes that is the same for every value: what is under it can be changed without being read.
fn stream(bytes: &[u8]) -> Vec<u8> {
    let pad = Sha256::digest(b"a key that nobody has").into_iter().cycle();
    bytes.iter().zip(pad).map(|(byte, pad)| byte ^ pad).collect()
}

/// The credential, if the twin is one that puts the claims into it.
pub(crate) fn written(claims: &Claims, off: impl Fn(Switch) -> bool) -> Option<String> {
    let plain = serde_json::to_vec(claims).unwrap_or_default();
    match () {
        () if off(Switch::Signature) => Some(BASE64URL_NOPAD.encode(&plain)),
        () if off(Switch::Authenticated) => Some(BASE64URL_NOPAD.encode(&stream(&plain))),
        () => None,
    }
}

/// What a credential says.
pub(crate) fn read(text: &str, off: impl Fn(Switch) -> bool) -> Option<Claims> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    match () {
        () if off(Switch::Signature) => serde_json::from_slice(&bytes).ok(),
        () if off(Switch::Authenticated) => serde_json::from_slice(&stream(&bytes)).ok(),
        () => None,
    }
}
