//! Our tokens against other people's libraries, both ways: what one signs, the other believes, and what is changed nobody believes.

mod peer;

mod rust_peer;

mod words;

use cloakroom_crypto::jwk::Jwk;
use cloakroom_crypto::jws::{Rejected, Unverified, sign};
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_crypto::verifying_key::{Pair, VerifyingKey};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::base64url;
use peer::{Lines, Peer};
use serde_json::{Value, json};
use std::process::ExitCode;
use words::Words;

const PAIRS: [PairAlg; 4] = [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ps256, PairAlg::Rs256];

/// Where another library may say yes to what we refuse: it is laxer, and that is known.
const LAXER: [Rejected; 4] = [Rejected::Malformed, Rejected::Header, Rejected::TooLong, Rejected::Algorithm];

#[derive(Debug, Default)]
struct Count {
    passed: u64,
    laxer: u64,
    wrong: Vec<String>,
}

impl Count {
    fn expect(&mut self, is_good: bool, what: impl FnOnce() -> String) {
        if is_good {
            self.passed += 1;
        } else {
            self.wrong.push(what());
        }
    }
}

/// What we say of a token under a key.
fn ours(token: &str, key: &VerifyingKey) -> Result<String, Rejected> {
    let payload = Unverified::parse(token)?.verify(key)?;
    String::from_utf8(payload).map_err(|_| Rejected::Malformed)
}

/// One text, asked of both: nothing that we believe may be refused there, and nothing that was changed may be believed here.
fn compare(
    count: &mut Count,
    peer: &mut dyn Peer,
    jwk: &Value,
    key: &VerifyingKey,
    token: &str,
    is_honest: bool,
) {
    let (here, there) = (ours(token, key), peer.verify(key.alg().as_str(), jwk, token));
    match (&here, &there) {
        (Ok(here), Some(there)) if is_honest => {
            count.expect(words::is_same(here, there), || {
                format!("{} reads something else: {here} {there}", peer.name())
            });
        }
        (Err(_), None) => {
            count.expect(!is_honest, || format!("{} and we refuse an honest token: {token}", peer.name()))
        }
        (Err(rejected), Some(_)) if !is_honest && LAXER.contains(rejected) => {
            count.passed += 1;
            count.laxer += 1;
        }
        _ => count.wrong.push(format!("{}: here {here:?}, there {there:?}: {token}", peer.name())),
    }
}

fn our_tokens(count: &mut Count, peer: &mut dyn Peer, words: &mut Words, rounds: u64) {
    for alg in PAIRS {
        let Ok(key) = SigningKey::draw(alg) else { return count.wrong.push("no key".to_owned()) };
        let (Ok(jwk), Ok(verifying)) = (key.public("one"), key.verifying("one")) else {
            return count.wrong.push("no public key".to_owned());
        };
        let jwk = Value::Object(jwk.to_object());
        for _ in 0..rounds {
            let payload = words.payload();
            let Ok(token) = sign(payload.as_bytes(), Some("at+jwt"), Some("one"), &key) else { continue };
            compare(count, peer, &jwk, &verifying, &token, true);
            compare(count, peer, &jwk, &verifying, &words.changed(&token), false);
        }
    }
    shared(count, peer, words, rounds);
}

fn shared(count: &mut Count, peer: &mut dyn Peer, words: &mut Words, rounds: u64) {
    let bytes = words.bytes(32);
    let jwk = json!({ "kty": "oct", "k": base64url(&bytes), "alg": "HS256" });
    let pair = Pair { issuer: "i".to_owned(), audience: "a".to_owned() };
    let secret = Secret::new(bytes);
    let (Ok(key), Ok(verifying)) = (SigningKey::shared(&secret), VerifyingKey::shared(&secret, pair)) else {
        return count.wrong.push("no shared key".to_owned());
    };
    for _ in 0..rounds {
        let payload = words.payload();
        if let Ok(token) = sign(payload.as_bytes(), None, Some("one"), &key) {
            compare(count, peer, &jwk, &verifying, &token, true);
            compare(count, peer, &jwk, &verifying, &words.changed(&token), false);
        }
        match peer.sign_shared(&jwk, &payload) {
            Some(token) => compare(count, peer, &jwk, &verifying, &token, true),
            None => count.wrong.push(format!("{} does not sign HS256", peer.name())),
        }
    }
}

fn their_tokens(count: &mut Count, peer: &mut dyn Peer, words: &mut Words, rounds: u64) {
    for alg in PAIRS {
        let name = cloakroom_crypto::alg::Alg::from(alg).as_str();
        let Some((id, jwk)) = peer.key(name) else {
            count.wrong.push(format!("{} makes no key for {name}", peer.name()));
            continue;
        };
        let parsed = jwk.as_object().ok_or(()).and_then(|jwk| Jwk::of(jwk).map_err(drop));
        let Ok(key) = parsed.and_then(|jwk| VerifyingKey::of(&jwk).map_err(drop)) else {
            count.wrong.push(format!("we do not read {}'s key: {jwk}", peer.name()));
            continue;
        };
        for _ in 0..rounds {
            let payload = words.payload();
            match peer.sign(name, &id, &payload) {
                Some(token) => {
                    compare(count, peer, &jwk, &key, &token, true);
                    compare(count, peer, &jwk, &key, &words.changed(&token), false);
                }
                None => count.wrong.push(format!("{} does not sign {name}", peer.name())),
            }
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]
fn main() -> ExitCode {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let [python, script, node, go] =
        [".installed/python/bin/python", "peers/python/peer.py", "peers/node/peer.mjs", ".installed/go-peer"]
            .map(|path| format!("{root}/{path}"));
    let peers: [(&str, Option<Box<dyn Peer>>); 5] = [
        ("jsonwebtoken", rust_peer::start()),
        ("jose", Lines::start("jose", "node", &[&node])),
        ("PyJWT", Lines::start("PyJWT", &python, &[&script, "pyjwt"])),
        ("Authlib", Lines::start("Authlib", &python, &[&script, "authlib"])),
        ("golang-jwt", Lines::start("golang-jwt", &go, &[])),
    ];
    let (mut passed, mut failed, mut skipped, mut tokens) = (0, 0, 0, 0);
    for (turn, (name, peer)) in peers.into_iter().enumerate() {
        let Some(mut peer) = peer else {
            println!("skipped: {name}: not installed");
            skipped += 1;
            continue;
        };
        let (mut count, mut words) = (Count::default(), Words::of(turn as u64));
        our_tokens(&mut count, &mut *peer, &mut words, rounds);
        their_tokens(&mut count, &mut *peer, &mut words, rounds);
        println!(
            "{name}: {} as expected ({} of them refused by us alone), {} not",
            count.passed,
            count.laxer,
            count.wrong.len()
        );
        for wrong in count.wrong.iter().take(5) {
            eprintln!("failed: {wrong}");
        }
        tokens += count.passed;
        match count.wrong.is_empty() {
            true => passed += 1,
            false => failed += 1,
        }
    }
    println!("interop: {passed} passed, {failed} failed, {skipped} skipped, {tokens} tokens");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
