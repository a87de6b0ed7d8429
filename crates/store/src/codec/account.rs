//! The record of a person.

use super::{read_list, read_some, write_some};
use cloakroom_model::records::account::{Account, AccountState, KnownName, Password, PasswordHash, Undoable};
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;

const ACCOUNT_V1: [u8; 4] = [b'C', b'K', 3, 1];

pub(super) fn write_time(writer: &mut Writer, time: Option<Time>) {
    match time {
        None => writer.byte(0),
        Some(time) => writer.byte(1).signed(time.millis()),
    };
}

pub(super) fn read_time(reader: &mut Reader<'_>) -> Result<Option<Time>, Malformed> {
    match reader.byte()? {
        0 => Ok(None),
        1 => Ok(Some(Time::from_millis(reader.signed()?))),
        _ => Err(Malformed),
    }
}

pub(super) fn write_groups(writer: &mut Writer, groups: &[Group]) {
    writer.number(groups.len() as u64);
    for group in groups {
        writer.text(group.as_str());
    }
}

/// The record of a person.
#[must_use]
pub fn encode_account(account: &Account) -> Vec<u8> {
    let mut writer = Writer::beginning(&ACCOUNT_V1);
    writer.fixed(&account.id.to_bytes());
    writer.byte(match account.state {
        AccountState::Active => 0,
        AccountState::Disabled => 1,
    });
    writer.text(&account.called).text(&account.language);
    write_groups(&mut writer, &account.groups);
    writer.number(account.names.len() as u64);
    for known in &account.names {
        writer.text(known.name.as_str());
        write_time(&mut writer, known.verified);
    }
    write_some(&mut writer, account.password.as_ref().map(|password| password.hash.0.as_str()));
    write_time(&mut writer, account.password.as_ref().map(|password| password.changed));
    writer.number(account.undoable.len() as u64);
    for undoable in &account.undoable {
        writer.number(undoable.version).signed(undoable.until.millis());
    }
    writer.signed(account.created.millis()).number(account.version);
    writer.finish()
}

/// The inverse of [`encode_account`].
pub fn decode_account(bytes: &[u8]) -> Result<Account, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.fixed::<4>()? != ACCOUNT_V1 {
        return Err(Malformed);
    }
    let id = UserId::from_bytes(reader.fixed()?);
    let state = match reader.byte()? {
        0 => AccountState::Active,
        1 => AccountState::Disabled,
        _ => return Err(Malformed),
    };
    let (called, language) = (reader.text()?.to_owned(), reader.text()?.to_owned());
    let groups = read_list(&mut reader, |reader| reader.text()?.parse())?;
    let names = read_list(&mut reader, |reader| {
        Ok(KnownName { name: reader.text()?.parse()?, verified: read_time(reader)? })
    })?;
    let password = match (read_some(&mut reader)?, read_time(&mut reader)?) {
        (Some(hash), Some(changed)) => Some(Password { hash: PasswordHash(hash), changed }),
        (None, None) => None,
        _ => return Err(Malformed),
    };
    let undoable = read_list(&mut reader, |reader| {
        Ok(Undoable { version: reader.number()?, until: Time::from_millis(reader.signed()?) })
    })?;
    let (created, version) = (Time::from_millis(reader.signed()?), reader.number()?);
    reader.end()?;
    Ok(Account { id, state, called, language, groups, names, password, undoable, created, version })
}
