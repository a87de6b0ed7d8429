use super::*;
use crate::tokens::tests::{policy, token};
use cloakroom_crypto::jwks::publish;
use cloakroom_crypto::jwt;
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_model::ports::doubles::{ManualClock, SeededEntropy};
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::{KeyId, SessionId};
use cloakroom_rules::token::access::AccessToken;
use serde_json::Value;

const TRUTH: Incarnation = Incarnation([7; 16]);
const SESSION: SessionId = SessionId::from_bytes([7; 16]);

struct World {
    guard: Guard,
    clock: ManualClock,
    key: SigningKey,
    kid: KeyId,
}

/// One that knows its keys, and nothing else.
fn world() -> World {
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::new(3));
    let guard = Guard::draw(policy(), Arc::new(clock.clone()), &entropy).unwrap();
    let (key, kid) = (SigningKey::draw(PairAlg::EdDsa).unwrap(), KeyId::from_bytes([4; 16]));
    let world = World { guard, clock, key, kid };
    world.believes();
    world
}

impl World {
    fn believes(&self) {
        let key = self.key.public(&self.kid.to_string()).unwrap();
        self.guard.believe(&publish([&key])).unwrap();
    }

    fn token(&self) -> String {
        self.token_of(&self.kid.to_string())
    }

    fn token_of(&self, kid: &str) -> String {
        let issued = self.clock.now();
        let token = AccessToken { issued, expires: issued.plus(Span::minutes(10)), family: None, ..token() };
        jwt::sign(&token, kid, &self.key).unwrap()
    }

    fn is_fresh(&self) {
        self.guard.proven(self.clock.since_boot());
    }

    fn learns(&self, key: FactKey, at_least: u64, until: Time) {
        self.guard.learn(&[KeptFact { fact: Fact { key, at_least }, until }]);
    }

    fn says(&self, token: &str) -> String {
        self.says_to(token, None)
    }

    fn says_to(&self, token: &str, receipt: Option<Place>) -> String {
        match self.guard.check(token, MaxStaleness::sensitive(), receipt) {
            Checked::Known(Verdict::Valid(_)) => "valid".to_owned(),
            Checked::Known(verdict) => format!("{verdict:?}").to_lowercase(),
            Checked::Unknown(age) => format!("unknown {:?}", age.map(Span::as_millis)),
        }
    }
}

#[test]
fn good_news_must_be_fresh() {
    let world = world();
    let token = world.token();
    assert_eq!(world.says(&token), "unknown None");
    world.is_fresh();
    assert_eq!(world.says(&token), "valid");
    world.clock.advance(Span::seconds(2));
    assert_eq!(world.says(&token), "valid", "so much is borne");
    world.clock.advance(Span::millis(1));
    assert_eq!(world.says(&token), "unknown Some(2001)");
    world.is_fresh();
    assert_eq!(world.says(&token), "valid");
    world.learns(FactKey::Version(SESSION), 8, Time::MAX);
    assert_eq!(world.says(&token), "stale");
    world.clock.advance(Span::seconds(3));
    assert_eq!(world.says(&token), "unknown Some(3000)", "renewing it would be an answer to nothing");
}

/// What is no token of ours is none, however little is known; and what was taken back is so for ever.
#[test]
fn bad_news_is_never_too_old() {
    let world = world();
    let token = world.token();
    world.learns(FactKey::Session(SESSION), Fact::REVOKED, Time::MAX);
    assert_eq!(world.says(&token), "revoked");
    let mut forged = token.clone().into_bytes();
    let last = forged.len() - 3;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(world.says(&String::from_utf8(forged).unwrap()), "invalid(signature)");
    assert!(world.says("no token at all").starts_with("invalid("));
    world.clock.advance(Span::minutes(11));
    assert_eq!(world.says(&token), "expired");
}

#[test]
fn who_brings_a_receipt_is_not_answered_before_it_has_come() {
    let world = world();
    let token = world.token();
    world.is_fresh();
    let place = |head| Some(Place { of: TRUTH, lane: LaneId(1), head });
    assert_eq!(world.says_to(&token, place(3)), "unknown Some(0)");
    world.guard.reached(TRUTH, Heads::from([(LaneId(1), 3)]));
    assert_eq!(world.says_to(&token, place(3)), "valid");
    assert_eq!(world.says_to(&token, place(4)), "unknown Some(0)");
    let other = Place { of: Incarnation([8; 16]), lane: LaneId(1), head: 1 };
    assert_eq!(world.says_to(&token, Some(other)), "unknown Some(0)", "that was another truth");
}

/// It may be new; and whoever makes keys up must not make the authority work.
#[test]
fn a_key_that_nobody_knows_is_asked_for() {
    let world = world();
    world.is_fresh();
    let unknown = world.token_of("key_00000000000000000000000009");
    assert_eq!(world.says(&unknown), "invalid(key)", "the keys have come just now");
    assert!(!world.guard.takes_the_question());
    world.clock.advance(Span::millis(1_001));
    assert_eq!(world.says(&unknown), "unknown Some(1001)");
    assert_eq!(world.says(&unknown), "unknown Some(1001)");
    assert!(world.guard.takes_the_question() && !world.guard.takes_the_question(), "once");
    assert_eq!(world.says(&unknown), "unknown Some(1001)", "it is asked already");
    assert!(!world.guard.takes_the_question());
    world.guard.asks_again();
    assert!(world.guard.takes_the_question(), "the stream was gone");
    world.believes();
    assert_eq!(world.says(&unknown), "invalid(key)");
}

/// Facts are forgotten when what they deny is over. A clock that is set back does not make it good again.
#[test]
fn what_was_forgotten_is_over_by_any_clock() {
    let world = world();
    let token = world.token();
    world.learns(FactKey::Session(SESSION), Fact::REVOKED, world.clock.now().plus(Span::minutes(11)));
    world.clock.advance(Span::minutes(12));
    assert_eq!(world.guard.forget(), 1);
    world.clock.jump(world.clock.now().plus(Span::millis(-12 * 60_000)));
    world.is_fresh();
    assert_eq!(world.says(&token), "expired");
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| core::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Tokens that others have made; the tests of the other clients play the same file.
#[test]
fn the_tokens_of_the_shared_file() {
    let shared: Value = serde_json::from_str(include_str!("../../../../vectors/tokens.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let now = Time::from_millis(shared["now"].as_i64().unwrap() * 1_000);
    for token in shared["tokens"].as_array().unwrap() {
        let clock = ManualClock::at(now);
        let policy = TokenPolicy::of(
            text(&shared["issuer"]).parse().unwrap(),
            text(&shared["audience"]).parse().unwrap(),
        );
        let guard = Guard::draw(policy, Arc::new(clock.clone()), &SeededEntropy::new(1)).unwrap();
        guard.believe(&shared["jwks"].to_string()).unwrap();
        guard.proven(clock.since_boot());
        for fact in token["facts"].as_array().unwrap() {
            let key = FactKey::from_bytes(&bytes(&text(&fact["key"]))).unwrap();
            let fact = Fact { key, at_least: text(&fact["at_least"]).parse().unwrap() };
            guard.learn(&[KeptFact { fact, until: Time::MAX }]);
        }
        // Twice: the second time its signature is known.
        for _ in 0..2 {
            let said = match guard.check(&text(&token["token"]), MaxStaleness::sensitive(), None) {
                Checked::Unknown(_) => "unknown",
                Checked::Known(Verdict::Valid(_)) => "valid",
                Checked::Known(Verdict::Revoked) => "revoked",
                Checked::Known(Verdict::Expired) => "expired",
                Checked::Known(Verdict::Stale) => "stale",
                Checked::Known(Verdict::Invalid(Rejected::Key)) => "unknown key",
                Checked::Known(Verdict::Invalid(_) | Verdict::NotHere(_)) => "invalid",
            };
            assert_eq!(said, text(&token["verdict"]), "{}", token["name"]);
        }
    }
}

/// A clock that jumps ahead and back again signs nobody out, and makes nothing forgotten.
#[test]
fn a_clock_that_jumps_is_not_believed_at_once() {
    let world = world();
    let (ended, token) = (world.token(), world.token());
    world.learns(FactKey::User("bob".parse().unwrap()), 5, world.clock.now().plus(Span::minutes(11)));
    world.clock.advance(Span::minutes(20));
    let right = world.clock.now();
    world.clock.jump(right.plus(Span::hours(24)));
    assert_eq!((world.guard.forget(), world.guard.facts()), (0, 1));
    world.clock.advance(Span::minutes(5));
    assert_eq!(world.guard.forget(), 0, "it may jump back");
    world.clock.jump(right);
    assert_eq!(world.guard.forget(), 0, "it has");
    let fresh = world.token();
    world.is_fresh();
    assert_eq!(world.says(&fresh), "valid");
    assert_eq!((world.says(&ended), world.says(&token)), ("expired".to_owned(), "expired".to_owned()));
    world.clock.advance(Span::minutes(11));
    assert_eq!(world.guard.forget(), 1);
}

/// Whoever makes up names of keys must not make everybody else pay.
#[test]
fn the_same_keys_again_forget_nothing() {
    let world = world();
    world.is_fresh();
    assert_eq!(world.says(&world.token()), "valid");
    assert_eq!(world.guard.0.tokens.remembered(), 1);
    world.believes();
    assert_eq!(world.guard.0.tokens.remembered(), 1);
    world.guard.believe(r#"{"keys":[]}"#).unwrap();
    assert_eq!(world.guard.0.tokens.remembered(), 0);
    assert!(world.guard.believe("no keys").is_err());
}
