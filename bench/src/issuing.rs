//! An engine that issues tokens, and sign-ins that are renewed.

use cloakroom_authority::session::SignIn;
use cloakroom_authority::token::begin::Begun;
use cloakroom_authority::{Authority, Settings};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::signing_key::PairAlg;
use cloakroom_model::ports::SystemClock;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Device;
use cloakroom_model::words::id::ClientId;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::patch::NOTHING;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_rules::token::begin::Grant;
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_store::stores::Stores;
use cloakroom_testkit::engine::{Failure, ring, wait};
use std::sync::Arc;

/// The app that everybody signs in to.
pub const CLIENT: ClientId = ClientId::from_bytes([6; 16]);

/// What it gives out.
pub fn policy(alg: PairAlg) -> Result<TokenPolicy, Failure> {
    let word = |text: &str| text.parse().map_err(|_| "a word that is none");
    let mut policy = TokenPolicy::of(
        word("https://login.example")?,
        "https://api.example".parse().map_err(|_| "a word that is none")?,
    );
    policy.keys.alg = alg;
    Ok(policy)
}

/// An engine that issues tokens.
pub fn authority(stores: Stores, alg: PairAlg) -> Result<Authority, Failure> {
    Ok(wait(Authority::open(Settings {
        stores,
        ring: ring()?,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::open()?),
        policy: SessionPolicy { sessions_at_most: 100_000, ..SessionPolicy::default() },
        known_at_most: 100_000,
        tokens: Some(policy(alg)?),
        assertions: None,
        may_forget: false,
    }))?)
}

/// A sign-in with everything that a token usually says.
pub fn begun(authority: &Authority, name: &str) -> Result<Begun, Failure> {
    let attempt = wait(authority.begin_login(&name.parse().map_err(|_| "a subject that is none")?))?;
    let word = |text: &str| text.parse().map_err(|_| "a word that is none");
    let proof = attempt.proven(vec![word("pwd")?], cloakroom_model::ports::Clock::now(&SystemClock));
    let sign_in = SignIn {
        proof: &proof,
        host: &"login.example".parse().map_err(|_| "a host that is none")?,
        class: SignedInClass::Renewed,
        groups: &["staff".parse().map_err(|_| "a group that is none")?],
        parent: None,
        own: None,
        client: &Client::default(),
        device: &Device::default(),
        origin: &Origin::default(),
        change: &NOTHING,
    };
    let grant = Grant {
        client: CLIENT,
        scope: vec!["notes:read".parse().map_err(|_| "a scope that is none")?],
        audience: vec!["https://api.example".parse().map_err(|_| "an audience that is none")?],
        bound_to: None,
    };
    Ok(wait(authority.begin(&sign_in, &grant))?)
}
