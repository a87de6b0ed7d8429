//! Every page there is, with what stands on it.

use serde::Serialize;

/// A page. Errors and notices are keys of the words.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Page {
    /// Where one signs in.
    SignIn {
        name: String,
        return_to: String,
        on: String,
        error: Option<&'static str>,
        notice: Option<&'static str>,
        sign_up: bool,
        recover: bool,
        app: Option<String>,
    },
    /// Where one asks for an account.
    SignUp { email: String, called: String, error: Option<&'static str>, at_least: usize },
    /// A forgotten password.
    Recover { email: String, error: Option<&'static str> },
    /// A letter is on its way.
    Sent { what: &'static str, code: String, minutes: i64 },
    /// Where a link leads: a button, and what else is needed.
    Link {
        about: &'static str,
        token: String,
        to: String,
        code: bool,
        password: bool,
        called: bool,
        error: Option<&'static str>,
        at_least: usize,
    },
    /// A link that is over.
    LinkGone,
    /// Something was done.
    Done { what: &'static str, next: String, about: String },
    /// The account.
    Account {
        called: String,
        email: String,
        verified: bool,
        groups: Vec<String>,
        mail: bool,
        notice: Option<&'static str>,
        admin: bool,
        apps: Vec<String>,
    },
    /// Another password.
    Password { error: Option<&'static str>, at_least: usize, name: String },
    /// Another address.
    Address { email: String, error: Option<&'static str> },
    /// The end of the account.
    Delete { error: Option<&'static str> },
    /// The password once more.
    Confirm { return_to: String, name: String, error: Option<&'static str> },
    /// Where they are signed in.
    Devices { rows: Vec<DeviceRow>, notice: Option<&'static str>, alarm: bool },
    /// Whether they mean to sign out.
    SignOut { to: &'static str },
    /// The people, for the operator.
    People { rows: Vec<PersonRow>, next: Option<String>, count: u64 },
    /// One of them.
    Person { person: PersonRow, devices: Vec<DeviceRow>, notice: Option<&'static str>, mail: bool },
    /// What a problem means, and by which request somebody has it.
    Problem { slug: &'static str, retry: Option<i64>, request: String },
    /// A browser that was sent to and fro.
    Loop { app: String, cause: &'static str },
    /// An app that is for others.
    Forbidden { app: String, who: String },
    /// An app that does not answer.
    Unreachable { app: String },
    /// The demo app.
    Demo {
        assertion: String,
        who: String,
        groups: String,
        headers: Vec<(String, String)>,
        login: String,
        session: String,
        expires: String,
    },
    /// The letters that were caught.
    Mail { letters: Vec<Letter> },
    /// One of them.
    OneLetter { letter: Letter },
}

/// A place where somebody is signed in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeviceRow {
    /// The session.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) label: String,
    /// From where.
    pub(crate) place: String,
    /// At which apps.
    pub(crate) app: String,
    /// How many minutes ago it was used, in steps of five.
    pub(crate) minutes: i64,
    /// Whether it is the one that looks.
    pub(crate) own: bool,
}

/// Somebody.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PersonRow {
    /// Their id.
    pub(crate) id: String,
    /// What they are called.
    pub(crate) called: String,
    /// What they sign in with.
    pub(crate) names: String,
    /// What they are in.
    pub(crate) groups: String,
    /// Whether they may sign in.
    pub(crate) active: bool,
    /// Whether their address was shown to be theirs.
    pub(crate) verified: bool,
}

/// A letter that was caught.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Letter {
    /// Its number.
    pub(crate) number: usize,
    /// To whom.
    pub(crate) to: String,
    /// What it is about.
    pub(crate) subject: String,
    /// What it says.
    pub(crate) text: String,
    /// The link in it.
    pub(crate) link: String,
}

impl Page {
    /// The template.
    pub(crate) const fn template(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "sign_in",
            Self::SignUp { .. } => "sign_up",
            Self::Recover { .. } => "recover",
            Self::Sent { .. } => "sent",
            Self::Link { .. } => "link",
            Self::LinkGone => "link_gone",
            Self::Done { .. } => "done",
            Self::Account { .. } => "account",
            Self::Password { .. } => "password",
            Self::Address { .. } => "address",
            Self::Delete { .. } => "delete",
            Self::Confirm { .. } => "confirm",
            Self::Devices { .. } => "devices",
            Self::SignOut { .. } => "sign_out",
            Self::People { .. } => "people",
            Self::Person { .. } => "person",
            Self::Problem { .. } => "problem",
            Self::Loop { .. } => "loop",
            Self::Forbidden { .. } => "forbidden",
            Self::Unreachable { .. } => "unreachable",
            Self::Demo { .. } => "demo",
            Self::Mail { .. } => "mail",
            Self::OneLetter { .. } => "one_letter",
        }
    }
}
