use super::*;

#[cfg(not(feature = "shuttle"))]
mod alone {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a map, with tags that collide on purpose.
        #[test]
        fn is_a_map_to_the_largest(raises in prop::collection::vec((1u64..40, 1u64..9), 0..32)) {
            let (slots, mut model) = (Slots::for_so_many(32), BTreeMap::<u64, u64>::new());
            for (tag, number) in raises {
                let tag = tag % 8 + (tag / 8) * 64;
                let tag = tag.max(1);
                slots.raise(tag, number).unwrap();
                let known = model.entry(tag).or_default();
                *known = number.max(*known);
            }
            for tag in 1..400 {
                prop_assert_eq!(slots.at_least(tag), model.get(&tag).copied().unwrap_or_default());
            }
        }
    }

    #[test]
    fn a_full_table_says_so_and_still_answers() {
        let slots = Slots::for_so_many(1);
        assert_eq!((1..=64).filter(|tag| slots.raise(*tag, 1).is_ok()).count(), 64);
        assert_eq!(slots.raise(65, 1), Err(Full));
        assert_eq!((slots.at_least(64), slots.at_least(65)), (1, 0));
        assert_eq!(slots.raise(7, 9), Ok(Raised { at: 7, is_new: false }));
        assert_eq!(slots.all().flatten().map(|(tag, _)| tag).sum::<u64>(), (1..=64u64).sum::<u64>());
    }
}

/// `cargo test -p cloakroom-verifier --features shuttle`: a reader sees a number never go back, and never a tag
/// without its number, in every interleaving that is tried.
#[cfg(feature = "shuttle")]
#[test]
fn readers_never_see_a_number_go_back() {
    use shuttle::sync::Arc;
    let race = || {
        let slots = Arc::new(Slots::for_so_many(4));
        let writing = slots.clone();
        let writer = shuttle::thread::spawn(move || {
            for number in 1..=3 {
                assert!(writing.raise(5, number).is_ok() && writing.raise(5 + 64, 10 + number).is_ok());
            }
        });
        let mut seen = (0, 0);
        for _ in 0..4 {
            let now = (slots.at_least(5), slots.at_least(5 + 64));
            assert!(now.0 >= seen.0 && now.1 >= seen.1, "{seen:?} then {now:?}");
            assert!(now.0 <= 3 && (now.1 == 0 || (11..=13).contains(&now.1)), "{now:?}");
            seen = now;
        }
        writer.join().unwrap();
        assert_eq!((slots.at_least(5), slots.at_least(5 + 64)), (3, 13));
    };
    shuttle::check_random(race, 5_000);
    shuttle::check_pct(race, 2_000, 3);
}
