//! Passwords that other services have lost, and that attackers try everywhere.

use crate::denied::Denied;
use async_trait::async_trait;
use core::fmt::Debug;

/// A list of them.
#[async_trait]
pub trait Breaches: Debug + Send + Sync {
    /// Whether the password of a SHA-1 digest is in the list. One that cannot be read says nothing.
    async fn knows(&self, sha1: [u8; 20]) -> Result<bool, Denied>;
}
