//! What is drawn: ids and tickets, from the time and from randomness that is passed in.

use crate::ports::{Entropy, NoEntropy};
use crate::words::id::{ClientId, FamilyId, KeyId, ServiceId, SessionId, UserId};
use crate::words::link::Link;
use crate::words::secret::Secret;
use crate::words::shard::Shard;
use crate::words::ticket::Ticket;
use crate::words::time::Time;

/// A version 7 UUID: when, and 74 random bits.
fn uuid_v7(now: Time, entropy: &dyn Entropy) -> Result<[u8; 16], NoEntropy> {
    let mut random = [0u8; 10];
    entropy.fill(&mut random)?;
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes())
}

macro_rules! drawn_ids {
    ($($name:ident)+) => {$(
        impl $name {
            /// A new id: its time is `now`, its rest is random. It grants nothing.
            pub fn draw(now: Time, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
                uuid_v7(now, entropy).map(Self::from_bytes)
            }
        }
    )+};
}

drawn_ids! { SessionId UserId ClientId FamilyId KeyId ServiceId }

impl Ticket {
    /// A new ticket. Without entropy there is none.
    pub fn draw(shard: Shard, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut bytes = [0u8; 32];
        let (head, rest) = bytes.split_at_mut(2);
        head.copy_from_slice(&shard.to_bytes());
        entropy.fill(rest)?;
        Ok(Self::of(Secret::new(bytes)))
    }

    /// A ticket of a random shard, for somebody who is not signed in.
    pub fn draw_anonymous(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut bytes = [0u8; 2];
        entropy.fill(&mut bytes)?;
        Self::draw(Shard::of(bytes), entropy)
    }
}

impl Link {
    /// A new link.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes)?;
        Ok(Self::of(Secret::new(bytes)))
    }
}

#[cfg(test)]
mod tests;
