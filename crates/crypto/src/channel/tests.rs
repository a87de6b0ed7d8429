use super::*;

fn channel(key: u8, caller: u8, called: u8) -> Channel {
    Channel::new(&Secret::new([key; 32]), "test/1", &[caller; 32], &[called; 32]).unwrap()
}

#[test]
fn both_ends_compute_the_same() {
    let (mut one, mut other) = (channel(1, 2, 3), channel(1, 2, 3));
    assert!(one.is_answered_by(&other.answer));
    for frame in [&b"one"[..], b"", b"one"] {
        let tag = one.from_caller.next(frame);
        assert!(other.from_caller.is_next(frame, &tag));
        let tag = other.from_called.next(frame);
        assert!(one.from_called.is_next(frame, &tag));
    }
}

#[test]
fn another_key_or_another_stream_is_another_channel() {
    let one = channel(1, 2, 3);
    for (key, caller, called) in [(9, 2, 3), (1, 9, 3), (1, 2, 9), (1, 3, 2)] {
        let mut other = channel(key, caller, called);
        assert!(!one.is_answered_by(&other.answer));
        let tag = channel(1, 2, 3).from_caller.next(b"frame");
        assert!(!other.from_caller.is_next(b"frame", &tag));
    }
    assert!(!one.is_answered_by(&[]) && !one.is_answered_by(&one.answer[..31]));
}

/// What an attacker on the way can do to a frame: change it, leave it out, say it twice, turn it round.
#[test]
fn a_frame_is_whole_and_in_its_place() {
    let sent = || {
        let mut side = channel(1, 2, 3).from_called;
        [side.next(b"first"), side.next(b"second")]
    };
    let [first, second] = sent();
    let fresh = || channel(1, 2, 3).from_called;
    assert!(!fresh().is_next(b"First", &first), "changed");
    assert!(!fresh().is_next(b"second", &second), "the one before was left out");
    let mut twice = fresh();
    assert!(twice.is_next(b"first", &first) && !twice.is_next(b"first", &first), "said twice");
    assert!(!channel(1, 2, 3).from_caller.is_next(b"first", &first), "turned round");
    for part in [&first[..15], &[]] {
        assert!(!fresh().is_next(b"first", part), "cut short");
    }
}
