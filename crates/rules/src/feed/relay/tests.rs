use super::*;
use cloakroom_model::records::trail::LaneId;

const LANE: LaneId = LaneId(1);
const TRUTH: Incarnation = Incarnation([7; 16]);

fn heads(head: u64) -> Heads {
    Heads::from([(LANE, head)])
}

fn part(after: u64, upto: u64) -> Part {
    Part { lane: LANE, after, upto, facts: Vec::new() }
}

fn read(number: u64, after: u64, upto: u64) -> Input {
    let parts = if upto > after { vec![part(after, upto)] } else { Vec::new() };
    Input::Read(number, Read { of: TRUTH, heads: heads(upto), parts })
}

fn reads(number: u64, after: u64) -> Output {
    Output::Read(number, heads(after))
}

fn greeted(head: u64) -> Relay {
    let mut relay = Relay::default();
    assert_eq!(relay.step(Input::Asked(Asked::Hello(Some(TRUTH), heads(head)))), [reads(1, head)]);
    relay
}

#[test]
fn nothing_is_read_before_it_is_known_what_the_follower_has() {
    let mut relay = Relay::default();
    assert_eq!(relay.step(Input::Hint), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), []);
    assert_eq!(relay.step(Input::Asked(Asked::Hello(Some(TRUTH), heads(4)))), [reads(1, 4)]);
    let told = relay.step(read(1, 4, 6));
    assert_eq!(told, [Output::Tell(Told::Facts(part(4, 6))), Output::Tell(Told::Proof(Nonce(1), heads(6)))]);
}

/// The rule that everything rests on.
#[test]
fn a_read_that_was_under_way_proves_nothing_to_who_asks_meanwhile() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [], "it waits for the next read");
    let told = relay.step(read(1, 0, 2));
    assert_eq!(told, [Output::Tell(Told::Facts(part(0, 2))), Output::Tell(Told::All(heads(2))), reads(2, 2)]);
    assert_eq!(relay.step(read(2, 2, 2)), [Output::Tell(Told::Proof(Nonce(1), heads(2)))]);
}

/// Nor does one that was given up, and answers after all.
#[test]
fn a_read_that_comes_late_proves_nothing() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(Input::Failed(1)), [Output::Tell(Told::Waiting)]);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [reads(2, 0)]);
    assert_eq!(relay.step(read(1, 0, 0)), [], "it began before the question");
    assert_eq!(relay.step(Input::Failed(1)), []);
    assert_eq!(relay.step(read(2, 0, 0)), [Output::Tell(Told::Proof(Nonce(1), heads(0)))]);
}

#[test]
fn the_newest_question_is_answered() {
    let mut relay = greeted(0);
    for nonce in [3, 1, 2] {
        assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(nonce)))), []);
    }
    assert_eq!(relay.step(read(1, 0, 0)), [reads(2, 0)]);
    assert_eq!(relay.step(read(2, 0, 0)), [Output::Tell(Told::Proof(Nonce(3), heads(0)))]);
}

#[test]
fn a_hint_is_looked_into_and_is_no_proof() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(read(1, 0, 0)), []);
    assert_eq!(relay.step(Input::Hint), [reads(2, 0)]);
    assert_eq!(relay.step(Input::Hint), [], "once more, when this one has ended");
    let told = relay.step(read(2, 0, 1));
    assert_eq!(told, [Output::Tell(Told::Facts(part(0, 1))), Output::Tell(Told::All(heads(1))), reads(3, 1)]);
    assert_eq!(relay.step(read(3, 1, 1)), [], "nothing new is nothing to say");
}

#[test]
fn an_outage_proves_nothing_and_leaves_the_question_open() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(read(1, 0, 0)), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [reads(2, 0)]);
    assert_eq!(relay.step(Input::Failed(2)), [Output::Tell(Told::Waiting)]);
    assert_eq!(relay.step(Input::Again), [reads(3, 0)]);
    assert_eq!(relay.step(read(3, 0, 0)), [Output::Tell(Told::Proof(Nonce(1), heads(0)))]);
    assert_eq!(relay.step(Input::Again), []);
    assert_eq!(relay.step(read(3, 0, 5)), [], "a read that nobody asked for");
}

#[test]
fn one_page_of_several_proves_nothing() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(read(1, 0, 0)), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [reads(2, 0)]);
    let page = Input::Read(2, Read { of: TRUTH, heads: heads(9), parts: vec![part(0, 5)] });
    assert_eq!(relay.step(page), [Output::Tell(Told::Facts(part(0, 5))), reads(3, 5)]);
    let told = relay.step(read(3, 5, 9));
    assert_eq!(told, [Output::Tell(Told::Facts(part(5, 9))), Output::Tell(Told::Proof(Nonce(1), heads(9)))]);
}

/// Numbers of one truth say nothing about another.
#[test]
fn another_truth_is_told_from_its_beginning() {
    let begins = |of| Output::Tell(Told::Begins(of));
    for known in [None, Some(Incarnation([1; 16]))] {
        let mut relay = Relay::default();
        assert_eq!(relay.step(Input::Asked(Asked::Hello(known, heads(9)))), [reads(1, 9)]);
        assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), []);
        assert_eq!(relay.step(read(1, 9, 12)), [begins(TRUTH), Output::Read(2, Heads::new())]);
        let told = relay.step(read(2, 0, 12));
        assert_eq!(
            told,
            [Output::Tell(Told::Facts(part(0, 12))), Output::Tell(Told::Proof(Nonce(1), heads(12)))]
        );
    }
}

#[test]
fn a_truth_that_is_another_one_meanwhile_is_told_from_its_beginning() {
    let mut relay = greeted(5);
    assert_eq!(relay.step(read(1, 5, 5)), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [reads(2, 5)]);
    let other = Incarnation([8; 16]);
    let found = |number, parts| Input::Read(number, Read { of: other, heads: heads(6), parts });
    let told = relay.step(found(2, vec![part(5, 6)]));
    assert_eq!(told, [Output::Tell(Told::Begins(other)), Output::Read(3, Heads::new())]);
    let told = relay.step(found(3, vec![part(0, 6)]));
    assert_eq!(told, [Output::Tell(Told::Facts(part(0, 6))), Output::Tell(Told::Proof(Nonce(1), heads(6)))]);
}
