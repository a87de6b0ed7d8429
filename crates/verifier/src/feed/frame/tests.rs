use super::*;
use crate::feed::receipt::Receipt;
use cloakroom_crypto::channel::{Channel, greeting};
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::id::{ServiceId, SessionId};
use cloakroom_model::words::secret::Secret;
use serde_json::{Value, json};

fn heads() -> Heads {
    Heads::from([(LaneId(1), 7), (LaneId(4_000_000_000), u64::MAX)])
}

fn part() -> Part {
    let of = |key, at_least, until| KeptFact { fact: Fact { key, at_least }, until };
    let facts = vec![
        of(
            FactKey::Session(SessionId::from_bytes([1; 16])),
            Fact::REVOKED,
            Time::from_millis(1_700_000_000_000),
        ),
        of(FactKey::User("anna".parse().unwrap()), 3, Time::MAX),
        of(FactKey::Epoch, 1, Time::MAX),
    ];
    Part { lane: LaneId(1), after: 4, upto: 9, facts }
}

fn from_follower() -> Vec<FromFollower> {
    let of = Incarnation([9; 16]);
    vec![
        FromFollower::Hello([2; 16], Span::millis(2_000), None, Heads::new()),
        FromFollower::Hello([2; 16], Span::millis(10_000), Some(of), heads()),
        FromFollower::Probe(Nonce(5)),
        FromFollower::Has(of, heads()),
        FromFollower::Keys,
    ]
}

/// What a verifier may ask about one token, and what it is answered.
fn asking() -> (FromFollower, FromAuthority) {
    let keys = part().facts.into_iter().map(|kept| kept.fact.key).collect();
    (FromFollower::Ask(Nonce(6), keys), FromAuthority::Known(Nonce(6), vec![u64::MAX, 3, 0]))
}

fn from_authority() -> Vec<FromAuthority> {
    vec![
        FromAuthority::Told(Told::Begins(Incarnation([9; 16]))),
        FromAuthority::Told(Told::Facts(part())),
        FromAuthority::Told(Told::All(heads())),
        FromAuthority::Told(Told::Proof(Nonce(5), heads())),
        FromAuthority::Told(Told::Waiting),
        FromAuthority::Keys(r#"{"keys":[]}"#.to_owned()),
        FromAuthority::Receipts(513, [6; 32]),
        FromAuthority::Over(Over::Revoked),
        FromAuthority::Over(Over::BearsTooMuch),
        FromAuthority::Over(Over::Malformed),
        FromAuthority::Over(Over::Stops),
    ]
}

#[test]
fn there_and_back() {
    let (ask, known) = asking();
    for frame in [from_follower(), vec![ask]].concat() {
        assert_eq!(FromFollower::parse(&frame.to_bytes()), Ok(frame));
    }
    for frame in [from_authority(), vec![known]].concat() {
        assert_eq!(FromAuthority::parse(&frame.to_bytes()), Ok(frame));
    }
}

/// Cut short or with something behind, no frame is one.
#[test]
fn only_the_whole_frame() {
    let (ask, known) = asking();
    for bytes in from_follower().iter().chain([&ask]).map(FromFollower::to_bytes) {
        (0..bytes.len())
            .for_each(|cut| assert!(FromFollower::parse(&bytes[..cut]).is_err(), "{cut} of {bytes:?}"));
        assert!(FromFollower::parse(&[&bytes[..], &[0]].concat()).is_err());
    }
    for bytes in
        from_authority().iter().chain([&known]).map(FromAuthority::to_bytes).filter(|bytes| bytes[0] != KEYS)
    {
        (0..bytes.len())
            .for_each(|cut| assert!(FromAuthority::parse(&bytes[..cut]).is_err(), "{cut} of {bytes:?}"));
        assert!(FromAuthority::parse(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn what_one_end_says_the_other_does_not() {
    for bytes in from_authority().iter().map(FromAuthority::to_bytes).filter(|bytes| bytes[0] != KEYS) {
        assert!(FromFollower::parse(&bytes).is_err(), "{bytes:?}");
    }
    for bytes in from_follower().iter().map(FromFollower::to_bytes).filter(|bytes| bytes[0] != KEYS) {
        assert!(FromAuthority::parse(&bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn lanes_stand_once_and_in_order() {
    let lane = |lane: u32| [&lane.to_be_bytes()[..], &[0; 8]].concat();
    let all = |lanes: &[u32]| {
        let count = (lanes.len() as u16).to_be_bytes();
        [vec![ALL], count.to_vec(), lanes.iter().flat_map(|number| lane(*number)).collect()].concat()
    };
    assert!(FromAuthority::parse(&all(&[1, 2])).is_ok());
    assert!(FromAuthority::parse(&all(&[2, 1])).is_err());
    assert!(FromAuthority::parse(&all(&[1, 1])).is_err());
    let so_many = |count| (0..count).collect::<Vec<u32>>();
    assert!(FromAuthority::parse(&all(&so_many(1_024))).is_ok());
    assert!(FromAuthority::parse(&all(&so_many(1_025))).is_err());
}

#[test]
fn as_many_facts_as_may_be_fit_into_a_frame() {
    let longest = "x".repeat(64);
    let fact = KeptFact { fact: Fact::revoke(FactKey::User(longest.parse().unwrap())), until: Time::MAX };
    let part = Part { facts: vec![fact; MOST_FACTS], ..part() };
    let frame = FromAuthority::Told(Told::Facts(part)).to_bytes();
    assert!(frame.len() + TAG <= LONGEST, "{}", frame.len());
}

#[test]
fn a_length_is_that_of_a_frame() {
    for (bytes, is_one) in
        [(0u32, false), (16, false), (17, true), (65_536, true), (65_537, false), (u32::MAX, false)]
    {
        assert_eq!(length(bytes.to_be_bytes()).is_ok(), is_one, "{bytes}");
    }
}

#[test]
fn a_frame_goes_through_the_channel() {
    let channel = || Channel::new(&Secret::new([1; 32]), "test", &[2; 32], &[3; 32]).unwrap();
    let (mut from, mut to) = (channel().from_caller, channel().from_caller);
    let bytes = sealed(&mut from, b"frame");
    let (head, rest) = bytes.split_first_chunk().unwrap();
    assert_eq!(length(*head), Ok(rest.len()));
    assert_eq!(opened(&mut to, rest), Ok(&b"frame"[..]));
    for short in [&[][..], &[1; 15]] {
        assert_eq!(opened(&mut to, short), Err(Malformed));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn heads_of(heads: &Heads) -> Value {
    heads.iter().map(|(lane, head)| (lane.0.to_string(), Value::from(head.to_string()))).collect()
}

fn described(frame: &FromAuthority) -> Value {
    match frame {
        FromAuthority::Told(Told::Begins(of)) => json!({"type": "begins", "of": hex(&of.0)}),
        FromAuthority::Told(Told::Facts(part)) => {
            let fact = |kept: &KeptFact| {
                let (key, until) = (hex(&kept.fact.key.to_bytes()), kept.until.millis().to_string());
                json!({"key": key, "at_least": kept.fact.at_least.to_string(), "until": until})
            };
            let facts: Vec<Value> = part.facts.iter().map(fact).collect();
            let (after, upto) = (part.after.to_string(), part.upto.to_string());
            json!({"type": "facts", "lane": part.lane.0, "after": after, "upto": upto, "facts": facts})
        }
        FromAuthority::Told(Told::All(heads)) => json!({"type": "all", "heads": heads_of(heads)}),
        FromAuthority::Told(Told::Proof(nonce, heads)) => {
            json!({"type": "proof", "nonce": nonce.0.to_string(), "heads": heads_of(heads)})
        }
        FromAuthority::Told(Told::Waiting) => json!({"type": "waiting"}),
        FromAuthority::Keys(keys) => {
            json!({"type": "keys", "keys": serde_json::from_str::<Value>(keys).unwrap()})
        }
        FromAuthority::Receipts(kid, covered) => {
            json!({"type": "receipts", "kid": kid, "covered": hex(covered)})
        }
        FromAuthority::Known(nonce, numbers) => {
            let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
            json!({"type": "known", "nonce": nonce.0.to_string(), "numbers": numbers})
        }
        FromAuthority::Over(Over::Revoked) => json!({"type": "over", "why": "revoked"}),
        FromAuthority::Over(Over::BearsTooMuch) => json!({"type": "over", "why": "bears too much"}),
        FromAuthority::Over(Over::Malformed) => json!({"type": "over", "why": "malformed"}),
        FromAuthority::Over(Over::Stops) => json!({"type": "over", "why": "stops"}),
    }
}

fn asked(frame: &FromFollower) -> Value {
    match frame {
        FromFollower::Hello(process, bears, of, heads) => {
            let (bears, of) = (bears.as_millis(), of.map(|of| hex(&of.0)));
            json!({"type": "hello", "follower": hex(process), "bears": bears, "of": of, "heads": heads_of(heads)})
        }
        FromFollower::Probe(nonce) => json!({"type": "probe", "nonce": nonce.0.to_string()}),
        FromFollower::Has(of, heads) => {
            json!({"type": "has", "of": hex(&of.0), "heads": heads_of(heads)})
        }
        FromFollower::Keys => json!({"type": "keys"}),
        FromFollower::Ask(nonce, keys) => {
            let keys: Vec<String> = keys.iter().map(|key| hex(&key.to_bytes())).collect();
            json!({"type": "ask", "nonce": nonce.0.to_string(), "keys": keys})
        }
    }
}

fn with_bytes(mut described: Value, bytes: &[u8]) -> Value {
    described["hex"] = hex(bytes).into();
    described
}

/// The tests of the other clients play this file. When it must change, what this prints is the new one.
#[test]
fn the_wire_is_the_one_of_the_shared_file() {
    let credential =
        FeedCredential { kid: 3, service: ServiceId::from_bytes([5; 16]), key: Secret::new([9; 32]) };
    let (key, caller, called) = ([1; 32], [2; 32], [3; 32]);
    let channel = || Channel::new(&Secret::new(key), "cloakroom-feed/1", &caller, &called).unwrap();
    let frames: Vec<Vec<u8>> = from_follower().iter().map(FromFollower::to_bytes).collect();
    let (mut by_caller, mut by_called) = (channel().from_caller, channel().from_called);
    let (from_authority, (ask, known)) = (from_authority(), asking());
    let heads = Heads::from([(LaneId(0), 258), (LaneId(7), 1)]);
    let receipt = Receipt { kid: 513, of: Incarnation([0xab; 16]), heads };
    let file = json!({
        "about": "cloakroom-feed/1: docs/designs/feed.md has the tables. Bytes are hex, and numbers beyond 32 bits are text",
        "credential": {
            "text": credential.to_text().expose(),
            "kid": hex(&credential.kid.to_be_bytes()),
            "service": hex(&credential.service.to_bytes()),
            "key": hex(credential.key.expose()),
        },
        "channel": {
            "key": hex(&key), "caller": hex(&caller), "called": hex(&called), "greeting": hex(&greeting(&Secret::new(key), "cloakroom-feed/1", &caller).unwrap()), "answer": hex(&channel().answer), "zeros_covered": hex(channel().cover.once(&[0; 32]).expose()),
            "frames": frames.iter().map(|frame| hex(frame)).collect::<Vec<_>>(),
            "sealed_by_caller": frames.iter().map(|frame| hex(&sealed(&mut by_caller, frame))).collect::<Vec<_>>(),
            "sealed_by_called": frames.iter().map(|frame| hex(&sealed(&mut by_called, frame))).collect::<Vec<_>>(),
        },
        "receipt": {
            "key": hex(&[0x5c; 32]), "kid": receipt.kid, "of": hex(&receipt.of.0), "heads": heads_of(&receipt.heads),
            "text": receipt.to_text(&MacKey::new(&Secret::new([0x5c; 32]))),
        },
        "asking": [with_bytes(asked(&ask), &ask.to_bytes()), with_bytes(described(&known), &known.to_bytes())],
        "from_follower": from_follower().iter().map(|one| with_bytes(asked(one), &one.to_bytes())).collect::<Vec<_>>(),
        "from_authority": from_authority.iter().map(|one| with_bytes(described(one), &one.to_bytes())).collect::<Vec<_>>(),
    });
    let shared: Value = serde_json::from_str(include_str!("../../../../../vectors/feed.json")).unwrap();
    assert_eq!(shared, file, "vectors/feed.json:\n{}", serde_json::to_string_pretty(&file).unwrap());
}
