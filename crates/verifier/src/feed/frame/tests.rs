use super::*;
use cloakroom_crypto::channel::Channel;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::secret::Secret;

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
        FromFollower::Hello(FollowerId([2; 16]), Span::millis(2_000), None, Heads::new()),
        FromFollower::Hello(FollowerId([2; 16]), Span::millis(10_000), Some(of), heads()),
        FromFollower::Asked(Asked::Probe(Nonce(5))),
        FromFollower::Asked(Asked::Has(of, heads())),
        FromFollower::Keys,
    ]
}

fn from_authority() -> Vec<FromAuthority> {
    vec![
        FromAuthority::Told(Told::Begins(Incarnation([9; 16]))),
        FromAuthority::Told(Told::Facts(part())),
        FromAuthority::Told(Told::All(heads())),
        FromAuthority::Told(Told::Proof(Nonce(5), heads())),
        FromAuthority::Told(Told::Waiting),
        FromAuthority::Keys(r#"{"keys":[]}"#.to_owned()),
        FromAuthority::Over(Over::Revoked),
        FromAuthority::Over(Over::BearsTooMuch),
        FromAuthority::Over(Over::Malformed),
        FromAuthority::Over(Over::Stops),
    ]
}

#[test]
fn there_and_back() {
    for frame in from_follower() {
        assert_eq!(FromFollower::parse(&frame.to_bytes()), Ok(frame));
    }
    for frame in from_authority() {
        assert_eq!(FromAuthority::parse(&frame.to_bytes()), Ok(frame));
    }
}

/// Cut short or with something behind, no frame is one.
#[test]
fn only_the_whole_frame() {
    for bytes in from_follower().iter().map(FromFollower::to_bytes) {
        (0..bytes.len())
            .for_each(|cut| assert!(FromFollower::parse(&bytes[..cut]).is_err(), "{cut} of {bytes:?}"));
        assert!(FromFollower::parse(&[&bytes[..], &[0]].concat()).is_err());
    }
    for bytes in from_authority().iter().map(FromAuthority::to_bytes).filter(|bytes| bytes[0] != KEYS) {
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
