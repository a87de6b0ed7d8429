//! A stream whose two ends have a key in common. Each knows that the other has it, and that every frame is from there, of this stream, and in
//! its place. What is said is not hidden: for that it runs inside TLS.

use crate::compare::equal;
use crate::derive::{Unavailable, hkdf};
use crate::mac::MacKey;
use crate::prf::Prf;
use cloakroom_model::words::secret::Secret;

/// How many bytes stand behind each frame.
pub const TAG: usize = 16;

fn derived(
    key: &Secret<[u8; 32]>,
    salt: &[u8],
    protocol: &str,
    name: &str,
) -> Result<Secret<[u8; 32]>, Unavailable> {
    hkdf(key, salt, &[protocol.as_bytes(), b" ", name.as_bytes()])
}

/// What a caller shows with its nonce, so that nobody else takes up the called one's time.
pub fn greeting(key: &Secret<[u8; 32]>, protocol: &str, caller: &[u8; 32]) -> Result<[u8; 32], Unavailable> {
    Ok(*derived(key, caller, protocol, "greeting")?.expose())
}

/// With what a caller keeps what it was told, from one start to the next: what its file is proven by, and how it finds a place in its table.
pub fn keepsake(key: &Secret<[u8; 32]>, protocol: &str) -> Result<(MacKey, Prf), Unavailable> {
    let of = |name: &str| derived(key, &[], protocol, name);
    Ok((MacKey::new(&of("file")?), Prf::keyed(&of("table")?)))
}

/// What both ends compute from their key and from what each has drawn for this stream.
#[derive(Debug)]
pub struct Channel {
    /// Shown by whoever was called: nobody without the key can.
    pub answer: [u8; 32],
    /// What the caller says.
    pub from_caller: Side,
    /// What the called one says.
    pub from_called: Side,
    /// Hides one key that one end tells the other.
    pub cover: Cover,
}

/// Hides 32 bytes from whoever has not the key of the stream: once, since whoever sees two under one cover knows how they differ.
#[derive(Debug)]
pub struct Cover(Secret<[u8; 32]>);

impl Cover {
    /// Covers a key, and uncovers a covered one.
    #[must_use]
    pub fn once(self, key: &[u8; 32]) -> Secret<[u8; 32]> {
        let mut out = *key;
        out.iter_mut().zip(self.0.expose()).for_each(|(byte, cover)| *byte ^= cover);
        Secret::new(out)
    }
}

impl Channel {
    /// HKDF: the salt is both nonces, the info a name for each of the four.
    pub fn new(
        key: &Secret<[u8; 32]>,
        protocol: &str,
        caller: &[u8; 32],
        called: &[u8; 32],
    ) -> Result<Self, Unavailable> {
        let salt = [&caller[..], called].concat();
        let of = |name: &str| derived(key, &salt, protocol, name);
        Ok(Self {
            answer: *of("answer")?.expose(),
            from_caller: Side::new(&of("caller")?),
            from_called: Side::new(&of("called")?),
            cover: Cover(of("cover")?),
        })
    }

    /// Whether the other end has shown what only it and we can compute. In constant time.
    #[must_use]
    pub fn is_answered_by(&self, shown: &[u8]) -> bool {
        equal(&self.answer, shown)
    }
}

/// One direction. Each frame has its number, which nobody sends.
pub struct Side {
    key: MacKey,
    count: u64,
}

impl core::fmt::Debug for Side {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Side").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Side {
    fn new(key: &Secret<[u8; 32]>) -> Self {
        Self { key: MacKey::new(key), count: 0 }
    }

    /// What stands behind the next frame: the first half of HMAC-SHA-256 over its number and its bytes.
    pub fn next(&mut self, frame: &[u8]) -> [u8; TAG] {
        let tag = self.key.half(&[&self.count.to_be_bytes(), frame]);
        self.count = self.count.wrapping_add(1);
        tag
    }

    /// Whether this is the next frame. After a no nothing more is.
    #[must_use]
    pub fn is_next(&mut self, frame: &[u8], tag: &[u8]) -> bool {
        equal(&self.next(frame), tag)
    }
}

#[cfg(test)]
mod tests;
