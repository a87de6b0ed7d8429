//! What the engine looks at before it starts.

use crate::world::{memory, ring, sqlite, wait};
use cloakroom_authority::{Authority, OpenError, Settings};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::Entropy;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};
use cloakroom_rules::session::policy::SessionPolicy;
use std::sync::Arc;

fn open(
    world: &crate::world::World,
    ring: KeyRing,
    entropy: Arc<dyn Entropy>,
) -> Result<Authority, OpenError> {
    wait(Authority::open(Settings {
        stores: world.stores.clone(),
        ring,
        clock: Arc::new(world.clock.clone()),
        entropy,
        policy: SessionPolicy::default(),
        known_at_most: 100,
        tokens: None,
        assertions: None,
        may_forget: false,
    }))
}

#[test]
fn another_root_key_under_the_same_number_is_refused_with_a_hint() {
    let world = memory(SessionPolicy::default());
    let stranger = KeyRing::draw(&SeededEntropy::new(123)).unwrap();
    let refused = open(&world, stranger, Arc::new(SeededEntropy::new(1))).unwrap_err();
    assert!(matches!(refused, OpenError::WrongRootKey(1)), "{refused}");
    assert!(refused.to_string().starts_with("CK3001: ") && refused.to_string().contains("hint: "));
    assert!(open(&world, ring(), Arc::new(SeededEntropy::new(1))).is_ok());
}

#[test]
fn no_entropy_no_start() {
    let world = memory(SessionPolicy::default());
    assert!(matches!(open(&world, ring(), Arc::new(NoEntropyAtAll)), Err(OpenError::NoSecrets)));
}

#[test]
fn a_store_that_does_not_answer_is_named() {
    let world = sqlite(SessionPolicy::default());
    wait(world.sqlite.as_ref().unwrap().shutdown()).unwrap();
    let refused = open(&world, ring(), Arc::new(SeededEntropy::new(1))).unwrap_err();
    assert!(matches!(refused, OpenError::Store(_)), "{refused}");
}

#[test]
fn an_older_key_file_put_back_is_refused() {
    let world = memory(SessionPolicy::default());
    let newer = ring().rotated(&SeededEntropy::new(5)).unwrap();
    drop(open(&world, newer, Arc::new(SeededEntropy::new(9))).unwrap());
    let refused = open(&world, ring(), Arc::new(SeededEntropy::new(1))).unwrap_err();
    assert!(matches!(refused, OpenError::MissingRootKey(2)), "{refused}");
}

/// A foreign key file with a later number must neither be believed nor leave a trace.
#[test]
fn a_ring_without_any_key_of_the_store_is_refused_and_leaves_no_trace() {
    let world = memory(SessionPolicy::default());
    let entropy = SeededEntropy::new(123);
    let later = KeyRing::draw(&entropy).unwrap().rotated(&entropy).unwrap().without_earlier_than(2);
    let refused = open(&world, later, Arc::new(SeededEntropy::new(9))).unwrap_err();
    assert!(matches!(refused, OpenError::WrongRootKey(2)), "{refused}");
    assert!(open(&world, ring(), Arc::new(SeededEntropy::new(1))).is_ok());
}
