//! Everything at once: no interleaving lets a revoked session be accepted, or a change be lost.

use crate::world::{admin, change, memory, refusal, sqlite, subject, wait, worlds};
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::{Change, read};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::scope;

/// Invariant 1: a request that begins after the revocation returned is refused, however many are checking and
/// reading the truth again at that moment.
#[test]
fn no_request_after_the_revocation_returned_is_accepted() {
    for (world, rounds) in worlds().into_iter().zip([1_000, 200, 100]) {
        for round in 0..rounds {
            let signed_in = world.sign_in(&format!("user-{}", round % 7));
            let (revoked, barrier) = (AtomicBool::new(false), Barrier::new(3));
            scope(|scope| {
                for _ in 0..2 {
                    let (world, revoked, barrier, ticket) = (&world, &revoked, &barrier, &signed_in.ticket);
                    scope.spawn(move || {
                        barrier.wait();
                        for _ in 0..20 {
                            let was_revoked = revoked.load(SeqCst);
                            let accepted = world.check(ticket).is_ok();
                            assert!(
                                !(was_revoked && accepted),
                                "accepted after it was revoked, on {}",
                                world.name
                            );
                        }
                    });
                }
                barrier.wait();
                match round % 2 {
                    0 => drop(
                        wait(world.authority.end(signed_in.session.id, CloseWhy::SignOut, &admin())).unwrap(),
                    ),
                    _ => {
                        let anna = subject(&format!("user-{}", round % 7));
                        wait(world.authority.end_all(&anna, &Why::RevokedByAdmin, &admin())).unwrap();
                    }
                }
                revoked.store(true, SeqCst);
            });
            assert!(world.check(&signed_in.ticket).is_err());
        }
    }
}

/// Invariant 5, a thousand times: a sign-in from an older proof beside "everything of this user is over".
#[test]
fn a_sign_in_beside_a_revocation_is_dead_or_newer() {
    let world = memory(SessionPolicy::default());
    for round in 0..1_000 {
        let name = format!("user-{round}");
        let proof = world.proof(&name);
        let opened = world.beside_the_end_of_all(&name, || world.sign_in_with(&proof, None));
        match opened {
            Ok(signed_in) => assert!(world.check(&signed_in.ticket).is_err(), "it lives from an older proof"),
            Err(denied) => assert_eq!(denied.refusal(), Some(Refusal::ProofOvertaken)),
        }
        assert!(wait(world.authority.sessions_of(&subject(&name))).unwrap().is_empty());
    }
}

/// Parallel requests of one browser: every increment counts, and every reader sees its own write.
#[test]
fn updates_from_parallel_requests_are_all_kept() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let id = signed_in.session.id;
        let count = |session: &cloakroom_model::records::session::Session, name: &str| {
            read::<u32>(&session.data, name).map(Option::unwrap_or_default)
        };
        scope(|scope| {
            for lane in 0..2 {
                let (world, ticket) = (&world, &signed_in.ticket);
                scope.spawn(move || {
                    let own = format!("own-{lane}");
                    for number in 1..=50 {
                        loop {
                            let made = wait(world.authority.update(id, |session| {
                                let mut change = Change::default();
                                change.set("shared", &(count(session, "shared")? + 1))?.set(&own, &number)?;
                                Ok(change)
                            }));
                            match made {
                                Ok(_) => break,
                                Err(denied) => assert_eq!(denied.refusal(), Some(Refusal::Conflict)),
                            }
                        }
                        let seen = world.check(ticket).unwrap().session().unwrap();
                        assert!(
                            count(&seen, &own).unwrap() >= number,
                            "a request does not see its own write"
                        );
                    }
                });
            }
        });
        let last = world.check(&signed_in.ticket).unwrap().session().unwrap();
        assert_eq!(count(&last, "shared"), Ok(100), "{}", world.name);
    }
}

/// Two requests of one ticket step up at once: one gets the new ticket, the other is told, never both.
#[test]
fn two_step_ups_at_once_leave_one_ticket() {
    let world = memory(SessionPolicy::default());
    for _ in 0..500 {
        let signed_in = world.sign_in("anna");
        let owns = [world.check(&signed_in.ticket).unwrap(), world.check(&signed_in.ticket).unwrap()];
        let proofs = [world.proof("anna"), world.proof("anna")];
        let barrier = Barrier::new(2);
        let answers: Vec<_> = scope(|scope| {
            let ups: Vec<_> = proofs
                .iter()
                .zip(&owns)
                .map(|(proof, own)| {
                    scope.spawn(|| {
                        barrier.wait();
                        world.step_up(own, proof)
                    })
                })
                .collect();
            ups.into_iter().map(|up| up.join().unwrap()).collect()
        });
        let told: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(
            told.len() == 1 && told[0].refusal() == Some(Refusal::Conflict),
            "the other is told: {told:?}"
        );
        assert!(answers.iter().flatten().all(|up| world.check(&up.ticket).is_ok()), "the new ticket works");
        assert_eq!(refusal(world.check(&signed_in.ticket)), Refusal::NotSignedIn);
        wait(world.authority.end(signed_in.session.id, CloseWhy::SignOut, &admin())).unwrap();
    }
}

/// A visitor's basket is filled in one tab while another signs in: what was acknowledged comes along.
#[test]
fn what_a_visitor_wrote_beside_the_sign_in_is_refused_or_comes_along() {
    let policy =
        || SessionPolicy { survives_sign_in: ["cart".to_owned()].into(), ..SessionPolicy::default() };
    for (world, rounds) in [memory(policy()), sqlite(policy())].into_iter().zip([1_000, 200]) {
        for round in 1..=rounds {
            let opened = wait(world.authority.open_anonymous(&world.host, &world.client, &change("cart", 0)));
            let visitor = opened.unwrap().session.id;
            let proof = world.proof("anna");
            let barrier = Barrier::new(2);
            let (written, signed_in) = scope(|scope| {
                let writing = scope.spawn(|| {
                    barrier.wait();
                    wait(world.authority.patch(visitor, &change("cart", round)))
                });
                barrier.wait();
                let signed_in = world.sign_in_with(&proof, Some(visitor)).unwrap();
                (writing.join().unwrap(), signed_in)
            });
            let cart = read::<u32>(&signed_in.session.data, "cart").unwrap();
            match written {
                Ok(_) => assert_eq!(cart, Some(round), "an acknowledged write is lost, on {}", world.name),
                Err(denied) => assert_eq!(denied.refusal(), Some(Refusal::Ended)),
            }
            wait(world.authority.end(signed_in.session.id, CloseWhy::SignOut, &admin())).unwrap();
        }
    }
}
