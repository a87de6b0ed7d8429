//! Looking after the root key.

use crate::misuse::Misuse;
use cloakroom_authority::root_key::{add_to_file, system_entropy};
use std::path::Path;

/// Adds a new root key to its file (`app.db.key`, or where `.root_key_file(…)` says). From the next start on it digests, signs
/// and seals what is new; nobody is signed out, because the earlier keys stay. Answers its number.
pub fn rotate_root_key(file: impl AsRef<Path>) -> Result<u16, Misuse> {
    Ok(add_to_file(file.as_ref(), &*system_entropy()?)?)
}
