//! Values that must not leak.

use core::fmt;
use zeroize::Zeroize;

/// A value that cannot be printed, serialised or compared with `==`, and is wiped when it is dropped.
///
/// ```compile_fail
/// # use cloakroom_model::words::secret::Secret;
/// println!("{}", Secret::new([0u8; 32]));
/// ```
/// ```compile_fail
/// # use cloakroom_model::words::secret::Secret;
/// let _ = Secret::new([0u8; 32]) == Secret::new([0u8; 32]);
/// ```
/// ```compile_fail
/// # use cloakroom_model::words::secret::Secret;
/// let secret = Secret::new([0u8; 32]);
/// let copied = secret.clone();
/// ```
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a value into keeping.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every place that calls this is a place to look at in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests;
