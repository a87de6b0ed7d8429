//! Security events: who did what, to which session, from where, and how it ended.

use crate::words::frame::{Reader, Writer};
use crate::words::id::{FamilyId, SessionId};
use crate::words::subject::SubjectId;
use crate::words::text::Malformed;
use crate::words::time::Time;
use core::fmt;

macro_rules! closed_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            const fn code(self) -> u8 {
                match self { $(Self::$variant => $code),+ }
            }

            fn of_code(code: u8) -> Result<Self, Malformed> {
                Self::ALL.iter().copied().find(|word| word.code() == code).ok_or(Malformed)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

closed_words! {
    /// What happened. The names are a contract; codes are never reused.
    EventName {
        /// Somebody signed in.
        LoginSuccess = 1 "authn_login_success",
        /// Somebody failed to sign in.
        LoginFail = 2 "authn_login_fail",
        /// A password was changed.
        PasswordChange = 3 "authn_password_change",
        /// A session began.
        SessionOpened = 4 "session_opened",
        /// A session got another ticket.
        SessionRotated = 5 "session_rotated",
        /// A session was ended.
        SessionClosed = 6 "session_closed",
        /// A session ran out.
        SessionExpired = 7 "session_expired",
        /// A ticket came from another client than before.
        BindingChanged = 8 "session_binding_changed",
        /// Two clients hold one session.
        TwoHolders = 9 "session_two_holders",
        /// A refresh family began.
        FamilyOpened = 10 "token_family_opened",
        /// A refresh token was redeemed.
        FamilyRotated = 11 "token_family_rotated",
        /// A rotated refresh token came back.
        FamilyTheft = 12 "token_family_theft",
        /// A presented credential was refused.
        CredentialRefused = 13 "credential_refused",
        /// A revocation was published.
        FactPublished = 14 "fact_published",
        /// A request failed the CSRF check.
        CsrfRefused = 15 "csrf_refused",
        /// A cookie failed its check.
        CookieTampered = 16 "cookie_tampered",
        /// A limit was hit.
        ThrottleHit = 17 "throttle_hit",
        /// A key took over.
        KeyRotated = 18 "key_rotated",
        /// A key was ended.
        KeyDestroyed = 19 "key_destroyed",
        /// A user was made.
        UserCreated = 20 "user_created",
        /// A user was disabled.
        UserDisabled = 21 "user_disabled",
        /// A user was deleted.
        UserDeleted = 22 "user_deleted",
        /// A user agreed to something.
        ConsentGiven = 23 "consent_given",
        /// A user took it back.
        ConsentRevoked = 24 "consent_revoked",
        /// A client was changed.
        ClientChanged = 25 "client_changed",
        /// The configuration was read again.
        ConfigReloaded = 26 "config_reloaded",
        /// A backup was put back.
        BackupRestored = 27 "backup_restored",
        /// A store was behind what others remember of it.
        StoreWentBack = 28 "store_went_back",
        /// A credential for a service was made.
        ServiceAllowed = 29 "service_allowed",
        /// The credential of a service was taken back.
        ServiceRevoked = 30 "service_revoked",
        /// Something of a user was changed that is neither password nor session.
        UserChanged = 31 "user_changed",
        /// Somebody asked for a link: to join, to come back in, to change an address.
        LinkAsked = 32 "link_asked",
        /// A link was taken back before anybody used it.
        LinkWithdrawn = 33 "link_withdrawn",
        /// Somebody who is signed in asked for what is for others.
        AccessRefused = 34 "access_refused",
    }
}

closed_words! {
    /// Why. A closed list: reasons are counted and filtered.
    Reason {
        /// The user asked for it.
        SignOut = 1 "sign_out",
        /// The user ended another session of theirs.
        RevokedByUser = 2 "revoked_by_user",
        /// An administrator ended it.
        RevokedByAdmin = 3 "revoked_by_admin",
        /// The user signed in again.
        Replaced = 4 "replaced",
        /// Too many sessions of one user.
        Limit = 5 "limit",
        /// Unused for too long.
        Idle = 6 "idle",
        /// As old as it may become.
        Absolute = 7 "absolute",
        /// Two holders of one ticket.
        TwoHolders = 8 "two_holders",
        /// The user's generation rose.
        Superseded = 9 "superseded",
        /// A sign-in.
        SignIn = 10 "sign_in",
        /// A stronger or fresher proof.
        StepUp = 11 "step_up",
        /// A changed password.
        PasswordChange = 12 "password_change",
        /// A group gained or lost.
        GroupsChanged = 13 "groups_changed",
        /// It was time.
        Periodic = 14 "periodic",
        /// A client property changed.
        Binding = 15 "binding",
        /// The user was disabled.
        Disabled = 16 "disabled",
        /// Another host's ticket.
        WrongHost = 17 "wrong_host",
        /// The store was restored from a backup.
        Restored = 18 "restored",
        /// The session it hung from ended.
        ParentEnded = 19 "parent_ended",
        /// Nobody who is signed in meant it.
        Csrf = 20 "csrf",
        /// What its check covers was changed, or it belongs somewhere else.
                Tampered = 21 "tampered",
        /// It came more than once, and not more than one of them can be meant.
        Duplicate = 22 "duplicate",
        /// A refresh token was redeemed.
        Renewed = 23 "renewed",
        /// A refresh token came again that somebody else has renewed since.
        Reuse = 24 "reuse",
        /// Somebody else may have it.
        Compromised = 25 "compromised",
        /// The store has lost what it acknowledged.
        LostWrites = 26 "lost_writes",
        /// The root key that seals it is there no more.
        RootKeyGone = 27 "root_key_gone",
        /// The password was wrong.
        WrongPassword = 28 "wrong_password",
        /// There is no such account, or it may not sign in that way.
        NoAccount = 29 "no_account",
        /// Too many tries.
        TooMany = 30 "too_many",
        /// Somebody joined.
        Joined = 31 "joined",
        /// Somebody was asked to join.
        Invited = 32 "invited",
        /// A forgotten password.
        Recovery = 33 "recovery",
        /// An address was shown to be somebody's, or changed.
        Address = 34 "address",
        /// It came from another system.
        Imported = 35 "imported",
        /// An operator did it.
        ByAdmin = 36 "by_admin",
        /// The browser went on to an app.
        HandOff = 37 "hand_off",
        /// They are in no group that may.
        NotAllowed = 38 "not_allowed",
    }
}

closed_words! {
    /// How it ended.
    Outcome {
        /// It was done.
        Done = 1 "done",
        /// It was refused.
        Refused = 2 "refused",
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Cloakroom itself: a sweep, a limit.
    System,
    /// Somebody who is not signed in.
    Nobody,
    /// A user, on their own behalf.
    Subject(SubjectId),
    /// An administrator.
    Admin(SubjectId),
}

/// Where a request came from, as far as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// A truncated address.
    pub address: String,
    /// Our id of the request.
    pub request: String,
}

/// One security event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub name: EventName,
    /// When.
    pub at: Time,
    /// Who did it.
    pub actor: Actor,
    /// Whom it is about.
    pub subject: Option<SubjectId>,
    /// Which session.
    pub session: Option<SessionId>,
    /// Which family.
    pub family: Option<FamilyId>,
    /// Where from.
    pub origin: Origin,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<Reason>,
    /// Random: a digest of an erased event cannot be guessed back.
    pub salt: [u8; 16],
}

const VERSION: u8 = 1;

fn optional(writer: &mut Writer, value: Option<&[u8]>) {
    writer.bytes(value.unwrap_or_default());
}

fn some_id<T>(bytes: &[u8], from: impl Fn([u8; 16]) -> T) -> Result<Option<T>, Malformed> {
    if bytes.is_empty() { Ok(None) } else { bytes.try_into().map(|id| Some(from(id))).map_err(|_| Malformed) }
}

fn some_subject(text: &str) -> Result<Option<SubjectId>, Malformed> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

impl Event {
    /// The event as stores keep it and as its digest covers it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::beginning(&[VERSION, self.name.code(), self.outcome.code()]);
        writer.byte(self.reason.map_or(0, Reason::code)).signed(self.at.millis()).fixed(&self.salt);
        let (kind, who) = match &self.actor {
            Actor::System => (0, ""),
            Actor::Nobody => (1, ""),
            Actor::Subject(subject) => (2, subject.as_str()),
            Actor::Admin(subject) => (3, subject.as_str()),
        };
        writer.byte(kind).text(who);
        writer.text(self.subject.as_ref().map_or("", SubjectId::as_str));
        optional(&mut writer, self.session.map(SessionId::to_bytes).as_ref().map(<[u8; 16]>::as_slice));
        optional(&mut writer, self.family.map(FamilyId::to_bytes).as_ref().map(<[u8; 16]>::as_slice));
        writer.text(&self.origin.address).text(&self.origin.request);
        writer.finish()
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        let name = EventName::of_code(reader.byte()?)?;
        let outcome = Outcome::of_code(reader.byte()?)?;
        let reason = match reader.byte()? {
            0 => None,
            code => Some(Reason::of_code(code)?),
        };
        let at = Time::from_millis(reader.signed()?);
        let salt = reader.fixed()?;
        let actor = match (reader.byte()?, some_subject(reader.text()?)?) {
            (0, None) => Actor::System,
            (1, None) => Actor::Nobody,
            (2, Some(subject)) => Actor::Subject(subject),
            (3, Some(subject)) => Actor::Admin(subject),
            _ => return Err(Malformed),
        };
        let subject = some_subject(reader.text()?)?;
        let session = some_id(reader.bytes()?, SessionId::from_bytes)?;
        let family = some_id(reader.bytes()?, FamilyId::from_bytes)?;
        let origin = Origin { address: reader.text()?.to_owned(), request: reader.text()?.to_owned() };
        reader.end()?;
        Ok(Self { name, at, actor, subject, session, family, origin, outcome, reason, salt })
    }
}

#[cfg(test)]
mod tests;
