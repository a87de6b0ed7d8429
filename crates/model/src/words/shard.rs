//! The 12 bits by which a clustered store keeps one user's records together.

/// A shard: 0 to 4095. Derived from the subject under a key, random while nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u16);

impl Shard {
    /// How many shards there are.
    pub const COUNT: u16 = 1 << 12;

    /// The shard of two bytes: their lowest 12 bits.
    #[must_use]
    pub const fn of(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes) % Self::COUNT)
    }

    /// The shard of two bytes that must be one already.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 2]) -> Option<Self> {
        let value = u16::from_be_bytes(bytes);
        if value < Self::COUNT { Some(Self(value)) } else { None }
    }

    /// The shard as two bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

#[cfg(test)]
mod tests;
