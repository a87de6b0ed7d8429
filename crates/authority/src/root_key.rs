//! Where the root keys come from. They are never in the store: whoever has only one of the two has nothing.

use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::Entropy;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// No root keys.
#[derive(thiserror::Error)]
pub enum RootKeyError {
    /// The file cannot be read or made.
    #[error("CK3004: the root key file {path} cannot be used: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can read it.
    #[error("CK3005: the root key file {0} can be read by others\nhint: chmod 600 {0}")]
    Open(PathBuf),
    /// It is no key ring.
    #[error(
        "CK3006: this is no root key\nhint: let the first start make one: it is long, and drawn by the system's generator"
    )]
    Malformed,
    /// The system cannot make secrets.
    #[error("CK3002: the system has no randomness, or its cryptography fails")]
    NoSecrets,
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for RootKeyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// The system's randomness.
pub fn system_entropy() -> Result<Arc<dyn Entropy>, RootKeyError> {
    Ok(Arc::new(SystemEntropy::open().map_err(|_| RootKeyError::NoSecrets)?))
}

/// A new ring for a store that forgets everything anyway.
pub fn drawn(entropy: &dyn Entropy) -> Result<KeyRing, RootKeyError> {
    KeyRing::draw(entropy).map_err(|_| RootKeyError::NoSecrets)
}

/// A ring from text, as an environment variable or a secret manager has it.
pub fn from_text(text: &str) -> Result<KeyRing, RootKeyError> {
    KeyRing::from_text(text.trim()).map_err(|_| RootKeyError::Malformed)
}

/// The ring of a file that only its owner can read. One is made where there is none: written beside, synced, and put
/// in place only if nobody was faster.
pub fn of_file(path: &Path, entropy: &dyn Entropy) -> Result<KeyRing, RootKeyError> {
    if !fs::exists(path).map_err(failed(path))? {
        let new = written_beside(path, &drawn(entropy)?, entropy)?;
        match fs::hard_link(&new, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(path)(error)),
            _ => fs::remove_file(&new).map_err(failed(path))?,
        }
        sync_folder_of(path)?;
    }
    if fs::metadata(path).map_err(failed(path))?.mode() & 0o077 != 0 {
        return Err(RootKeyError::Open(path.to_owned()));
    }
    from_text(&fs::read_to_string(path).map_err(failed(path))?)
}

/// Adds a key to the file, in one step: either the old ring is there or the new one. From the next start on it makes new
/// things; what the earlier keys made stays good. Answers its number. One at a time: of two that are added at once one is lost.
pub fn add_to_file(path: &Path, entropy: &dyn Entropy) -> Result<u16, RootKeyError> {
    // Not made where there is none: a mistyped name would be a new key for nothing. Behind a link it is the file itself.
    let path = &fs::canonicalize(path).map_err(failed(path))?;
    let ring = of_file(path, entropy)?.rotated(entropy).map_err(|_| RootKeyError::NoSecrets)?;
    let new = written_beside(path, &ring, entropy)?;
    if let Err(error) = fs::rename(&new, path) {
        let _left_behind = fs::remove_file(&new);
        return Err(failed(path)(error));
    }
    sync_folder_of(path)?;
    Ok(ring.active())
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> RootKeyError + use<> {
    let path = path.to_owned();
    |source| RootKeyError::File { path, source }
}

fn written_beside(path: &Path, ring: &KeyRing, entropy: &dyn Entropy) -> Result<PathBuf, RootKeyError> {
    let mut suffix = [0u8; 8];
    entropy.fill(&mut suffix).map_err(|_| RootKeyError::NoSecrets)?;
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".new-{:016x}", u64::from_be_bytes(suffix)));
    let new = PathBuf::from(new);
    let mut file =
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new).map_err(failed(path))?;
    let text = ring.to_text();
    if let Err(error) = file.write_all(text.expose().as_bytes()).and_then(|()| file.sync_all()) {
        let _left_behind = fs::remove_file(&new);
        return Err(failed(path)(error));
    }
    Ok(new)
}

fn sync_folder_of(path: &Path) -> Result<(), RootKeyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(failed(path))
}

#[cfg(test)]
mod tests;
