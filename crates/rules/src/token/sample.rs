//! A sign-in to start from, for the tables.

use super::access::AccessToken;
use super::begin::{self, Grant};
use super::policy::TokenPolicy;
use cloakroom_crypto::json::members::Members;
use cloakroom_crypto::json::{Object, Value};
use cloakroom_crypto::jwt::Claims;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Assurance, Class, Device, Generations, Session};
use cloakroom_model::words::id::{ClientId, SessionId};
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};

pub(super) const START: Time = Time::from_millis(1_790_000_000_000);

/// What a checker makes of these claims.
pub(super) fn read(claims: &Object) -> Result<AccessToken, Malformed> {
    let text = Value::Object(claims.clone()).to_string();
    AccessToken::read(&Members::parse(text.as_bytes())?)
}

pub(super) fn entropy() -> SeededEntropy {
    SeededEntropy::new(5)
}

pub(super) fn policy() -> TokenPolicy {
    TokenPolicy::of("https://login.example".parse().unwrap(), "https://api.example".parse().unwrap())
}

pub(super) fn session() -> Session {
    Session {
        id: SessionId::from_bytes([1; 16]),
        class: Class::Renewed,
        host: "login.example".parse().unwrap(),
        subject: Some("anna".parse().unwrap()),
        parent: None,
        assurance: Some(Assurance { methods: vec!["pwd".parse().unwrap()], at: START }),
        groups: vec!["staff".parse().unwrap()],
        generations: Generations { user: 4, epoch: 1 },
        created: START,
        last_seen: START,
        idle: Span::days(14),
        absolute: START.plus(Span::days(30)),
        rotated: START,
        ticket: 3,
        version: 7,
        device: Device::default(),
        binding: None,
        data: Data::default(),
    }
}

pub(super) fn grant() -> Grant {
    Grant {
        client: ClientId::from_bytes([6; 16]),
        scope: ["notes:write", "notes:read", "notes:read"].map(|scope| scope.parse().unwrap()).to_vec(),
        audience: vec!["https://api.example".parse().unwrap()],
        bound_to: None,
    }
}

pub(super) fn begun() -> (Session, Family) {
    let facts = begin::Facts { client_generation: 9, shard: Shard::of([0, 7]), kid: 2 };
    let request = begin::Request { session: session(), grant: &grant(), origin: &Origin::default() };
    let decision = begin::decide(request, &facts, START, &entropy()).unwrap();
    (decision.session, decision.family)
}
