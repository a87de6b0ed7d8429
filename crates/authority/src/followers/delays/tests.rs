use super::*;
use cloakroom_model::records::trail::LaneId;
use cloakroom_verifier::metrics::Text;

fn heads(head: u64) -> Heads {
    Heads::from([(LaneId(0), head)])
}

fn at(millis: i64) -> Span {
    Span::millis(millis)
}

/// How many were measured, and how long they took together, in seconds.
fn measured(delays: &Delays) -> (String, String) {
    let mut text = Text::default();
    text.histogram("took", "", &delays.took);
    let text = text.finish();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    (value("took_count "), value("took_sum "))
}

#[test]
fn from_the_commit_until_the_follower_says_so() {
    let delays = Delays::default();
    delays.committed(at(100));
    delays.committed(at(105));
    let reading = delays.reading();
    delays.committed(at(107));
    reading.found(heads(2));
    delays.has(at(110), (at(100), None), &heads(2));
    assert_eq!(measured(&delays), ("1".to_owned(), "0.01".to_owned()));
    delays.has(at(120), (at(100), Some(&heads(2))), &heads(2));
    assert_eq!(measured(&delays).0, "1", "it had said so");
    delays.has(at(130), (at(101), None), &heads(2));
    assert_eq!(measured(&delays).0, "1", "that was there before it came");
    delays.reading().found(heads(3));
    delays.has(at(1_107), (at(50), Some(&heads(0))), &heads(3));
    assert_eq!(measured(&delays), ("3".to_owned(), "2.017".to_owned()), "it knows of both reads now");
}

/// A read that found nothing leaves its commits to the next one.
#[test]
fn what_could_not_be_read_is_still_to_come() {
    let delays = Delays::default();
    delays.committed(at(100));
    let reading = delays.reading();
    delays.committed(at(200));
    drop(reading);
    delays.reading().found(heads(1));
    delays.reading().found(heads(9));
    delays.has(at(300), (at(0), None), &heads(9));
    assert_eq!(measured(&delays), ("1".to_owned(), "0.2".to_owned()));
}
