use super::*;

const NOW: Time = Time::from_millis(1_000_000);

fn bucket() -> Bucket {
    Bucket { key: LookUp([1; 32]), every: Span::seconds(10), burst: 3 }
}

#[test]
fn a_burst_and_then_one_at_a_time() {
    let (mut full, bucket) = (None, bucket());
    for (seconds, expected) in [
        (0, Ok(10)),
        (0, Ok(20)),
        (0, Ok(30)),
        (0, Err(10)),
        (9, Err(10)),
        (10, Ok(40)),
        (10, Err(20)),
        (100, Ok(110)),
        (100, Ok(120)),
        (100, Ok(130)),
        (100, Err(110)),
    ] {
        let at = |seconds| NOW.plus(Span::seconds(seconds));
        let weighed = weigh(&bucket, full, at(seconds));
        assert_eq!(weighed, expected.map(at).map_err(at), "after {seconds} s");
        full = weighed.ok().or(full);
    }
}

#[test]
fn a_clock_that_is_put_back_keeps_nobody_out_for_long() {
    let after = |seconds| NOW.plus(Span::seconds(seconds));
    let refused_until = |full, seconds| weigh(&bucket(), Some(after(full)), NOW) == Err(after(seconds));
    // An empty bucket, whose clock is right, or was put back by up to as long as it takes to fill.
    assert!(refused_until(30, 10) && refused_until(31, 10) && refused_until(60, 10));
    // Further back there is nothing to go by, and it begins anew.
    for full in [61, 3 * 86_400] {
        assert_eq!(weigh(&bucket(), Some(after(full)), NOW), Ok(after(10)));
    }
}

#[test]
fn what_is_put_back_can_be_taken_again() {
    let taken = weigh(&bucket(), None, NOW).unwrap_or(NOW);
    assert_eq!(put_back(&bucket(), taken), NOW);
}
