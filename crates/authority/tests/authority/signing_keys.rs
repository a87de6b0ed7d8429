//! The life of signing keys, on both stores.

use crate::world::{World, admin, engine_with, open_with, ring, sqlite, wait, worlds};
use cloakroom_crypto::derive::RootKey;
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::event::Reason;
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Span;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;

impl World {
    fn keys(&self) -> Vec<KeyRecord> {
        wait(self.authority.signing_keys()).unwrap()
    }

    fn states(&self) -> Vec<KeyState> {
        self.keys().into_iter().map(|key| key.state).collect()
    }

    fn is_published(&self, key: KeyId) -> bool {
        self.authority.jwks().unwrap().contains(&key.to_string())
    }

    fn tend(&self) {
        wait(self.authority.tend()).unwrap();
    }
}

/// Invariant 12: a key is published before it signs, what it signed is good until it expires, and nobody is signed out.
#[test]
fn keys_are_replaced_without_anybody_noticing() {
    for world in worlds() {
        let begun = world.begin("anna");
        let mut refresh = begun.refresh.expose().clone();
        let first = world.keys()[0].id;
        let mut access = world.access(&begun.held);
        let (mut signed_by, mut published) = (vec![kid(&access)], Vec::<String>::new());
        for _ in 0..(31 * 24 * 4) {
            world.pass(Span::minutes(15));
            // Thirty days end the sign-in itself.
            let renewed = world
                .renew(&refresh)
                .unwrap_or_else(|_| world.renew(world.begin("anna").refresh.expose()).unwrap());
            refresh = renewed.refresh.expose().clone();
            let before = world.access(&renewed.held);
            published.extend(
                world.keys().iter().filter(|key| world.is_published(key.id)).map(|key| key.id.to_string()),
            );
            world.tend();
            // What was signed before the step is good after it, whatever the step was.
            assert_eq!(world.says(&before), "Valid");
            access = world.access(&renewed.held);
            let kid = kid(&access);
            if !signed_by.contains(&kid) {
                assert!(published.contains(&kid), "it signs before it was published");
                signed_by.push(kid);
            }
            if world.keys().iter().any(|key| key.id == first && key.state == KeyState::Destroyed) {
                break;
            }
        }
        assert_eq!(signed_by.len(), 2);
        assert_eq!(world.states(), [KeyState::Destroyed, KeyState::Active]);
        assert!(world.keys()[0].sealed.is_empty() && !world.is_published(first));
    }
}

fn kid(access: &str) -> String {
    let header = access.split('.').next().unwrap();
    let header = cloakroom_model::words::text::from_base64url(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_rotation_can_be_forced() {
    for world in worlds() {
        let access = world.access(&world.begin("anna").held);
        wait(world.authority.rotate_signing_key()).unwrap();
        assert_eq!(world.states(), [KeyState::Active, KeyState::Next]);
        wait(world.authority.rotate_signing_key()).unwrap();
        assert_eq!(world.states(), [KeyState::Active, KeyState::Next], "one at a time");
        assert!(world.keys().iter().all(|key| world.is_published(key.id)));
        world.pass(Span::minutes(5));
        world.tend();
        assert_eq!(world.says(&access), "Valid");
        world.pass(Span::minutes(55));
        world.tend();
        assert_eq!(world.states(), [KeyState::Retired, KeyState::Active]);
        world.pass(Span::hours(1));
        world.tend();
        assert_eq!(world.states(), [KeyState::Destroyed, KeyState::Active]);
    }
}

/// A key that somebody else may have: one fact, and everything it ever signed is refused; the people stay signed in.
#[test]
fn a_destroyed_key_ends_every_token_it_signed_and_nobodys_sign_in() {
    for world in worlds() {
        let begun = world.begin("anna");
        let access = world.access(&begun.held);
        let key = world.keys()[0].id;
        assert_eq!(world.says(&access), "Valid");
        assert!(wait(world.authority.destroy_signing_key(key, &admin())).unwrap());
        assert!(world.says(&access) != "Valid");
        let fact = wait(world.stores.ledger.known(&[FactKey::Key(key)])).unwrap();
        assert_eq!(fact, [Some(Fact::REVOKED)], "every verifier hears of it");
        assert!(!world.is_published(key) && world.keys()[0].sealed.is_empty());
        let renewed = world.renew(begun.refresh.expose()).unwrap();
        let new = world.access(&renewed.held);
        assert_ne!(kid(&new), kid(&access));
        assert_eq!(world.says(&new), "Valid");
        assert!(wait(world.authority.destroy_signing_key(key, &admin())).unwrap(), "twice is once");
        assert!(!wait(world.authority.destroy_signing_key(KeyId::from_bytes([9; 16]), &admin())).unwrap());
        let told = world.events();
        assert_eq!(told.iter().filter(|event| event.name == EventName::KeyDestroyed).count(), 1);
        // The one who has it signs on; no process believes it, not even one that starts now.
        let after = engine_with(world.stores.clone(), &world.clock, 8, SessionPolicy::default(), ring(), 10);
        assert!(!matches!(
            after.check_access(&access).unwrap(),
            cloakroom_verifier::tokens::Verdict::Valid(_)
        ));
    }
}

/// Two processes that start at the same moment on an empty store agree on one key.
#[test]
fn two_that_start_at_once_agree() {
    for world in worlds() {
        let other = engine_with(world.stores.clone(), &world.clock, 7, SessionPolicy::default(), ring(), 10);
        assert_eq!(other.jwks().unwrap(), world.authority.jwks().unwrap());
        let access = world.access(&world.begin("anna").held);
        assert!(matches!(
            other.check_access(&access).unwrap(),
            cloakroom_verifier::tokens::Verdict::Valid(_)
        ));
        wait(other.rotate_signing_key()).unwrap();
        world.tend();
        assert_eq!(other.jwks().unwrap(), world.authority.jwks().unwrap());
    }
}

/// Whoever has the database has no key, and one key cannot be put into another's place.
#[test]
fn keys_are_sealed_to_their_place() {
    for world in worlds() {
        let key = &world.keys()[0];
        let text = format!("{key:?}");
        assert!(!text.contains("PRIVATE") && key.sealed.len() > 60);
        assert!(!key.sealed.windows(5).any(|bytes| bytes == b"ES256"));
        let moved = KeyRecord { id: KeyId::from_bytes([3; 16]), kid: 9, ..key.clone() };
        wait(world.stores.keys.add(moved, &Default::default())).unwrap();
        assert!(wait(world.authority.tend_keys()).is_err(), "it does not open there");
        assert!(
            world.says(&world.access(&world.begin("anna").held)) == "Valid",
            "the engine goes on with what it knows"
        );
    }
}

/// The root key is replaced: signing keys move under the new one, and when the old one goes, nothing that it seals is missed.
#[test]
fn signing_keys_follow_the_root_key() {
    for world in worlds() {
        let access = world.access(&world.begin("anna").held);
        let rotated = || ring().rotated(&SeededEntropy::new(78)).unwrap();
        let with =
            |ring| engine_with(world.stores.clone(), &world.clock, 2, SessionPolicy::default(), ring, 10);
        let is_good = |access: &str, engine: &cloakroom_authority::Authority| {
            matches!(engine.check_access(access).unwrap(), cloakroom_verifier::tokens::Verdict::Valid(_))
        };
        let after = with(rotated());
        assert_eq!(world.states(), [KeyState::Active, KeyState::Next], "its successor is made at once");
        assert!(is_good(&access, &after));
        world.tend();
        assert_eq!(
            world.states(),
            [KeyState::Active, KeyState::Next],
            "one that does not know it yet lets it be"
        );
        assert!(is_good(&access, &world.authority));
        // Taken away too early: what was sealed under it is lost, and said so; whoever is signed in renews.
        let without = with(rotated().without_earlier_than(2));
        assert_eq!(world.states(), [KeyState::Destroyed, KeyState::Active]);
        assert!(!is_good(&access, &without));
        let reasons: Vec<_> = world
            .events()
            .iter()
            .filter(|event| event.name == EventName::KeyDestroyed)
            .map(|event| event.reason)
            .collect();
        assert_eq!(reasons, [Some(Reason::RootKeyGone)]);
    }
}

/// A ring that lacks a root key between others: what that one sealed is gone, and the rest goes on.
#[test]
fn a_key_under_a_root_key_that_is_missing_between_others_is_let_go() {
    let world = sqlite(SessionPolicy::default());
    let store = Options::at(world.folder.path().join("other.db")).clock(Arc::new(world.clock.clone()));
    let stores = SqliteStore::stores(Arc::new(store.open().unwrap()));
    let with = |seed: u64, kids: &[u16]| {
        let roots = kids.iter().map(|kid| (*kid, RootKey::new(Secret::new([*kid as u8; 32]))));
        let ring = KeyRing::new(roots).unwrap();
        let engine = engine_with(stores.clone(), &world.clock, seed, SessionPolicy::default(), ring, 10);
        wait(engine.signing_keys()).unwrap().iter().map(|key| key.state).collect::<Vec<_>>()
    };
    assert_eq!(with(2, &[1]), [KeyState::Active]);
    assert_eq!(with(3, &[1, 2]), [KeyState::Active, KeyState::Next]);
    assert_eq!(with(4, &[1, 2, 3]), [KeyState::Active, KeyState::Next, KeyState::Next]);
    assert_eq!(with(5, &[1, 3]), [KeyState::Active, KeyState::Destroyed, KeyState::Next]);
}

/// One that signs no more and was damaged is passed over: what it signed is renewed.
#[test]
fn a_damaged_key_that_signs_no_more_stops_nothing() {
    let world = sqlite(SessionPolicy::default());
    let access = world.access(&world.begin("anna").held);
    wait(world.authority.rotate_signing_key()).unwrap();
    world.pass(Span::hours(1));
    world.tend();
    assert_eq!(world.states(), [KeyState::Retired, KeyState::Active]);
    let outsider = rusqlite::Connection::open(&world.database).unwrap();
    let damage = |state: &str| {
        // Another last byte, whatever it is.
        let sql = "UPDATE ck_key SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || CASE substr(sealed, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) WHERE purpose = 'access' AND kid = ?1";
        outsider.execute(sql, [state]).unwrap()
    };
    assert_eq!(damage("1"), 1);
    let open = || open_with(world.stores.clone(), &world.clock, 3, SessionPolicy::default(), ring(), 10);
    let after = wait(open()).unwrap();
    assert!(!matches!(after.check_access(&access).unwrap(), cloakroom_verifier::tokens::Verdict::Valid(_)));
    assert!(!after.jwks().unwrap().contains(&world.keys()[0].id.to_string()));
    // The one in use is another matter: the engine does not start, and upkeep forgets facts all the same.
    assert_eq!(damage("2"), 1);
    assert!(wait(open()).unwrap_err().to_string().starts_with("CK3007"));
}
