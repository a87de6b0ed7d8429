//! What a verifier knows, kept in a file from one start to the next: how far it has come, and the facts up to there, under one MAC. It says
//! nothing about now.

use super::call::NoStream;
use crate::feed::frame::{put_heads, take_heads};
use crate::feed::greeting::PROTOCOL;
use crate::guard::{Contents, Guard};
use crate::table::Table;
use cloakroom_crypto::channel::keepsake;
use cloakroom_crypto::derive::Unavailable;
use cloakroom_crypto::mac::MacKey;
use cloakroom_crypto::prf::Prf;
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::feed::follower::Follower;
use cloakroom_rules::feed::said::{Heads, Incarnation};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The first bytes of the file.
const LAYOUT: &[u8; 16] = b"cloakroom-kept/1";
/// A clock that is further behind is another one.
const AGREE: Span = Span::minutes(5);
/// So often it is written, if there is news.
const EVERY: Span = Span::seconds(60);

/// Where it is kept, and what makes it this verifier's.
#[derive(Debug, Clone)]
pub struct Keepsake {
    file: PathBuf,
    key: Arc<MacKey>,
    prf: Prf,
}

/// What was kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) of: Incarnation,
    pub(super) heads: Heads,
    pub(super) contents: Contents,
}

impl Kept {
    fn to_bytes(&self, key: &MacKey) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.fixed(LAYOUT).fixed(&self.of.0);
        put_heads(&mut writer, &self.heads);
        let Contents { at, facts, forgotten, keys } = &self.contents;
        writer.bytes(keys.as_bytes()).fixed(&at.millis().to_be_bytes());
        writer.fixed(&forgotten.millis().to_be_bytes());
        writer.fixed(&(facts.len() as u64).to_be_bytes());
        for (tag, number, until) in facts {
            let numbers = [*tag, *number].map(u64::to_be_bytes).concat();
            writer.fixed(&numbers).fixed(&until.millis().to_be_bytes());
        }
        let body = writer.finish();
        [&body[..], &key.half(&[&body])].concat()
    }

    fn parse(bytes: &[u8], key: &MacKey) -> Result<Self, Malformed> {
        let (body, tag) = bytes.split_last_chunk::<16>().ok_or(Malformed)?;
        if !cloakroom_crypto::compare::equal(&key.half(&[body]), tag) {
            return Err(Malformed);
        }
        let mut reader = Reader::new(body);
        if reader.fixed()? != *LAYOUT {
            return Err(Malformed);
        }
        let (of, heads) = (Incarnation(reader.fixed()?), take_heads(&mut reader)?);
        let (keys, at) = (reader.text()?.to_owned(), i64::from_be_bytes(reader.fixed()?));
        let (forgotten, count) = (i64::from_be_bytes(reader.fixed()?), u64::from_be_bytes(reader.fixed()?));
        let mut number = || reader.fixed().map(u64::from_be_bytes);
        let facts =
            (0..count).map(|_| Ok((number()?, number()?, Time::from_millis(number()?.cast_signed()))));
        let facts = facts.collect::<Result<_, Malformed>>()?;
        reader.end()?;
        let contents =
            Contents { at: Time::from_millis(at), facts, forgotten: Time::from_millis(forgotten), keys };
        Ok(Self { of, heads, contents })
    }
}

impl Keepsake {
    /// Of the verifier with this credential. No other can read it.
    pub(super) fn of(file: PathBuf, credential: &FeedCredential) -> Result<Self, Unavailable> {
        let (key, prf) = keepsake(&credential.key, PROTOCOL)?;
        Ok(Self { file, key: key.into(), prf })
    }

    /// A table that can make something of it.
    pub(super) fn table(&self) -> Table {
        Table::by(self.prf.clone())
    }

    /// What was kept; `None`: nothing yet.
    pub(super) fn read(&self, now: Time) -> Result<Option<Kept>, NoStream> {
        let no = |why| NoStream::NothingKept(self.file.clone(), why);
        match fs::read(&self.file) {
            Ok(bytes) => match Kept::parse(&bytes, &self.key) {
                // The clock was ahead when it was written. Believing it would make every token expired.
                Ok(kept) if kept.contents.forgotten > now.plus(AGREE) => {
                    Err(no("it is from a time that is still to come"))
                }
                Ok(kept) => Ok(Some(kept)),
                Err(_) => Err(no("it is damaged, or of another verifier")),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(no("it cannot be read")),
        }
    }

    /// Either the old file is there or the new one.
    fn write(&self, kept: &Kept) -> io::Result<()> {
        let mut new = self.file.as_os_str().to_owned();
        new.push(".new");
        // What was left of the last time, if it was killed then. Nothing that stands there is written into.
        if let Err(error) = fs::remove_file(&new)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file: File = options.open(&new)?;
        file.write_all(&kept.to_bytes(&self.key))?;
        file.sync_all()?;
        fs::rename(&new, &self.file)
    }
}

/// Writes it from time to time.
#[derive(Debug)]
pub(super) struct Keeping {
    keepsake: Option<Keepsake>,
    tells: fn(&NoStream),
    written: Option<(Span, Incarnation, Heads)>,
    writing: Option<JoinHandle<()>>,
}

impl Keeping {
    /// What it goes on with stands in the file already.
    pub(super) fn of(
        keepsake: Option<Keepsake>,
        tells: fn(&NoStream),
        now: Span,
        follower: &Follower,
    ) -> Self {
        let written = follower.whole().map(|(of, heads)| (now, of, heads.clone()));
        Self { keepsake, tells, written, writing: None }
    }

    /// Time has passed: it is written on a thread that may wait, if there is news and the last one is written.
    pub(super) fn looks(&mut self, guard: &Guard, follower: &Follower) {
        let (Some(keepsake), Some((of, heads))) = (&self.keepsake, follower.whole()) else { return };
        let now = guard.clock().since_boot();
        let is_due = self.written.as_ref().is_none_or(|(at, known, upto)| {
            now.as_millis() - at.as_millis() >= EVERY.as_millis() && (*known, upto) != (of, heads)
        });
        if !is_due || self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return;
        }
        // How far it has come was read first: the facts are at least that.
        self.written = Some((now, of, heads.clone()));
        let (keepsake, guard, heads, tells) = (keepsake.clone(), guard.clone(), heads.clone(), self.tells);
        self.writing = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = keepsake.write(&Kept { of, heads, contents: guard.contents() }) {
                tells(&NoStream::CannotKeep(keepsake.file, error.to_string()));
            }
        }));
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
