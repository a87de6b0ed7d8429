//! The invariants of the design that need no HTTP and no tokens, by their numbers.

use crate::world::{World, admin, change, engine, memory, refusal, sqlite, subject, wait, worlds};
use cloakroom_authority::session::SignedIn;
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::audit::heads::Verification;
use cloakroom_rules::refusal::{Limit, Refusal};
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;

/// Every way to take a session back.
type TakeBack = fn(&World, &SignedIn);
const WAYS: [(&str, TakeBack); 6] = [
    ("sign-out", |world, one| end_one(world, one, CloseWhy::SignOut)),
    ("revoke one", |world, one| end_one(world, one, CloseWhy::RevokedByAdmin)),
    ("revoke all", |world, _| end_all(world, &Why::RevokedByAdmin)),
    ("password change", |world, _| end_all(world, &Why::CredentialChanged)),
    ("demotion", |world, _| end_all(world, &Why::Demoted(Vec::new()))),
    ("disable", |world, _| end_all(world, &Why::Disabled)),
];

fn end_one(world: &World, one: &SignedIn, why: CloseWhy) {
    assert!(wait(world.authority.end(one.session.id, why, &admin())).unwrap());
}

fn end_all(world: &World, why: &Why) {
    wait(world.authority.end_all(&subject("anna"), why, &admin())).unwrap();
}

#[test]
fn invariant_1_revoked_is_refused_at_once_through_every_cache() {
    for (way, take_back) in WAYS {
        for world in worlds() {
            let signed_in = world.sign_in("anna");
            world.check(&signed_in.ticket).unwrap();
            assert!(world.is_known(&signed_in.ticket));
            take_back(&world, &signed_in);
            let known = world.known(&signed_in.ticket);
            assert!(!matches!(known, Some(Ok(_))), "{way} on {}: memory still says yes", world.name);
            assert!(world.check(&signed_in.ticket).is_err(), "{way} on {}", world.name);
        }
    }
}

#[test]
fn invariant_1_revoked_is_refused_after_a_restart() {
    for (way, take_back) in WAYS {
        let world = sqlite(SessionPolicy::default());
        let signed_in = world.sign_in("anna");
        world.check(&signed_in.ticket).unwrap();
        take_back(&world, &signed_in);
        let world = restarted(world);
        assert!(world.check(&signed_in.ticket).is_err(), "{way}");
    }
}

/// The same database under a new engine, without anything having been shut down in order.
fn restarted(world: World) -> World {
    let World { authority, stores, sqlite, clock, database, .. } = world;
    drop((authority, stores, sqlite));
    let store = Arc::new(Options::at(&database).clock(Arc::new(clock.clone())).open().unwrap());
    let stores = SqliteStore::stores(store.clone());
    let authority = engine(stores.clone(), &clock, 2, SessionPolicy::default());
    World { authority, stores, sqlite: Some(store), clock, database, ..world }
}

#[test]
fn invariant_2_an_acknowledged_sign_in_is_there_after_a_restart() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    wait(world.authority.patch(signed_in.session.id, &change("cart", 7))).unwrap();
    let world = restarted(world);
    let session = world.check(&signed_in.ticket).unwrap().session().unwrap();
    assert_eq!((session.id, session.version), (signed_in.session.id, 2));
}

#[test]
fn invariant_5_a_proof_from_before_a_change_opens_nothing() {
    for world in worlds() {
        for why in [Why::CredentialChanged, Why::Disabled, Why::Demoted(Vec::new()), Why::SignOutEverywhere] {
            let proof = world.proof("anna");
            end_all(&world, &why);
            assert_eq!(refusal(world.sign_in_with(&proof, None)), Refusal::ProofOvertaken, "{why:?}");
            assert!(wait(world.authority.sessions_of(&subject("anna"))).unwrap().is_empty());
        }
        let signed_in = world.sign_in("anna");
        let proof = world.proof("anna");
        let own = world.check(&signed_in.ticket).unwrap();
        let keep = wait(world.authority.end_others(&own, &Why::CredentialChanged, &admin()));
        let own = world.check(&keep.unwrap().1.ticket).unwrap();
        assert_eq!(refusal(world.step_up(&own, &proof)), Refusal::ProofOvertaken, "a step-up from before it");
    }
}

#[test]
fn invariant_6_nothing_brings_a_session_back() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let id = signed_in.session.id;
        world.check(&signed_in.ticket).unwrap();
        let racing = |session: &cloakroom_model::records::session::Session| {
            // Somebody signs out between the read and the write of an update.
            let _ = wait(world.authority.end(session.id, CloseWhy::SignOut, &admin()));
            Ok(change("a", 1))
        };
        assert_eq!(refusal(wait(world.authority.update(id, racing))), Refusal::Ended);
        assert!(world.check(&signed_in.ticket).is_err());
        wait(world.authority.tend()).unwrap();
        assert!(world.check(&signed_in.ticket).is_err());
        let census = wait(world.stores.sessions.census()).unwrap();
        assert_eq!((census.signed_in, census.anonymous), (0, 0), "{}", world.name);
    }
}

#[test]
fn invariant_6_a_restored_database_revives_nobody() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    let backup = world.folder.path().join("backup.db");
    wait(world.sqlite.as_ref().unwrap().backup_to(&backup)).unwrap();
    end_all(&world, &Why::CredentialChanged);
    wait(world.sqlite.as_ref().unwrap().shutdown()).unwrap();
    let World { authority, stores, sqlite, clock, database, .. } = &world;
    let (clock, database) = (clock.clone(), database.clone());
    let _ = (authority, stores, sqlite);
    let ticket = signed_in.ticket;
    let folder = {
        let World { authority, stores, sqlite, folder, .. } = world;
        drop((authority, stores, sqlite));
        folder
    };
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
    std::fs::copy(&backup, &database).unwrap();
    let options = || Options::at(&database).clock(Arc::new(clock.clone()));
    assert!(options().open().is_err(), "an older database is not served by accident");
    let stores = options().accept_restored().open().unwrap().into_stores();
    let authority = engine(stores, &clock, 3, SessionPolicy::default());
    let (host, client) = ("app.example".parse().unwrap(), Default::default());
    let presented = cloakroom_authority::session::Presented {
        ticket: &ticket,
        host: &host,
        client: &client,
        origin: &Default::default(),
        renewable: true,
        purpose: Default::default(),
    };
    assert_eq!(refusal(wait(authority.check(&presented))), Refusal::Ended);
    drop(folder);
}

#[test]
fn invariant_7_every_event_stands_once_and_the_log_is_whole() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let own = world.check(&signed_in.ticket).unwrap();
        let stepped_up = world.step_up(&own, &world.proof("anna")).unwrap();
        wait(world.authority.end(stepped_up.session.id, CloseWhy::SignOut, &admin())).unwrap();
        wait(world.authority.end(stepped_up.session.id, CloseWhy::SignOut, &admin())).unwrap();
        use EventName::{LoginSuccess, SessionClosed, SessionOpened, SessionRotated};
        let wanted = [LoginSuccess, SessionOpened, SessionRotated, SessionClosed];
        assert_eq!(world.told(signed_in.session.id), wanted, "{}", world.name);

        assert_eq!(wait(world.authority.sign_heads()).unwrap(), 1);
        assert_eq!(
            wait(world.authority.sign_heads()).unwrap(),
            0,
            "a head that did not move is not signed again"
        );
        for (lane, head) in wait(world.stores.events.chains()).unwrap() {
            let heads = wait(world.stores.events.checkpoints(lane)).unwrap();
            let mut verification = Verification::of(lane, heads);
            let ring = crate::world::ring();
            let key = |kid| ring.mac(kid, cloakroom_crypto::derive::Purpose::Audit, &[]).ok();
            for link in wait(world.stores.events.tail(lane, 0, 1_000)).unwrap() {
                verification.link(&link, key).unwrap();
            }
            assert_eq!(verification.end().unwrap(), head);
        }
    }
}

#[test]
fn invariant_8_a_ticket_of_one_host_opens_nothing_on_another() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let elsewhere: Host = "other.example".parse().unwrap();
        for known in [false, true] {
            assert_eq!(world.is_known(&signed_in.ticket), known);
            let mut presented = world.presented(&signed_in.ticket);
            presented.host = &elsewhere;
            assert_eq!(
                refusal(wait(world.authority.check(&presented))),
                Refusal::WrongHost,
                "{}",
                world.name
            );
            world.check(&signed_in.ticket).unwrap();
        }
        let refused = world.told(signed_in.session.id).into_iter();
        assert_eq!(
            refused.filter(|name| *name == EventName::CredentialRefused).count(),
            1,
            "told once, not each time"
        );
    }
}

#[test]
fn invariant_9_limits_hold_when_the_clock_jumps() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        world.check(&signed_in.ticket).unwrap();
        let start = signed_in.session.created;
        world.clock.jump(start.minus(Span::days(1)));
        assert!(world.check(&signed_in.ticket).is_ok(), "a clock that went back signs nobody out");
        world.clock.jump(start.plus(Span::hours(8)));
        assert_eq!(
            refusal(world.check(&signed_in.ticket)),
            Refusal::Expired(Limit::Absolute),
            "{}",
            world.name
        );
        world.clock.jump(Time::from_millis(0));
        world.clock.jump(start.plus(Span::days(400)));
        assert_eq!(refusal(world.check(&signed_in.ticket)), Refusal::Expired(Limit::Absolute));
    }
}

#[test]
fn invariant_14_memory_and_store_return_to_their_baseline() {
    for world in worlds() {
        let mut ids = Vec::<SessionId>::new();
        for _ in 0..200 {
            let signed_in = world.sign_in("anna");
            world.check(&signed_in.ticket).unwrap();
            ids.push(signed_in.session.id);
        }
        assert_eq!(world.authority.known_sessions(), 50, "those beyond the limit are forgotten at once");
        world.pass(Span::hours(9));
        wait(world.authority.tend()).unwrap();
        world.pass(Span::hours(9));
        wait(world.authority.tend()).unwrap();
        assert_eq!(world.authority.known_sessions(), 0, "{}", world.name);
        assert_eq!(wait(world.stores.sessions.census()).unwrap(), Default::default());
        let facts = wait(world.stores.ledger.since(&[], 1_000)).unwrap().swap_remove(0).entries;
        assert!(facts.is_empty(), "{} facts that deny nothing any more", facts.len());
    }
}

#[test]
fn invariant_14_a_flood_of_visitors_evicts_nobody_who_is_signed_in() {
    let world = memory(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    for number in 0..500 {
        wait(world.authority.open_anonymous(&world.host, &world.client, &change("n", number))).unwrap();
    }
    assert!(wait(world.stores.sessions.census()).unwrap().anonymous <= 100);
    assert!(world.check(&signed_in.ticket).is_ok());
}

#[test]
fn invariant_15_shutting_down_loses_no_acknowledged_write() {
    let world = sqlite(SessionPolicy::default());
    let signed_in = world.sign_in("anna");
    world.check(&signed_in.ticket).unwrap();
    world.pass(Span::minutes(40));
    world.check(&signed_in.ticket).unwrap();
    wait(world.authority.shut_down()).unwrap();
    let world = restarted(world);
    world.pass(Span::minutes(40));
    assert!(world.check(&signed_in.ticket).is_ok(), "the time of last use was written down");
}
