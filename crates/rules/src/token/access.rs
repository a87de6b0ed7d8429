//! An access token: what it says, and how that is written (RFC 9068).

use cloakroom_crypto::json::members::{Item, Members};
use cloakroom_crypto::json::{Object, Value, seconds};
use cloakroom_crypto::jwt::Claims;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::{Assurance, Class, Device, Generations, Session};
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::{ClientId, FamilyId, SessionId};
use cloakroom_model::words::scope::{Audience, Issuer, Scope};
use cloakroom_model::words::subject::{Group, Method, SubjectId};
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url};
use cloakroom_model::words::time::Time;
use std::collections::BTreeSet;

/// The counters a token depends on, as they stood when its credential was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// The user's generation.
    pub user: u64,
    /// The client's generation.
    pub client: u64,
    /// The store's epoch.
    pub epoch: u64,
    /// The version of the session.
    pub session: u64,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessToken {
    /// Who issued it.
    pub issuer: Issuer,
    /// Whom it is about.
    pub subject: SubjectId,
    /// Whom it is meant for.
    pub audience: Vec<Audience>,
    /// The first moment at which it is not good any more.
    pub expires: Time,
    /// When it was issued.
    pub issued: Time,
    /// Not good before.
    pub not_before: Option<Time>,
    /// Its own id.
    pub id: [u8; 16],
    /// When the user last proved who they are. Not there if that cannot be said.
    pub proven: Option<Time>,
    /// How.
    pub methods: Vec<Method>,
    /// Whose token it is.
    pub client: ClientId,
    /// What it allows.
    pub scope: Vec<Scope>,
    /// The user's groups.
    pub groups: Vec<Group>,
    /// The sign-in.
    pub session: SessionId,
    /// The family that renews it.
    pub family: Option<FamilyId>,
    /// The counters.
    pub counters: Counters,
    /// How often the ticket of the session was replaced: form tokens hang from it.
    pub ticket: u32,
    /// The key it is bound to (RFC 9449).
    pub bound_to: Option<[u8; 32]>,
    /// What the app adds.
    pub extra: Object,
}

/// The claims that are ours, in their order. An app cannot write them, and what else stands in a token is the app's.
pub(super) const OURS: [&str; 23] = [
    "acr",
    "act",
    "amr",
    "aud",
    "auth_time",
    "cgen",
    "client_id",
    "cnf",
    "epoch",
    "exp",
    "fam",
    "groups",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "scope",
    "sid",
    "sub",
    "sver",
    "tick",
    "ugen",
];

/// Whether a claim is one of ours.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    OURS.binary_search(&name).is_ok()
}

/// How sure it is who somebody is, as `acr` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One factor.
    One,
    /// Two different factors, or one that is two by itself.
    Two,
}

/// Something that is known, held, or that one is. A word that says neither is no factor.
fn kind_of(method: &str) -> Option<u8> {
    match method {
        "pwd" | "pin" | "kba" => Some(0),
        "otp" | "sms" | "tel" | "hwk" | "swk" | "sc" | "pop" => Some(1),
        "face" | "fpt" | "iris" | "retina" | "vbm" => Some(2),
        _ => None,
    }
}

impl Level {
    /// The level of what somebody proved: two words of RFC 8176 that are two kinds of factor, or the one that says several.
    #[must_use]
    pub fn of(methods: &[Method]) -> Self {
        let kinds: BTreeSet<_> = methods.iter().filter_map(|method| kind_of(method.as_str())).collect();
        let says_so = methods.iter().any(|method| method.as_str() == "mfa");
        if says_so || kinds.len() > 1 { Self::Two } else { Self::One }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "urn:cloakroom:acr:one-factor",
            Self::Two => "urn:cloakroom:acr:two-factors",
        }
    }
}

fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Value {
    texts.into_iter().map(|text| Value::from(text.as_ref())).collect()
}

impl AccessToken {
    /// Everything it depends on, and the lowest number of each that is still good for it.
    pub fn depended_on(&self) -> impl Iterator<Item = (FactKey, u64)> {
        let counters = self.counters;
        let family = self.family.map(|family| (FactKey::Family(family), 0));
        [
            (FactKey::Epoch, counters.epoch),
            (FactKey::User(self.subject.clone()), counters.user),
            (FactKey::Client(self.client), counters.client),
            (FactKey::Session(self.session), 0),
            (FactKey::Version(self.session), counters.session),
        ]
        .into_iter()
        .chain(family)
    }

    /// The session as far as a token says it: for pages that only ask who somebody is. What an app keeps in it stands in the store.
    #[must_use]
    pub fn as_session(&self, host: &Host) -> Session {
        let assurance = self.proven.map(|at| Assurance { methods: self.methods.clone(), at });
        Session {
            id: self.session,
            class: Class::Renewed,
            host: host.clone(),
            subject: Some(self.subject.clone()),
            parent: None,
            assurance,
            groups: self.groups.clone(),
            generations: Generations { user: self.counters.user, epoch: self.counters.epoch },
            created: self.issued,
            last_seen: self.issued,
            idle: self.expires.since(self.issued),
            absolute: self.expires,
            rotated: self.issued,
            ticket: self.ticket,
            version: self.counters.session,
            device: Device::default(),
            binding: None,
            data: Data::default(),
        }
    }

    /// How sure it is who they are.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.proven.map(|_| Level::of(&self.methods))
    }

    /// Whether it allows this.
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        self.scope.iter().any(|allowed| allowed.as_str() == scope)
    }
}

impl Claims for AccessToken {
    const TYP: &'static str = "at+jwt";

    fn read(members: &Members<'_>) -> Result<Self, Malformed> {
        let text = |name: &str| members.get(name).and_then(Item::as_str).ok_or(Malformed);
        let time = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(value) => value.as_date().map(Some).ok_or(Malformed),
        };
        // One that is missing, or is no whole number, has fallen behind whatever is known.
        let counter = |name: &str| members.get(name).and_then(Item::as_u64).unwrap_or_default();
        Ok(Self {
            issuer: text("iss")?.parse()?,
            subject: text("sub")?.parse()?,
            audience: match members.get("aud").ok_or(Malformed)? {
                Item::Text(one) => vec![one.parse()?],
                several => list(Some(several))?,
            },
            expires: time("exp")?.ok_or(Malformed)?,
            issued: time("iat")?.ok_or(Malformed)?,
            not_before: time("nbf")?,
            id: array_from_base64url(text("jti")?)?,
            proven: time("auth_time")?,
            methods: list(members.get("amr"))?,
            client: text("client_id")?.parse()?,
            scope: match members.get("scope") {
                None => Vec::new(),
                Some(Item::Text(words)) => words.split(' ').map(str::parse).collect::<Result<_, _>>()?,
                Some(_) => return Err(Malformed),
            },
            groups: list(members.get("groups"))?,
            session: text("sid")?.parse()?,
            family: members.get("fam").map(|_| text("fam")?.parse()).transpose()?,
            counters: Counters {
                user: counter("ugen"),
                client: counter("cgen"),
                epoch: counter("epoch"),
                session: counter("sver"),
            },
            ticket: counter("tick").try_into().unwrap_or_default(),
            bound_to: match members.get("cnf") {
                None => None,
                Some(cnf) => Some(bound_to(cnf)?),
            },
            extra: extra(members),
        })
    }

    fn write(&self) -> Object {
        let mut object = self.extra.clone();
        let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
        put("iss", self.issuer.as_str().into());
        put("sub", self.subject.as_str().into());
        match &self.audience[..] {
            [one] => put("aud", one.as_str().into()),
            several => put("aud", texts(several.iter().map(Audience::as_str))),
        }
        put("exp", seconds(self.expires));
        put("iat", seconds(self.issued));
        if let Some(from) = self.not_before {
            put("nbf", seconds(from));
        }
        put("jti", base64url(&self.id).into());
        if let (Some(proven), Some(level)) = (self.proven, self.level()) {
            put("auth_time", seconds(proven));
            put("acr", level.as_str().into());
            put("amr", texts(self.methods.iter().map(Method::as_str)));
        }
        put("client_id", self.client.to_string().into());
        if !self.scope.is_empty() {
            let words: Vec<_> = self.scope.iter().map(Scope::as_str).collect();
            put("scope", words.join(" ").into());
        }
        if !self.groups.is_empty() {
            put("groups", texts(self.groups.iter().map(Group::as_str)));
        }
        put("sid", self.session.to_string().into());
        if let Some(family) = self.family {
            put("fam", family.to_string().into());
        }
        let Counters { user, client, epoch, session } = self.counters;
        for (name, count) in [("ugen", user), ("cgen", client), ("epoch", epoch), ("sver", session)] {
            put(name, count.into());
        }
        put("tick", self.ticket.into());
        if let Some(thumbprint) = &self.bound_to {
            let jkt = [("jkt".to_owned(), Value::from(base64url(thumbprint)))];
            put("cnf", Value::Object(jkt.into_iter().collect()));
        }
        object
    }
}

/// What is not ours. Most tokens have nothing else, and counting is quicker than asking each.
fn extra(members: &Members<'_>) -> Object {
    if OURS.iter().filter(|name| members.has(name)).count() == members.count() {
        return Object::new();
    }
    members.iter().filter(|(name, _)| !is_ours(name)).map(owned).collect()
}

fn owned((name, item): (&str, &Item<'_>)) -> (String, Value) {
    (name.to_owned(), item.to_value())
}

fn list<T: core::str::FromStr<Err = Malformed>>(value: Option<&Item<'_>>) -> Result<Vec<T>, Malformed> {
    match value {
        None => Ok(Vec::new()),
        Some(Item::List(items)) => items.iter().map(|item| item.as_str().ok_or(Malformed)?.parse()).collect(),
        Some(_) => Err(Malformed),
    }
}

/// A way of binding that we do not know must not be passed over.
fn bound_to(cnf: &Item<'_>) -> Result<[u8; 32], Malformed> {
    let cnf = cnf.as_object().filter(|cnf| cnf.count() == 1).ok_or(Malformed)?;
    array_from_base64url(cnf.get("jkt").and_then(Item::as_str).ok_or(Malformed)?)
}

#[cfg(test)]
mod tests;
