use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
struct Coat {
    key: [u8; 16],
    session: SessionId,
}

impl Shelved for Coat {
    type Key = [u8; 16];

    fn key(&self) -> [u8; 16] {
        self.key
    }

    fn session(&self) -> SessionId {
        self.session
    }
}

fn coat(key: u8, session: u8) -> Coat {
    Coat { key: [key; 16], session: SessionId::from_bytes([session; 16]) }
}

proptest! {
    /// Against two plain maps, with so few keys and sessions that they collide all the time.
    #[test]
    fn is_two_maps(steps in prop::collection::vec((any::<bool>(), 0u8..12, 0u8..12), 0..300)) {
        let mut shelf = Shelf::default();
        let mut model = BTreeMap::<SessionId, Coat>::new();
        for (put, key, session) in steps {
            let coat = coat(key, session);
            if put {
                model.retain(|_, other| other.key != coat.key);
                model.insert(coat.session, coat.clone());
                shelf.put(coat);
            } else {
                prop_assert_eq!(shelf.take(coat.session), model.remove(&coat.session));
            }
            prop_assert_eq!(shelf.len(), model.len());
            for coat in model.values() {
                prop_assert_eq!(shelf.by_key(&coat.key), Some(coat));
                prop_assert_eq!(shelf.by_session(coat.session), Some(coat));
            }
        }
    }
}

#[test]
fn places_are_used_again_and_given_back() {
    let mut shelf = Shelf::default();
    for round in 0..100 {
        (0..10).for_each(|n| shelf.put(coat(n, n)));
        assert_eq!(shelf.places(), 10, "round {round}");
        (0..9).for_each(|n| {
            shelf.take(coat(n, n).session);
        });
    }
    shelf.take(coat(9, 9).session);
    assert_eq!((shelf.places(), shelf.len()), (0, 0));
    assert!(shelf.is_empty());
}
