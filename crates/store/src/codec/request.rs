//! The record of something begun. The digest of its secret stands inside, so that one found under another is noticed.

use super::account::write_groups;
use super::read_list;
use cloakroom_model::records::account::PasswordHash;
use cloakroom_model::records::request::{About, Browser, Request};
use cloakroom_model::records::session::{Assurance, Generations};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::{SessionId, UserId};
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;

const REQUEST_V1: [u8; 4] = [b'C', b'K', 4, 1];

fn write_about(writer: &mut Writer, about: &About) {
    match about {
        About::SignUp { email, called, password } => {
            writer.byte(1).text(email.as_str()).text(called).text(&password.0);
        }
        About::Invitation { email, groups } => {
            writer.byte(2).text(email.as_str());
            write_groups(writer, groups);
        }
        About::Recovery { email } => {
            writer.byte(3).text(email.as_str());
        }
        About::Verification { email } => {
            writer.byte(4).text(email.as_str());
        }
        About::EmailChange { to, session } => {
            writer.byte(5).text(to.as_str()).fixed(&session.to_bytes());
        }
        About::EmailUndo { user, back_to, version } => {
            writer.byte(6).fixed(&user.to_bytes()).text(back_to.as_str()).number(*version);
        }
        About::HandOff { host, challenge, session, assurance } => {
            writer.byte(7).text(host.as_str()).fixed(challenge).fixed(&session.to_bytes());
            writer.signed(assurance.at.millis()).number(assurance.methods.len() as u64);
            for method in &assurance.methods {
                writer.text(method.as_str());
            }
        }
        About::AdminLink => {
            writer.byte(8);
        }
    }
}

fn read_about(reader: &mut Reader<'_>) -> Result<About, Malformed> {
    let email = |reader: &mut Reader<'_>| LoginName::email(reader.text()?);
    Ok(match reader.byte()? {
        1 => About::SignUp {
            email: email(reader)?,
            called: reader.text()?.to_owned(),
            password: PasswordHash(reader.text()?.to_owned()),
        },
        2 => About::Invitation {
            email: email(reader)?,
            groups: read_list(reader, |reader| reader.text()?.parse())?,
        },
        3 => About::Recovery { email: email(reader)? },
        4 => About::Verification { email: email(reader)? },
        5 => About::EmailChange { to: email(reader)?, session: SessionId::from_bytes(reader.fixed()?) },
        6 => About::EmailUndo {
            user: UserId::from_bytes(reader.fixed()?),
            back_to: email(reader)?,
            version: reader.number()?,
        },
        7 => {
            let (host, challenge) = (reader.text()?.parse()?, reader.fixed()?);
            let (session, at) = (SessionId::from_bytes(reader.fixed()?), Time::from_millis(reader.signed()?));
            let methods = read_list(reader, |reader| reader.text()?.parse())?;
            About::HandOff { host, challenge, session, assurance: Assurance { methods, at } }
        }
        8 => About::AdminLink,
        _ => return Err(Malformed),
    })
}

fn write_bytes(writer: &mut Writer, value: Option<&[u8]>) {
    writer.bytes(value.unwrap_or_default());
}

fn some<const N: usize>(bytes: &[u8]) -> Result<Option<[u8; N]>, Malformed> {
    if bytes.is_empty() { Ok(None) } else { bytes.try_into().map(Some).map_err(|_| Malformed) }
}

/// The record of something begun.
#[must_use]
pub fn encode_request(request: &Request) -> Vec<u8> {
    let mut writer = Writer::beginning(&REQUEST_V1);
    writer.fixed(&request.look_up.0).fixed(&request.kid.to_be_bytes());
    write_bytes(&mut writer, request.user.map(UserId::to_bytes).as_ref().map(<[u8; 16]>::as_slice));
    writer.number(request.generations.user).number(request.generations.epoch);
    write_bytes(&mut writer, request.browser.as_ref().map(|browser| browser.0.as_slice()));
    write_bytes(&mut writer, request.code.as_ref().map(<[u8; 32]>::as_slice));
    write_about(&mut writer, &request.about);
    writer.signed(request.created.millis()).signed(request.expires.millis());
    writer.finish()
}

/// The inverse of [`encode_request`].
pub fn decode_request(bytes: &[u8]) -> Result<Request, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.fixed::<4>()? != REQUEST_V1 {
        return Err(Malformed);
    }
    let (look_up, kid) = (LookUp(reader.fixed()?), u16::from_be_bytes(reader.fixed()?));
    let user = some(reader.bytes()?)?.map(UserId::from_bytes);
    let generations = Generations { user: reader.number()?, epoch: reader.number()? };
    let (browser, code) = (some(reader.bytes()?)?.map(Browser), some(reader.bytes()?)?);
    let about = read_about(&mut reader)?;
    let (created, expires) = (Time::from_millis(reader.signed()?), Time::from_millis(reader.signed()?));
    reader.end()?;
    Ok(Request { look_up, kid, user, generations, browser, code, about, created, expires })
}
