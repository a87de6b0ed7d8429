use super::*;

#[cfg(not(feature = "shuttle"))]
mod alone {
    use super::*;

    #[test]
    fn nothing_proven_is_no_age() {
        let freshness = Freshness::unknown();
        assert_eq!(freshness.proof().staleness(Span::hours(1)), None);
        assert!(!freshness.proof().is_within(Span::hours(1), Span::hours(9)));
    }

    #[test]
    fn it_ages_by_the_own_clock_and_only_moves_on() {
        let freshness = Freshness::unknown();
        freshness.proven(Span::seconds(100));
        freshness.proven(Span::seconds(90));
        assert_eq!(freshness.proof().staleness(Span::seconds(103)), Some(Span::seconds(3)));
        assert!(freshness.proof().is_within(Span::seconds(102), Span::seconds(2)));
        assert!(!freshness.proof().is_within(Span::millis(102_001), Span::seconds(2)));
    }

    #[test]
    fn at_the_source_it_has_no_age() {
        let freshness = Freshness::at_the_source();
        assert_eq!(freshness.proof().staleness(Span::days(9)), Some(Span::millis(0)));
        freshness.proven(Span::seconds(1));
        assert!(freshness.proof().is_within(Span::days(9), Span::millis(0)));
    }

    /// What was proven after the look-up says nothing of what it found.
    #[test]
    fn a_proof_is_of_the_moment_it_was_taken_at() {
        let freshness = Freshness::unknown();
        freshness.proven(Span::seconds(100));
        let before = freshness.proof();
        freshness.proven(Span::seconds(110));
        assert_eq!(before.staleness(Span::seconds(111)), Some(Span::seconds(11)));
    }
}

/// `cargo test -p cloakroom-verifier --features shuttle`: whoever takes what was proven before they look finds every fact that came before the
/// proof, in every interleaving that is tried; and that moment never goes back.
#[cfg(feature = "shuttle")]
#[test]
fn what_is_proven_is_found() {
    use crate::slots::Slots;
    use shuttle::sync::Arc;
    let race = || {
        let known = Arc::new((Slots::for_so_many(4), Freshness::unknown()));
        let writing = known.clone();
        let writer = shuttle::thread::spawn(move || {
            let (slots, freshness) = &*writing;
            for number in 1..=3u32 {
                assert!(slots.raise(5, u64::from(number)).is_ok());
                freshness.proven(Span::millis(i64::from(number)));
                // A late one moves nothing.
                freshness.proven(Span::millis(0));
            }
        });
        let readers = [(); 2].map(|()| {
            let reading = known.clone();
            shuttle::thread::spawn(move || {
                let (slots, freshness) = &*reading;
                let mut last = -1;
                for _ in 0..3 {
                    let proof = freshness.proof();
                    let found = slots.at_least(5);
                    let upto = (0..=3).rev().find(|upto| proof.covers(Span::millis(upto - 1))).unwrap_or(-1);
                    assert!(upto >= last, "{last} then {upto}");
                    assert!(found as i64 >= upto, "proven up to {upto}, found {found}");
                    last = upto;
                }
            })
        });
        writer.join().unwrap();
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    };
    shuttle::check_random(race, 5_000);
    shuttle::check_pct(race, 2_000, 3);
}
