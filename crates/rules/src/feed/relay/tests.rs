use super::*;
use cloakroom_model::records::trail::LaneId;

const LANE: LaneId = LaneId(1);

fn heads(head: u64) -> Heads {
    Heads::from([(LANE, head)])
}

fn part(after: u64, upto: u64) -> Part {
    Part { lane: LANE, after, upto, facts: Vec::new() }
}

fn read(after: u64, upto: u64) -> Input {
    let parts = if upto > after { vec![part(after, upto)] } else { Vec::new() };
    Input::Read(Read { heads: heads(upto), parts })
}

fn greeted(head: u64) -> Relay {
    let mut relay = Relay::default();
    assert_eq!(relay.step(Input::Asked(Asked::Hello(heads(head)))), [Output::Read(heads(head))]);
    relay
}

#[test]
fn nothing_is_read_before_it_is_known_what_the_follower_has() {
    let mut relay = Relay::default();
    assert_eq!(relay.step(Input::Hint), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), []);
    assert_eq!(relay.step(Input::Asked(Asked::Hello(heads(4)))), [Output::Read(heads(4))]);
    let told = relay.step(read(4, 6));
    assert_eq!(told, [Output::Tell(Told::Facts(part(4, 6))), Output::Tell(Told::Proof(Nonce(1), heads(6)))]);
}

/// The rule that everything rests on.
#[test]
fn a_read_that_was_under_way_proves_nothing_to_who_asks_meanwhile() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [], "it waits for the next read");
    let told = relay.step(read(0, 2));
    assert_eq!(told, [Output::Tell(Told::Facts(part(0, 2))), Output::Read(heads(2))]);
    assert_eq!(relay.step(read(2, 2)), [Output::Tell(Told::Proof(Nonce(1), heads(2)))]);
}

#[test]
fn the_newest_question_is_answered() {
    let mut relay = greeted(0);
    for nonce in [3, 1, 2] {
        assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(nonce)))), []);
    }
    assert_eq!(relay.step(read(0, 0)), [Output::Read(heads(0))]);
    assert_eq!(relay.step(read(0, 0)), [Output::Tell(Told::Proof(Nonce(3), heads(0)))]);
}

#[test]
fn a_hint_is_looked_into_and_is_no_proof() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(read(0, 0)), []);
    assert_eq!(relay.step(Input::Hint), [Output::Read(heads(0))]);
    assert_eq!(relay.step(Input::Hint), [], "once more, when this one has ended");
    let told = relay.step(read(0, 1));
    assert_eq!(told, [Output::Tell(Told::Facts(part(0, 1))), Output::Read(heads(1))]);
    assert_eq!(relay.step(read(1, 1)), [], "nothing new is nothing to say");
}

#[test]
fn an_outage_proves_nothing_and_leaves_the_question_open() {
    let mut relay = greeted(0);
    assert_eq!(relay.step(read(0, 0)), []);
    assert_eq!(relay.step(Input::Asked(Asked::Probe(Nonce(1)))), [Output::Read(heads(0))]);
    assert_eq!(relay.step(Input::Failed), []);
    assert_eq!(relay.step(Input::Again), [Output::Read(heads(0))]);
    assert_eq!(relay.step(read(0, 0)), [Output::Tell(Told::Proof(Nonce(1), heads(0)))]);
    assert_eq!(relay.step(Input::Again), []);
    assert_eq!(relay.step(read(0, 5)), [], "a read that nobody asked for");
}
