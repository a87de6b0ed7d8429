use super::*;
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use serde_json::{Value, json};

const LANE: LaneId = LaneId(1);
const TRUTH: Incarnation = Incarnation([7; 16]);

fn at(millis: i64) -> Span {
    Span::millis(millis)
}

fn heads(head: u64) -> Heads {
    Heads::from([(LANE, head)])
}

fn fact(number: u8) -> KeptFact {
    KeptFact { fact: Fact::revoke(FactKey::Session(SessionId::from_bytes([number; 16]))), until: Time::MAX }
}

fn facts(after: u64, upto: u64, number: u8) -> Input {
    Input::Told(Told::Facts(Part { lane: LANE, after, upto, facts: vec![fact(number)] }))
}

fn proof(nonce: u64, head: u64) -> Input {
    Input::Told(Told::Proof(Nonce(nonce), heads(head)))
}

fn all(head: u64) -> Input {
    Input::Told(Told::All(heads(head)))
}

fn learns() -> [Output; 1] {
    [Output::Learn(vec![fact(7)])]
}

fn has(of: Incarnation, head: u64) -> Output {
    Output::Ask(Asked::Has(of, heads(head)))
}

fn probe(nonce: u64) -> Output {
    Output::Ask(Asked::Probe(Nonce(nonce)))
}

fn opened() -> Follower {
    let mut follower = Follower::new(at(500));
    let outputs = follower.step(at(1_000), Input::Opened);
    assert_eq!(outputs, [Output::Ask(Asked::Hello(None, Heads::new())), probe(1)]);
    assert_eq!(follower.step(at(1_000), Input::Told(Told::Begins(TRUTH))), []);
    follower
}

/// Not from when it arrives, and not from when it was said.
#[test]
fn a_proof_counts_from_when_it_was_asked_for() {
    let mut follower = opened();
    assert_eq!(follower.step(at(4_000), proof(1, 0)), [Output::Fresh(at(1_000))]);
}

#[test]
fn it_asks_now_and_then() {
    let mut follower = opened();
    assert_eq!(follower.step(at(1_499), Input::Tick), []);
    assert_eq!(follower.step(at(1_500), Input::Tick), [probe(2)]);
    assert_eq!(follower.step(at(1_600), proof(1, 0)), [Output::Fresh(at(1_000))]);
    assert_eq!(follower.step(at(1_700), Input::Tick), []);
    assert_eq!(follower.step(at(2_000), proof(2, 0)), [Output::Fresh(at(1_500))]);
    assert_eq!(follower.step(at(2_000), Input::Tick), [probe(3)]);
}

#[test]
fn what_arrives_unasked_makes_nothing_fresh() {
    let mut follower = opened();
    assert_eq!(follower.step(at(1_100), facts(0, 3, 7)), learns());
    assert_eq!(follower.step(at(1_200), proof(9, 3)), [], "nobody asked that");
    assert_eq!(follower.step(at(1_250), all(3)), [has(TRUTH, 3)], "it is not said as of when");
    assert_eq!(follower.step(at(1_300), proof(1, 3)), [Output::Fresh(at(1_000))]);
    assert_eq!(follower.step(at(1_400), proof(0, 3)), [], "an older one");
}

#[test]
fn a_gap_ends_the_stream() {
    let mut follower = opened();
    assert_eq!(follower.step(at(1_100), facts(2, 3, 7)), [Output::Close]);
    assert_eq!(follower.step(at(1_200), proof(1, 0)), [], "nothing on it is believed any more");
    assert_eq!(follower.step(at(9_000), Input::Tick), []);
    let nothing = Output::Ask(Asked::Has(TRUTH, Heads::new()));
    let again = follower.step(at(9_100), Input::Opened);
    assert_eq!(again, [Output::Ask(Asked::Hello(Some(TRUTH), heads(0))), nothing, probe(2)]);
}

/// A copy that was put back, a primary that was deposed: it vouches for nothing, and when its numbers have caught up it has told all of them.
#[test]
fn a_truth_that_went_back_is_followed_from_its_beginning() {
    for back in [Heads::from([(LANE, 2)]), Heads::new()] {
        let mut follower = opened();
        assert_eq!(follower.step(at(1_100), facts(0, 3, 7)), learns());
        assert_eq!(follower.step(at(1_200), Input::Told(Told::Proof(Nonce(1), back))), [Output::Close]);
        let again = follower.step(at(2_000), Input::Opened);
        assert_eq!(again, [Output::Ask(Asked::Hello(None, Heads::new())), probe(2)]);
    }
}

#[test]
fn it_remembers_its_newest_questions() {
    let mut follower = opened();
    for now in (1_500..10_000).step_by(500) {
        assert_eq!(follower.step(at(now), Input::Told(Told::Waiting)), []);
        assert_eq!(follower.step(at(now), Input::Tick).len(), 1);
    }
    assert_eq!(follower.step(at(10_000), proof(2, 0)), [], "that was eighteen questions ago");
    assert_eq!(follower.step(at(10_000), proof(3, 0)), [Output::Fresh(at(2_000))]);
}

#[test]
fn a_proof_of_what_has_not_come_ends_the_stream() {
    let mut follower = opened();
    assert_eq!(follower.step(at(1_100), proof(1, 4)), [Output::Close]);
    assert_eq!(opened().step(at(1_100), all(4)), [Output::Close]);
}

#[test]
fn a_question_of_another_stream_is_not_answered_on_this_one() {
    let mut follower = opened();
    assert_eq!(follower.step(at(2_000), Input::Closed), []);
    assert_eq!(follower.step(at(2_100), Input::Opened).last(), Some(&probe(2)));
    assert_eq!(follower.step(at(2_200), proof(1, 0)), []);
    assert_eq!(follower.step(at(2_300), proof(2, 0)), [Output::Fresh(at(2_100))]);
}

#[test]
fn a_stream_on_which_nobody_answers_is_given_up() {
    let mut follower = opened();
    let mut asked = 1;
    for now in (1_500..5_000).step_by(500) {
        asked += follower.step(at(now), Input::Tick).len();
    }
    assert_eq!(asked, 8);
    assert_eq!(follower.step(at(5_000), Input::Tick), [Output::Close]);
}

/// A backlog that takes long, an outage of the truth: somebody is there.
#[test]
fn a_stream_on_which_something_comes_is_kept() {
    let mut follower = opened();
    for (number, now) in (1_500..60_000).step_by(500).enumerate() {
        let told = if number % 2 == 0 {
            Told::Waiting
        } else {
            Told::Facts(Part { lane: LANE, after: 0, upto: 0, facts: Vec::new() })
        };
        assert!(!follower.step(at(now), Input::Told(told)).contains(&Output::Close));
        assert!(!follower.step(at(now), Input::Tick).contains(&Output::Close));
    }
}

#[test]
fn twice_and_overlapping_is_harmless() {
    let mut follower = opened();
    for (after, upto) in [(0, 3), (0, 3), (1, 2), (2, 5)] {
        assert_eq!(follower.step(at(1_100), facts(after, upto, 7)), learns());
    }
    assert_eq!(follower.known(), &heads(5));
}

#[test]
fn a_receipt_is_covered_when_its_change_has_come() {
    let mut follower = opened();
    assert!(!follower.has_reached(TRUTH, LANE, 1), "nothing is known of the lane");
    assert_eq!(follower.step(at(1_100), facts(0, 3, 7)), learns());
    assert!(!follower.has_reached(TRUTH, LANE, 1), "a fact that grew meanwhile stands further on");
    assert_eq!(follower.step(at(1_200), all(3)), [has(TRUTH, 3)]);
    assert!(follower.has_reached(TRUTH, LANE, 3) && !follower.has_reached(TRUTH, LANE, 4));
    assert!(!follower.has_reached(TRUTH, LaneId(2), 1));
    assert!(!follower.has_reached(Incarnation([8; 16]), LANE, 1), "that was another truth");
}

/// What it knew stays known; the numbers begin anew.
#[test]
fn another_truth_is_followed_from_its_beginning() {
    let mut follower = opened();
    assert_eq!(follower.step(at(1_100), facts(0, 3, 7)), learns());
    let other = Incarnation([8; 16]);
    assert_eq!(follower.step(at(1_200), Input::Told(Told::Begins(other))), []);
    assert_eq!((follower.of(), follower.known()), (Some(other), &Heads::new()));
    assert_eq!(follower.step(at(1_300), facts(0, 2, 7)), learns());
    assert_eq!(follower.step(at(1_400), proof(1, 2)), [has(other, 2), Output::Fresh(at(1_000))]);
}

#[test]
fn what_is_of_no_truth_ends_the_stream() {
    for told in [facts(0, 3, 7), proof(1, 0), all(0)] {
        let mut follower = Follower::new(at(500));
        assert_eq!(follower.step(at(1_000), Input::Opened).len(), 2);
        assert_eq!(follower.step(at(1_100), told), [Output::Close]);
    }
}

fn heads_of(value: &Value) -> Heads {
    let lane = |(lane, head): (&String, &Value)| (LaneId(lane.parse().unwrap()), head.as_u64().unwrap());
    value.as_object().unwrap().iter().map(lane).collect()
}

/// A lane at its beginning may be left out.
fn shown(heads: &Heads) -> Value {
    heads
        .iter()
        .filter(|(_, head)| **head > 0)
        .map(|(lane, head)| (lane.0.to_string(), json!(head)))
        .collect()
}

fn hex(of: Incarnation) -> String {
    of.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn input_of(said: &[Value]) -> Input {
    let number = |at: usize| said[at].as_u64().unwrap();
    match said[0].as_str().unwrap() {
        "opened" => Input::Opened,
        "closed" => Input::Closed,
        "tick" => Input::Tick,
        "waiting" => Input::Told(Told::Waiting),
        "begins" => {
            let of = u128::from_str_radix(said[1].as_str().unwrap(), 16).unwrap();
            Input::Told(Told::Begins(Incarnation(of.to_be_bytes())))
        }
        "facts" => {
            let lane = LaneId(number(1).try_into().unwrap());
            let facts = vec![fact(7); number(4).try_into().unwrap()];
            Input::Told(Told::Facts(Part { lane, after: number(2), upto: number(3), facts }))
        }
        "all" => Input::Told(Told::All(heads_of(&said[1]))),
        "proof" => Input::Told(Told::Proof(Nonce(number(1)), heads_of(&said[2]))),
        other => panic!("{other}"),
    }
}

fn output_of(output: &Output) -> Value {
    match output {
        Output::Ask(Asked::Hello(of, heads)) => json!(["hello", of.map(hex), shown(heads)]),
        Output::Ask(Asked::Has(of, heads)) => json!(["has", hex(*of), shown(heads)]),
        Output::Ask(Asked::Probe(nonce)) => json!(["probe", nonce.0]),
        Output::Learn(facts) => json!(["learn", facts.len()]),
        Output::Fresh(as_of) => json!(["fresh", as_of.as_millis()]),
        Output::Close => json!(["close"]),
    }
}

/// The followers of other languages play the same file.
#[test]
fn it_does_what_the_others_do() {
    let shared: Value = serde_json::from_str(include_str!("../../../../../vectors/follower.json")).unwrap();
    for (number, script) in shared["scripts"].as_array().unwrap().iter().enumerate() {
        let mut follower = Follower::new(at(500));
        for (step, played) in script.as_array().unwrap().iter().enumerate() {
            let input = input_of(played["in"].as_array().unwrap());
            let outputs = follower.step(at(played["now"].as_i64().unwrap()), input);
            let outputs: Vec<Value> = outputs.iter().map(output_of).collect();
            assert_eq!(&outputs, played["out"].as_array().unwrap(), "script {number}, step {step}");
        }
    }
}

/// What was kept of one process is said of the next, and only whole: in the middle of a page nothing is.
#[test]
fn one_goes_on_where_another_has_ended() {
    let mut first = opened();
    assert_eq!(first.whole(), Some((TRUTH, &Heads::new())));
    first.step(at(1_000), facts(0, 3, 7));
    assert_eq!(first.whole(), None, "a fact that grew may be still to come");
    first.step(at(1_000), all(3));
    let (of, upto) = first.whole().unwrap();
    let mut second = Follower::going_on(at(500), of, upto.clone());
    let outputs = second.step(at(9_000), Input::Opened);
    assert_eq!(outputs, [Output::Ask(Asked::Hello(Some(TRUTH), heads(3))), has(TRUTH, 3), probe(1)]);
    assert_eq!(second.step(at(9_010), facts(3, 4, 7)), learns());
}
