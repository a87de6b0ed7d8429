//! What letters say. In the store they are sealed: there are links in them.

use super::People;
use crate::denied::Denied;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::link::Link;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};

/// How long a letter is tried that tells of something that has happened.
const TELLS_FOR: Span = Span::days(2);

/// What a letter says.
#[derive(Debug)]
pub enum Says {
    /// Follow the link, and the account is yours.
    ConfirmSignUp(Link),
    /// Somebody wanted an account with your address, and there is one.
    AlreadyHere,
    /// You are asked to join.
    Invitation(Link),
    /// Follow the link to choose a new password.
    Recovery(Link),
    /// Follow the link to show that this address is yours.
    Verify(Link),
    /// Follow the link, and this is your address.
    NewAddress(Link),
    /// The address of your account was changed to this one. Follow the link if it was not you.
    AddressChanged(LoginName, Link),
    /// Your password was changed.
    PasswordChanged,
    /// Your account was deleted.
    Deleted,
    /// Somebody signed in to your account in a browser that was not known: this one, from there.
    NewSignIn(String, String),
}

/// A letter that is open.
#[derive(Debug)]
pub struct Message {
    /// To whom.
    pub to: LoginName,
    /// What they are called.
    pub called: String,
    /// The language they read.
    pub language: String,
    /// When it was written.
    pub written: Time,
    /// What it says.
    pub says: Says,
}

impl Says {
    /// The name of what it says.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ConfirmSignUp(_) => "confirm-sign-up",
            Self::AlreadyHere => "already-here",
            Self::Invitation(_) => "invitation",
            Self::Recovery(_) => "recovery",
            Self::Verify(_) => "verify",
            Self::NewAddress(_) => "new-address",
            Self::AddressChanged(..) => "address-changed",
            Self::PasswordChanged => "password-changed",
            Self::Deleted => "deleted",
            Self::NewSignIn(..) => "new-sign-in",
        }
    }

    /// The link in it.
    #[must_use]
    pub const fn link(&self) -> Option<&Link> {
        match self {
            Self::ConfirmSignUp(link)
            | Self::Invitation(link)
            | Self::Recovery(link)
            | Self::Verify(link)
            | Self::NewAddress(link)
            | Self::AddressChanged(_, link) => Some(link),
            Self::AlreadyHere | Self::PasswordChanged | Self::Deleted | Self::NewSignIn(..) => None,
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.text(self.as_str());
        if let Some(link) = self.link() {
            writer.text(link.to_text().expose());
        }
        match self {
            Self::AddressChanged(to, _) => {
                writer.text(to.as_str());
            }
            Self::NewSignIn(browser, from) => {
                writer.text(browser).text(from);
            }
            _ => {}
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let link = |reader: &mut Reader<'_>| Link::parse(reader.text()?);
        Ok(match reader.text()? {
            "confirm-sign-up" => Self::ConfirmSignUp(link(reader)?),
            "already-here" => Self::AlreadyHere,
            "invitation" => Self::Invitation(link(reader)?),
            "recovery" => Self::Recovery(link(reader)?),
            "verify" => Self::Verify(link(reader)?),
            "new-address" => Self::NewAddress(link(reader)?),
            "address-changed" => {
                let link = link(reader)?;
                Self::AddressChanged(LoginName::email(reader.text()?)?, link)
            }
            "password-changed" => Self::PasswordChanged,
            "deleted" => Self::Deleted,
            "new-sign-in" => Self::NewSignIn(reader.text()?.to_owned(), reader.text()?.to_owned()),
            _ => return Err(Malformed),
        })
    }
}

impl Message {
    fn to_bytes(&self) -> Secret<Vec<u8>> {
        let mut writer = Writer::beginning(&[1]);
        writer.text(self.to.as_str()).text(&self.called).text(&self.language).signed(self.written.millis());
        self.says.write(&mut writer);
        Secret::new(writer.finish())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != 1 {
            return Err(Malformed);
        }
        let to = LoginName::email(reader.text()?)?;
        let (called, language) = (reader.text()?.to_owned(), reader.text()?.to_owned());
        let written = Time::from_millis(reader.signed()?);
        let says = Says::read(&mut reader)?;
        reader.end()?;
        Ok(Self { to, called, language, written, says })
    }
}

fn place(id: &[u8; 16]) -> [&[u8]; 3] {
    [b"ck_outbox", b"sealed", id]
}

impl People {
    /// A letter that goes out with the next commit. One with a link in it is good for as long as the link.
    pub(super) fn letter(
        &self,
        to: &LoginName,
        called: &str,
        language: &str,
        says: Says,
        until: Option<Time>,
    ) -> Result<Letter, Denied> {
        let engine = &self.0.authority.0;
        let (now, mut id) = (engine.clock.now(), [0u8; 16]);
        engine.entropy.fill(&mut id)?;
        let message = Message {
            to: to.clone(),
            called: called.to_owned(),
            language: language.to_owned(),
            written: now,
            says,
        };
        let sealed = engine.ring.seal_at_rest(&place(&id), message.to_bytes().expose(), &*engine.entropy)?;
        Ok(Letter { id, sealed, due: now, tries: 0, until: until.unwrap_or(now.plus(TELLS_FOR)) })
    }

    /// A letter as its writer meant it. One that was sealed under a root key that is gone can never be sent.
    pub(super) fn open_letter(&self, letter: &Letter) -> Option<Message> {
        let opened = self.0.authority.0.ring.open_at_rest(&place(&letter.id), &letter.sealed).ok()?;
        Message::from_bytes(opened.expose()).ok()
    }
}

#[cfg(test)]
mod tests;
