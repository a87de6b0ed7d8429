//! One core: the bare signature, ours around it, jsonwebtoken around it. Every token is another one.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey,
};
use cloakroom_bench::issuing::{authority, begun};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, micros, timed};
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jwt::{self, Claims, Jwt, UnverifiedJwt};
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_crypto::verifying_key::{Pair, VerifyingKey};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::from_base64url;
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::mint::Extra;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_testkit::engine::Failure;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::Value;
use std::hint::black_box;
use std::sync::Arc;

const ROUNDS: usize = 7;

/// A pair as the bare library has it, from the bytes of ours.
enum Bare {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Bare {
    fn of(alg: PairAlg, der: &[u8]) -> Result<(Self, ParsedPublicKey), Failure> {
        Ok(match alg {
            PairAlg::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)?;
                let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())?;
                (Self::Ec(pair), public)
            }
            _ => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)?;
                let public = ParsedPublicKey::new(&ED25519, pair.public_key().as_ref())?;
                (Self::Ed(pair), public)
            }
        })
    }

    fn sign(&self, message: &[u8]) -> Result<usize, Failure> {
        Ok(match self {
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().len(),
            Self::Ed(pair) => pair.sign(message).as_ref().len(),
        })
    }
}

struct Tokens {
    texts: Vec<String>,
    tokens: Vec<AccessToken>,
}

/// Another one each time.
fn tokens(key: &SigningKey, kid: &str, count: usize) -> Result<Tokens, Failure> {
    let store = MemoryStore::open(Arc::new(SystemClock), Limits::default()).into_stores();
    let authority = authority(store, PairAlg::EdDsa)?;
    let begun = begun(&authority, "anna")?;
    let mut all = Tokens { texts: Vec::new(), tokens: Vec::new() };
    for _ in 0..count {
        let token = authority.mint(&begun.held, SystemClock.now(), Extra::default())?.token;
        all.texts.push(jwt::sign(&token, kid, key)?);
        all.tokens.push(token);
    }
    Ok(all)
}

/// Microseconds for each, one after the other.
fn each<T>(all: &[T], mut act: impl FnMut(&T) -> Result<(), Failure>) -> Result<f64, Failure> {
    let (done, time) = timed(|| all.iter().try_for_each(&mut act));
    done?;
    Ok(micros(time) / all.len().max(1) as f64)
}

fn rows(report: &mut Report, what: &str, times: &mut [Vec<f64>; 3]) -> Result<(), Failure> {
    let [bare, ours, theirs] = times;
    let (bare, ours, theirs) = (median(bare), median(ours), median(theirs));
    for (name, value) in [("ours", ours), ("jsonwebtoken", theirs)] {
        report.row(&Row {
            name: format!("{what}: {name}"),
            baseline: "the bare signature",
            value,
            unit: "us",
            ratio: Some(value / bare),
            note: format!("bare {bare:.2} us"),
            ..Row::default()
        })?;
    }
    Ok(())
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let count = if quick { 300 } else { 3_000 };
    for (name, alg, theirs) in
        [("ES256", PairAlg::Es256, Algorithm::ES256), ("EdDSA", PairAlg::EdDsa, Algorithm::EdDSA)]
    {
        pair(report, name, alg, theirs, count)?;
    }
    shared(report, count * 4)
}

fn pair(
    report: &mut Report,
    name: &str,
    alg: PairAlg,
    theirs: Algorithm,
    count: usize,
) -> Result<(), Failure> {
    let key = SigningKey::draw(alg)?;
    let private = key.to_private_bytes()?;
    let der = private.expose().splitn(2, |byte| *byte == 0).nth(1).ok_or("no key")?;
    let (bare, public) = Bare::of(alg, der)?;
    let kid = "key_00000000000000000000000000";
    let mut keys = KeySet::default();
    keys.add(kid, key.verifying(kid)?)?;
    let all = tokens(&key, kid, count)?;
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(Value::Object(key.public(kid)?.to_object()))?;
    let (their_public, mut validation) = (DecodingKey::from_jwk(&jwk)?, Validation::new(theirs));
    validation.set_audience(&["https://api.example"]);
    let their_private = match alg {
        PairAlg::Es256 => EncodingKey::from_ec_der(der),
        _ => EncodingKey::from_ed_der(der),
    };
    let parts: Result<Vec<_>, Failure> = all.texts.iter().map(|text| apart(text)).collect();
    let parts = parts?;
    let (mut verify, mut sign): ([Vec<f64>; 3], [Vec<f64>; 3]) = Default::default();
    for _ in 0..ROUNDS {
        verify[0].push(each(&parts, |(message, signature)| {
            Ok(public.verify_sig(message.as_bytes(), signature)?)
        })?);
        verify[1].push(each(&all.texts, |text| {
            let token: Jwt<AccessToken> = UnverifiedJwt::parse(text)?.verify(&keys)?;
            black_box(token);
            Ok(())
        })?);
        verify[2].push(each(&all.texts, |text| {
            black_box(decode::<Value>(text, &their_public, &validation)?);
            Ok(())
        })?);
        sign[0].push(each(&parts, |(message, _)| {
            black_box(bare.sign(message.as_bytes())?);
            Ok(())
        })?);
        sign[1].push(each(&all.tokens, |token| {
            black_box(jwt::sign(token, kid, &key)?);
            Ok(())
        })?);
        let claims: Vec<_> = all.tokens.iter().map(Claims::write).collect();
        sign[2].push(each(&claims, |claims| {
            black_box(encode(&Header::new(theirs), claims, &their_private)?);
            Ok(())
        })?);
    }
    rows(report, &format!("check {name}, first sight"), &mut verify)?;
    rows(report, &format!("sign {name}"), &mut sign)
}

/// What was signed, and the signature.
fn apart(text: &str) -> Result<(String, Vec<u8>), Failure> {
    let (message, signature) = text.rsplit_once('.').ok_or("no token")?;
    Ok((message.to_owned(), from_base64url(signature)?))
}

fn shared(report: &mut Report, count: usize) -> Result<(), Failure> {
    let secret = Secret::new(vec![9; 32]);
    let pair =
        Pair { issuer: "https://login.example".to_owned(), audience: "https://api.example".to_owned() };
    let (key, mut keys) = (SigningKey::shared(&secret)?, KeySet::default());
    keys.add("one", VerifyingKey::shared(&secret, pair)?)?;
    let all = tokens(&key, "one", count)?;
    let bare = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.expose());
    let (theirs, mut validation) =
        (DecodingKey::from_secret(secret.expose()), Validation::new(Algorithm::HS256));
    validation.set_audience(&["https://api.example"]);
    let parts: Result<Vec<_>, Failure> = all.texts.iter().map(|text| apart(text)).collect();
    let parts = parts?;
    let mut verify: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        verify[0].push(each(&parts, |(message, signature)| {
            Ok(aws_lc_rs::hmac::verify(&bare, message.as_bytes(), signature)?)
        })?);
        verify[1].push(each(&all.texts, |text| {
            let token: Jwt<AccessToken> = UnverifiedJwt::parse(text)?.verify(&keys)?;
            black_box(token);
            Ok(())
        })?);
        verify[2].push(each(&all.texts, |text| {
            black_box(decode::<Value>(text, &theirs, &validation)?);
            Ok(())
        })?);
    }
    rows(report, "check HS256, first sight", &mut verify)
}
