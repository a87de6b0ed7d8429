//! What an app is told of who asks, so that it can prove it: short, for one app and one method, by a key of its own.

use cloakroom_crypto::json::members::{Item, Members};
use cloakroom_crypto::json::{Object, Value};
use cloakroom_crypto::jwt::Claims;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::scope::{Audience, Issuer};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url};
use cloakroom_model::words::time::{Span, Time};

/// How long one lives.
pub const LIFE: Span = Span::seconds(30);
/// With so much of it left it is given out again.
pub const LEFT_AT_LEAST: Span = Span::seconds(15);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who says it.
    pub issuer: &'a Issuer,
    /// To whom: the app.
    pub audience: &'a Audience,
    /// The host that was asked.
    pub host: &'a str,
    /// By which method.
    pub method: &'a str,
    /// What they are called; empty if they never said.
    pub called: &'a str,
    /// Their address, if it was shown to be theirs.
    pub email: &'a str,
}

/// What must be known.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The session, as it was found good.
    pub session: &'a Session,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Who says it.
    pub issuer: Issuer,
    /// Of whom.
    pub subject: SubjectId,
    /// To whom.
    pub audience: Audience,
    /// Since when.
    pub issued: Time,
    /// Until when.
    pub expires: Time,
    /// Its id.
    pub id: [u8; 16],
    /// The session.
    pub session: SessionId,
    /// The host that was asked.
    pub host: String,
    /// By which method.
    pub method: String,
    /// When they proved who they are.
    pub proven: Option<Time>,
    /// How.
    pub methods: Vec<String>,
    /// What they are in.
    pub groups: Vec<String>,
    /// What they are called.
    pub called: String,
    /// Their address.
    pub email: String,
}

/// Decides. A session that nobody is signed in to says nothing.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Option<Assertion>, NoEntropy> {
    let session = facts.session;
    let Some(subject) = session.subject.clone() else { return Ok(None) };
    let mut id = [0u8; 16];
    entropy.fill(&mut id)?;
    let assurance = session.assurance.as_ref();
    Ok(Some(Assertion {
        issuer: request.issuer.clone(),
        subject,
        audience: request.audience.clone(),
        issued: now,
        expires: now.plus(LIFE).min(session.absolute),
        id,
        session: session.id,
        host: request.host.to_owned(),
        method: request.method.to_owned(),
        proven: assurance.map(|assurance| assurance.at),
        methods: assurance.into_iter().flat_map(|all| &all.methods).map(ToString::to_string).collect(),
        groups: session.groups.iter().map(ToString::to_string).collect(),
        called: request.called.to_owned(),
        email: request.email.to_owned(),
    }))
}

fn seconds(time: Time) -> Value {
    (time.millis().div_euclid(1_000)).into()
}

fn texts(list: &[String]) -> Value {
    Value::Array(list.iter().map(|text| text.as_str().into()).collect())
}

fn words(item: Option<&Item<'_>>) -> Result<Vec<String>, Malformed> {
    match item {
        None => Ok(Vec::new()),
        Some(Item::List(items)) => {
            items.iter().map(|one| one.as_str().map(str::to_owned).ok_or(Malformed)).collect()
        }
        Some(_) => Err(Malformed),
    }
}

impl Claims for Assertion {
    const TYP: &'static str = "cloakroom-assertion+jwt";

    fn read(members: &Members<'_>) -> Result<Self, Malformed> {
        let text = |name: &str| members.get(name).and_then(Item::as_str).ok_or(Malformed);
        let time = |name: &str| members.get(name).and_then(Item::as_date).ok_or(Malformed);
        Ok(Self {
            issuer: text("iss")?.parse()?,
            subject: text("sub")?.parse()?,
            audience: text("aud")?.parse()?,
            issued: time("iat")?,
            expires: time("exp")?,
            id: array_from_base64url(text("jti")?)?,
            session: text("sid")?.parse()?,
            host: text("host")?.to_owned(),
            method: text("htm")?.to_owned(),
            proven: members.get("auth_time").map(|value| value.as_date().ok_or(Malformed)).transpose()?,
            methods: words(members.get("amr"))?,
            groups: words(members.get("groups"))?,
            called: text("name").unwrap_or_default().to_owned(),
            email: text("email").unwrap_or_default().to_owned(),
        })
    }

    fn write(&self) -> Object {
        let mut object = Object::new();
        let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
        put("iss", self.issuer.as_str().into());
        put("sub", self.subject.as_str().into());
        put("aud", self.audience.as_str().into());
        put("iat", seconds(self.issued));
        put("exp", seconds(self.expires));
        put("jti", base64url(&self.id).as_str().into());
        put("sid", self.session.to_string().as_str().into());
        put("host", self.host.as_str().into());
        put("htm", self.method.as_str().into());
        if let Some(proven) = self.proven {
            put("auth_time", seconds(proven));
        }
        put("amr", texts(&self.methods));
        put("groups", texts(&self.groups));
        if !self.called.is_empty() {
            put("name", self.called.as_str().into());
        }
        if !self.email.is_empty() {
            put("email", self.email.as_str().into());
        }
        object
    }
}

#[cfg(test)]
mod tests;
