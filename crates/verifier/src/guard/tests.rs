use super::*;
use crate::feed;
use crate::tokens::tests::{policy, token};
use cloakroom_crypto::jwks::publish;
use cloakroom_crypto::jwt;
use cloakroom_crypto::mac::MacKey;
use cloakroom_crypto::prf::Prf;
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

/// Another one on the same machine, with the same hash.
fn guard_at(world: &World) -> Guard {
    let (prf, entropy) = (Prf::keyed(&Secret::new([3; 32])), SeededEntropy::new(3));
    let guard = Guard::with(Table::by(prf), policy(), Arc::new(world.clock.clone()), &entropy).unwrap();
    guard.believe(&publish([&world.key.public(&world.kid.to_string()).unwrap()])).unwrap();
    guard
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

    fn says_to(&self, token: &str, receipt: Option<&str>) -> String {
        let receipt = receipt.map(|text| self.guard.receipt(text).unwrap());
        said(&self.guard.check(token, MaxStaleness::sensitive(), receipt.as_ref()))
    }

    fn says_on(&self, otherwise: Otherwise, token: &str) -> String {
        let route = Route { bears: MaxStaleness::sensitive(), otherwise };
        said(&self.guard.decide_at_once(token, route, None))
    }
}

fn said(checked: &Checked) -> String {
    match checked {
        Checked::Known(Verdict::Valid(_)) => "valid".to_owned(),
        Checked::Known(verdict) => format!("{verdict:?}").to_lowercase(),
        Checked::Unknown(age) => format!("unknown {:?}", age.map(Span::as_millis)),
    }
}

/// As the authority with this key would make it.
fn receipt(key: u8, of: Incarnation, head: u64) -> String {
    let made = feed::receipt::Receipt { kid: 1, of, heads: Heads::from([(LaneId(1), head)]) };
    made.to_text(&MacKey::new(&Secret::new([key; 32])))
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
    world.clock.advance(Span::millis(1));
    let brings = |of, head| world.says_to(&token, Some(&receipt(5, of, head)));
    assert_eq!(brings(TRUTH, 3), "unknown Some(1)", "nobody can say yet whether it is one");
    world.guard.believe_receipts(1, &Secret::new([5; 32]));
    assert_eq!(brings(TRUTH, 3), "unknown Some(1)");
    world.guard.reached(TRUTH, Heads::from([(LaneId(1), 3)]));
    assert_eq!(brings(TRUTH, 3), "valid");
    assert_eq!(brings(TRUTH, 4), "unknown Some(1)");
    let other = Incarnation([8; 16]);
    assert_eq!(brings(other, 1), "unknown Some(1)", "that was another truth");
    // What is asked for when a receipt is there already covers it, of whichever truth it is.
    world.clock.advance(Span::millis(1));
    assert_eq!(brings(other, 1), "unknown Some(2)");
    world.is_fresh();
    assert_eq!(brings(other, 1), "valid");
    assert_eq!(brings(TRUTH, 4), "valid");
    assert_eq!(brings(TRUTH, 5), "unknown Some(0)", "this one may be newer than the question");
    world.clock.advance(Span::millis(1));
    world.is_fresh();
    assert_eq!(brings(TRUTH, 5), "valid");
}

/// Each writer of a truth has a number of its own.
#[test]
fn a_receipt_is_about_every_lane() {
    let world = world();
    world.guard.believe_receipts(1, &Secret::new([5; 32]));
    world.is_fresh();
    let heads = |one, other| Heads::from([(LaneId(1), one), (LaneId(2), other)]);
    let made = feed::receipt::Receipt { kid: 1, of: TRUTH, heads: heads(3, 4) };
    let made = made.to_text(&MacKey::new(&Secret::new([5; 32])));
    for (known, said) in
        [(heads(3, 3), "unknown Some(0)"), (heads(2, 4), "unknown Some(0)"), (heads(3, 4), "valid")]
    {
        world.guard.reached(TRUTH, known);
        assert_eq!(world.says_to(&world.token(), Some(&made)), said);
    }
}

/// What was forgotten before this process is over in this one, too.
#[test]
fn a_guard_that_takes_the_place_of_another_knows_what_that_has_forgotten() {
    let (first, second) = (world(), world());
    let token = second.token();
    let ends = first.clock.now().plus(Span::minutes(11));
    first.learns(FactKey::Session(SESSION), Fact::REVOKED, ends);
    first.clock.advance(Span::minutes(12));
    assert_eq!(first.guard.forget(), 1);
    let contents = first.guard.contents();
    assert_eq!((contents.facts.len(), contents.forgotten), (0, ends));
    second.is_fresh();
    assert_eq!(second.says(&token), "valid", "its clock is behind");
    second.guard.put_back(contents);
    second.believes();
    assert_eq!(second.says(&token), "expired");
}

/// A machine that starts with a wrong clock learns facts by it. When it is set right nothing is forgotten that tokens may still be denied by;
/// nor by the next process, which takes them over.
#[test]
fn what_was_learnt_by_a_wrong_clock_outlives_its_tokens() {
    for restarts in [false, true] {
        let world = world();
        let right = world.clock.now();
        world.clock.jump(right.plus(Span::millis(-8 * 3_600_000)));
        let mut guard = guard_at(&world);
        guard.learn(&[KeptFact { fact: Fact::revoke(FactKey::Session(SESSION)), until: Time::MAX }]);
        world.clock.jump(right);
        let expires = right.plus(Span::hours(1));
        let token = AccessToken { issued: right, expires, family: None, ..token() };
        let token = jwt::sign(&token, &world.kid.to_string(), &world.key).unwrap();
        if restarts {
            let contents = guard.contents();
            guard = guard_at(&world);
            guard.put_back(contents);
        }
        for _ in 0..50 {
            guard.forget();
            world.clock.advance(Span::minutes(1));
        }
        guard.proven(world.clock.since_boot());
        let checked = guard.check(&token, MaxStaleness::sensitive(), None);
        assert_eq!(said(&checked), "revoked", "restarts: {restarts}");
    }
}

/// A machine may start with a clock that is ahead: what ends by that has not ended.
#[test]
fn nothing_is_forgotten_by_a_clock_that_was_not_seen_for_long() {
    let world = world();
    world.learns(FactKey::Session(SESSION), Fact::REVOKED, world.clock.now());
    world.clock.advance(Span::millis(10 * 60_000 - 1));
    assert_eq!(world.guard.forget(), 0);
    world.clock.advance(Span::millis(1));
    assert_eq!(world.guard.forget(), 1);
}

/// A process that is started often must not keep everything for ever.
#[test]
fn what_was_taken_out_a_moment_ago_keeps_its_end() {
    for (later, left) in [(Span::minutes(59), 0), (Span::minutes(61), 1)] {
        let world = world();
        let ends = world.clock.now().plus(Span::minutes(30));
        world.learns(FactKey::Session(SESSION), Fact::REVOKED, ends);
        let contents = world.guard.contents();
        world.clock.advance(later);
        let next = guard_at(&world);
        next.put_back(contents);
        world.clock.advance(Span::minutes(20));
        next.forget();
        assert_eq!(next.facts(), left, "{later:?}");
    }
}

/// After the root key was changed, receipts of before are from before.
#[test]
fn a_receipt_under_an_earlier_key_is_covered_by_what_comes_after() {
    let world = world();
    let token = world.token();
    let old = receipt(5, TRUTH, 3);
    world.is_fresh();
    world.clock.advance(Span::millis(1));
    world.guard.believe_receipts(2, &Secret::new([6; 32]));
    world.guard.reached(TRUTH, Heads::from([(LaneId(1), 9)]));
    assert_eq!(
        world.says_to(&token, Some(&old)),
        "unknown Some(1)",
        "where it stands nobody can check any more"
    );
    world.clock.advance(Span::millis(1));
    world.is_fresh();
    assert_eq!(world.says_to(&token, Some(&old)), "valid");
    world.guard.believe_receipts(2, &Secret::new([6; 32]));
    assert_eq!(world.says_to(&token, Some(&old)), "valid", "told again on another stream");
}

/// Whoever makes one up makes nobody wait, and puts nothing into memory.
#[test]
fn only_the_authority_makes_receipts() {
    let world = world();
    world.guard.believe_receipts(1, &Secret::new([5; 32]));
    let good = receipt(5, TRUTH, 3);
    assert!(world.guard.receipt(&good).is_ok());
    assert!(world.guard.receipt(&receipt(6, TRUTH, 3)).is_err(), "another key");
    let other = if good.ends_with('A') { "B" } else { "A" };
    let changed = [
        good.get(1..).unwrap().to_owned(),
        format!("{}{other}", &good[..good.len() - 1]),
        format!("{good}AAAA"),
        good.replacen("AQAB", "AgAB", 1),
        String::new(),
        "A".repeat(20_000),
    ];
    for text in changed {
        assert!(world.guard.receipt(&text).is_err(), "{text}");
    }
    // Of another root key than the known one nobody can say anything.
    let newer = feed::receipt::Receipt { kid: 2, of: TRUTH, heads: Heads::new() };
    let newer = newer.to_text(&MacKey::new(&Secret::new([9; 32])));
    world.is_fresh();
    assert_eq!(world.says_to(&world.token(), Some(&newer)), "unknown Some(0)");
}

#[test]
fn a_route_may_bear_more_by_name_and_never_more_than_is_waited_for() {
    let world = world();
    let token = world.token();
    world.is_fresh();
    world.clock.advance(Span::seconds(5));
    assert_eq!(world.says_on(Otherwise::Deny503, &token), "unknown Some(5000)");
    assert_eq!(world.says_on(Otherwise::Introspect, &token), "unknown Some(5000)", "nobody was asked");
    assert_eq!(world.says_on(Otherwise::AllowStale(Span::seconds(4)), &token), "unknown Some(5000)");
    assert_eq!(world.says_on(Otherwise::AllowStale(Span::seconds(5)), &token), "valid");
    world.clock.advance(Span::seconds(6));
    let longer = Otherwise::AllowStale(Span::minutes(5));
    assert_eq!(world.says_on(longer, &token), "unknown Some(11000)", "the authority waits for ten seconds");
    world.learns(FactKey::Session(SESSION), Fact::REVOKED, Time::MAX);
    assert_eq!(world.says_on(longer, &token), "revoked");
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

#[test]
fn a_token_that_would_outlive_the_facts_is_none() {
    let world = world();
    world.is_fresh();
    let issued = world.clock.now();
    let says = |life: Span| {
        let token = AccessToken { issued, expires: issued.plus(life), family: None, ..token() };
        world.says(&jwt::sign(&token, &world.kid.to_string(), &world.key).unwrap())
    };
    assert_eq!(says(Span::hours(1)), "valid");
    // The claims have whole seconds.
    assert_eq!(says(Span::seconds(3_601)), "nothere(badtoken)");
}

/// The authority keeps them for as long as a session lives, which may be weeks: no token does.
#[test]
fn facts_are_kept_as_long_as_tokens_may_be_older_than_they() {
    let world = world();
    let session = FactKey::Session(SESSION);
    world.learns(session.clone(), Fact::REVOKED, Time::MAX);
    world.learns(FactKey::Key(world.kid), Fact::REVOKED, Time::MAX);
    world.clock.advance(Span::hours(4));
    assert_eq!((world.guard.forget(), world.guard.facts()), (0, 2));
    world.clock.advance(Span::millis(1));
    assert_eq!((world.guard.forget(), world.guard.facts()), (1, 1), "a key that was destroyed stays so");
    // One that comes when the clock has just jumped is kept for as long as it says.
    let day = Span::hours(24);
    world.clock.jump(world.clock.now().plus(day));
    assert_eq!(world.guard.forget(), 0, "it has seen the jump");
    world.learns(session, Fact::REVOKED, world.clock.now().plus(Span::millis(day.as_millis() * 2)));
    world.clock.advance(day);
    assert_eq!((world.guard.forget(), world.guard.facts()), (0, 2));
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
    // Its end was counted by a clock that nobody believes any more: after each jump it has four hours again.
    world.clock.advance(Span::hours(27));
    assert_eq!(world.guard.forget(), 0);
    world.clock.advance(Span::hours(2));
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

#[cfg(feature = "stream")]
mod asking {
    use super::*;
    use crate::questions::Question;
    use core::time::Duration;
    use tokio::sync::mpsc::Receiver;

    const ASKS: Route = Route { bears: MaxStaleness::sensitive(), otherwise: Otherwise::Introspect };

    /// The next question, if one comes at all.
    async fn asked(questions: &mut Receiver<Question>) -> Question {
        tokio::time::timeout(Duration::from_secs(9), questions.recv()).await.unwrap().unwrap()
    }

    /// What is said of a token when somebody answers, after a while, that this is so.
    async fn said_when(world: &World, token: &str, known: &[(FactKey, u64)], takes: Span) -> String {
        let mut questions = world.guard.questions().taken();
        let answers = async {
            let question = asked(&mut questions).await;
            let number =
                |key: &FactKey| known.iter().find(|(other, _)| other == key).map_or(0, |(_, number)| *number);
            let numbers = question.keys.iter().map(number).collect();
            world.clock.advance(takes);
            question.answer.send(numbers).unwrap();
        };
        said(&tokio::join!(world.guard.decide(token, ASKS, None), answers).0)
    }

    /// Nobody answers.
    async fn said_alone(world: &World, token: &str) -> String {
        said(&world.guard.decide(token, ASKS, None).await)
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_knows_is_asked_for() {
        let world = world();
        let token = world.token();
        let soon = Span::millis(10);
        assert_eq!(said_when(&world, &token, &[], soon).await, "valid");
        assert_eq!(world.says(&token), "unknown None", "it says nothing of the next request");
        let late = said_when(&world, &token, &[], Span::millis(2_001)).await;
        assert_eq!(late, "unknown None", "the answer is older than the route bears");
        let key = FactKey::Session(SESSION);
        assert_eq!(said_when(&world, &token, &[(key.clone(), Fact::REVOKED)], soon).await, "revoked");
        assert_eq!(world.says(&token), "revoked", "once denied, for ever");
    }

    /// Right after a start the keys have not come.
    #[tokio::test(start_paused = true)]
    async fn it_is_asked_as_soon_as_it_can_be() {
        let world = world();
        let token = world.token();
        let nobody = KeySet::parse(br#"{"keys":[]}"#).unwrap();
        world.guard.0.tokens.believe(nobody);
        world.clock.advance(Span::seconds(2));
        let mut questions = world.guard.questions().taken();
        let starts = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            world.guard.0.published.lock().clear();
            world.believes();
            let question = asked(&mut questions).await;
            question.answer.send(vec![0; question.keys.len()]).unwrap();
        };
        let (checked, ()) = tokio::join!(world.guard.decide(&token, ASKS, None), starts);
        assert_eq!(said(&checked), "valid");
    }

    /// Somebody who makes receipts up takes no room, and has nobody asked.
    #[tokio::test(start_paused = true)]
    async fn a_receipt_that_nobody_knows_makes_nobody_wait() {
        let world = world();
        let (token, mut questions) = (world.token(), world.guard.questions().taken());
        let made_up = world.guard.receipt(&receipt(9, TRUTH, 1)).unwrap();
        let at_once =
            tokio::time::timeout(Duration::ZERO, world.guard.decide(&token, ASKS, Some(&made_up))).await;
        assert_eq!(said(&at_once.unwrap()), "unknown None");
        assert!(questions.try_recv().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_answers_nobody_is_let_in() {
        let world = world();
        let token = world.token();
        let at_once =
            async || tokio::time::timeout(Duration::ZERO, said_alone(&world, &token)).await.unwrap();
        assert_eq!(at_once().await, "unknown None", "there is no stream");
        drop(world.guard.questions().taken());
        assert_eq!(at_once().await, "unknown None", "it has ended");
        let _silent = world.guard.questions().taken();
        assert_eq!(said_alone(&world, &token).await, "unknown None", "it is silent");
        // A stream that answers for fewer things answers for nothing.
        let mut questions = world.guard.questions().taken();
        let answers = async { asked(&mut questions).await.answer.send(vec![0]).unwrap() };
        let (checked, ()) = tokio::join!(world.guard.decide(&token, ASKS, None), answers);
        assert_eq!(said(&checked), "unknown None");
        // A proof that comes meanwhile is as good.
        let _silent = world.guard.questions().taken();
        let both = async { tokio::join!(world.guard.decide(&token, ASKS, None), async { world.is_fresh() }) };
        let (checked, ()) = tokio::time::timeout(Duration::from_millis(500), both).await.unwrap();
        assert_eq!(said(&checked), "valid");
    }

    /// A thousand requests that nobody can answer do not wait in a thousand tasks.
    #[tokio::test(start_paused = true)]
    async fn only_so_many_wait() {
        let world = world();
        let token = world.token();
        let _silent = world.guard.questions().taken();
        let rooms: Vec<_> = (0..256).map(|_| world.guard.questions().room().unwrap()).collect();
        let at_once = tokio::time::timeout(Duration::ZERO, world.guard.decide(&token, ASKS, None)).await;
        assert_eq!(said(&at_once.unwrap()), "unknown None");
        drop(rooms);
    }
}
