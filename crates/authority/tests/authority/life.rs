//! The life of a session, event by event.

use crate::world::{World, admin, change, engine, groups, refusal, subject, wait, worlds};
use cloakroom_authority::Denied;
use cloakroom_authority::session::SignedIn;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::refusal::{Limit, Refusal};
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::{Change, read};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;

#[test]
fn a_sign_in_opens_a_session_that_is_known_from_then_on() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        assert!(!world.is_known(&signed_in.ticket), "nothing is known before the first sight");
        let checked = world.check(&signed_in.ticket).unwrap();
        assert_eq!(checked.session_id(), signed_in.session.id);
        assert_eq!(checked.session().unwrap().subject, Some(subject("anna")));
        assert_eq!(checked.session().unwrap().groups, groups(&["staff"]));
        assert!(world.is_known(&signed_in.ticket), "{}", world.name);
        assert_eq!(world.told(signed_in.session.id), [EventName::LoginSuccess, EventName::SessionOpened]);
    }
}

#[test]
fn a_ticket_nobody_was_given_is_not_signed_in_and_counted() {
    for world in worlds() {
        let ticket = Ticket::parse("ckt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(refusal(world.check(&ticket)), Refusal::NotSignedIn);
        assert_eq!(refusal(world.check(&ticket)), Refusal::NotSignedIn);
        assert_eq!(world.authority.unknown_tickets(), 2);
        assert_eq!(wait(world.stores.sessions.census()).unwrap().anonymous, 0, "it is not adopted");
    }
}

#[test]
fn a_visitor_gets_a_session_by_the_first_write_and_loses_it_at_sign_in() {
    for world in worlds() {
        let (authority, host, client) = (&world.authority, &world.host, &world.client);
        let written = wait(authority.open_anonymous(host, client, &change("cart", 3))).unwrap();
        let ticket = written.ticket.unwrap();
        let visitor = world.check(&ticket).unwrap().session().unwrap();
        assert_eq!((visitor.subject, read::<u32>(&visitor.data, "cart")), (None, Ok(Some(3))));

        let signed_in = world.sign_in_with(&world.proof("anna"), Some(visitor.id)).unwrap();
        assert_eq!(refusal(world.check(&ticket)), Refusal::NotSignedIn);
        assert!(signed_in.session.data.is_empty(), "nothing was declared to survive");
    }
}

#[test]
fn patches_merge_and_are_read_at_once() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let id = signed_in.session.id;
        world.check(&signed_in.ticket).unwrap();
        wait(world.authority.patch(id, &change("a", 1))).unwrap();
        wait(world.authority.patch(id, &change("b", 2))).unwrap();
        let data = world.check(&signed_in.ticket).unwrap().session().unwrap().data;
        assert_eq!((read(&data, "a"), read(&data, "b")), (Ok(Some(1u32)), Ok(Some(2u32))), "{}", world.name);

        let add_one = |session: &cloakroom_model::records::session::Session| {
            let before = read::<u32>(&session.data, "a")?.unwrap_or_default();
            let mut change = Change::default();
            change.set("a", &(before + 1))?;
            Ok(change)
        };
        let written = wait(world.authority.update(id, add_one)).unwrap();
        assert_eq!(read(&written.session.data, "a"), Ok(Some(2u32)));
        assert_eq!(refusal(wait(world.authority.patch(id, &change_of_70_kb()))), Refusal::DataTooLarge);
    }
}

fn change_of_70_kb() -> Change {
    let mut change = Change::default();
    change.set("blob", &"x".repeat(70_000)).unwrap();
    change
}

#[test]
fn a_step_up_replaces_the_ticket_at_once() {
    for world in worlds() {
        let before = world.sign_in("anna");
        let own = world.check(&before.ticket).unwrap();
        world.pass(Span::minutes(3));
        let after = world.step_up(&own, &world.proof("anna")).unwrap();
        assert_eq!(refusal(world.check(&before.ticket)), Refusal::NotSignedIn, "no grace for the old one");
        let now = world.check(&after.ticket).unwrap().session().unwrap();
        assert!(now.assurance.unwrap().at > before.session.assurance.unwrap().at);
        let own = world.check(&after.ticket).unwrap();
        assert_eq!(refusal(world.step_up(&own, &world.proof("mallory"))), Refusal::AnotherUser);
    }
}

#[test]
fn sign_out_ends_the_session_and_is_told_once() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        world.check(&signed_in.ticket).unwrap();
        let id = signed_in.session.id;
        assert!(wait(world.authority.end(id, CloseWhy::SignOut, &admin())).unwrap());
        assert!(!wait(world.authority.end(id, CloseWhy::SignOut, &admin())).unwrap());
        assert_eq!(refusal(world.check(&signed_in.ticket)), Refusal::NotSignedIn);
        let closed = world.told(id).into_iter().filter(|name| *name == EventName::SessionClosed).count();
        assert_eq!(closed, 1);
        assert_eq!(refusal(wait(world.authority.patch(id, &change("a", 1)))), Refusal::Ended);
    }
}

#[test]
fn idle_and_absolute_limits_end_a_session_that_is_known() {
    for world in worlds() {
        let (idle, busy) = (world.sign_in("anna"), world.sign_in("anna"));
        world.check(&idle.ticket).unwrap();
        for _ in 0..15 {
            world.pass(Span::minutes(30));
            world.check(&busy.ticket).unwrap();
            wait(world.authority.flush_touches()).unwrap();
        }
        assert_eq!(refusal(world.check(&idle.ticket)), Refusal::Expired(Limit::Idle));
        world.pass(Span::minutes(30));
        assert_eq!(refusal(world.check(&busy.ticket)), Refusal::Expired(Limit::Absolute));
    }
}

#[test]
fn others_end_and_the_one_that_asked_goes_on_under_a_new_ticket() {
    for world in worlds() {
        let (own, other) = (world.sign_in("anna"), world.sign_in("anna"));
        let bystander = world.sign_in("bob");
        for signed_in in [&own, &other, &bystander] {
            world.check(&signed_in.ticket).unwrap();
        }
        let (by, asking) = (admin(), world.check(&own.ticket).unwrap());
        let ended = wait(world.authority.end_others(&asking, &Why::SignOutEverywhere, &by));
        let (ended, kept) = ended.unwrap();
        assert_eq!(ended, 1);
        assert!(world.check(&kept.ticket).is_ok() && world.check(&bystander.ticket).is_ok());
        for dead in [&own, &other] {
            assert_eq!(refusal(world.check(&dead.ticket)), Refusal::NotSignedIn, "{}", world.name);
        }
        assert_eq!(wait(world.authority.sessions_of(&subject("anna"))).unwrap().len(), 1);
    }
}

#[test]
fn a_demotion_ends_what_carried_the_group() {
    for world in worlds() {
        let (own, other) = (world.sign_in("anna"), world.sign_in("anna"));
        let why = Why::Demoted(groups(&["guest"]));
        let asking = world.check(&own.ticket).unwrap();
        let (_, kept) = wait(world.authority.end_others(&asking, &why, &admin())).unwrap();
        assert_eq!(world.check(&kept.ticket).unwrap().session().unwrap().groups, groups(&["guest"]));
        assert_eq!(refusal(world.check(&other.ticket)), Refusal::NotSignedIn);
    }
}

#[test]
fn a_group_gained_elsewhere_is_seen_by_the_next_request_and_the_ticket_is_replaced() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        world.check(&signed_in.ticket).unwrap();
        let changed = wait(world.authority.gain_groups(&subject("anna"), &groups(&["admin"]), &admin()));
        assert_eq!(changed.unwrap(), 1);
        let checked = world.check(&signed_in.ticket).unwrap();
        assert_eq!(checked.session().unwrap().groups, groups(&["admin", "staff"]), "{}", world.name);
        assert!(checked.offered().is_some(), "and a new ticket is handed out");
        assert!(world.check(&signed_in.ticket).is_ok(), "the old one works on until the new one is used");
    }
}

#[test]
fn the_least_recently_used_makes_room_beyond_the_limit() {
    for world in worlds() {
        let all: Vec<_> = (0..50)
            .map(|_| {
                world.pass(Span::seconds(1));
                world.sign_in("anna")
            })
            .collect();
        world.pass(Span::minutes(20));
        world.check(&all[0].ticket).unwrap();
        wait(world.authority.flush_touches()).unwrap();
        let one_more = world.sign_in("anna");
        assert_eq!(wait(world.authority.sessions_of(&subject("anna"))).unwrap().len(), 50);
        assert!(world.check(&all[0].ticket).is_ok(), "it was used a moment ago");
        assert_eq!(refusal(world.check(&all[1].ticket)), Refusal::NotSignedIn, "{}", world.name);
        assert!(world.check(&one_more.ticket).is_ok());
    }
}

#[test]
fn what_hangs_from_a_session_ends_with_it_and_is_told_once_however_it_ends() {
    let sign_out = |world: &World, parent: &SignedIn| {
        wait(world.authority.end(parent.session.id, CloseWhy::SignOut, &admin())).unwrap();
    };
    let sign_in_again = |world: &World, parent: &SignedIn| {
        world.sign_in_with(&world.proof("anna"), Some(parent.session.id)).unwrap();
    };
    let two_holders = |world: &World, parent: &SignedIn| {
        for minutes in [40, 21] {
            world.pass(Span::minutes(minutes));
            world.check(&parent.ticket).unwrap();
        }
        let offered = world.check(&parent.ticket).unwrap().offered().unwrap().copy();
        world.check(&offered).unwrap();
        world.pass(Span::seconds(31));
        assert_eq!(refusal(world.check(&parent.ticket)), Refusal::TwoHolders);
    };
    let run_out = |world: &World, _: &SignedIn| {
        world.pass(Span::hours(9));
        wait(world.authority.tend()).unwrap();
    };
    type End<'a> = &'a dyn Fn(&World, &SignedIn);
    let ends: [End<'_>; 4] = [&sign_out, &sign_in_again, &two_holders, &run_out];
    for (number, end) in ends.iter().enumerate() {
        for world in worlds() {
            let parent = world.sign_in("anna");
            let child = world.sign_in_under("anna", parent.session.id);
            world.check(&child.ticket).unwrap();
            end(&world, &parent);
            assert_eq!(refusal(world.check(&child.ticket)), Refusal::NotSignedIn);
            let told = world.told(child.session.id).into_iter();
            let ended =
                told.filter(|name| matches!(name, EventName::SessionClosed | EventName::SessionExpired));
            assert_eq!(ended.count(), 1, "end {number} on {}", world.name);
        }
    }
}

#[test]
fn whoever_works_in_a_child_is_not_signed_out_by_an_idle_parent() {
    for world in worlds() {
        let parent = world.sign_in("anna");
        let child = world.sign_in_under("anna", parent.session.id);
        for _ in 0..12 {
            world.pass(Span::minutes(20));
            world.check(&child.ticket).unwrap();
            wait(world.authority.tend()).unwrap();
        }
        assert!(world.check(&child.ticket).is_ok() && world.check(&parent.ticket).is_ok(), "{}", world.name);
        let asking = world.check(&child.ticket).unwrap();
        let (ended, kept) =
            wait(world.authority.end_others(&asking, &Why::CredentialChanged, &admin())).unwrap();
        assert_eq!(ended, 1, "the parent");
        assert!(world.check(&kept.ticket).is_ok(), "the one that asked goes on");
    }
}

#[test]
fn a_changed_client_is_told_once_and_noted() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let other =
            cloakroom_rules::session::binding::Client { agent: Some("curl".into()), ..Default::default() };
        for _ in 0..5 {
            for client in [&other, &world.client] {
                let presented =
                    cloakroom_authority::session::Presented { client, ..world.presented(&signed_in.ticket) };
                wait(world.authority.check(&presented)).unwrap();
            }
        }
        let told = world.told(signed_in.session.id).into_iter();
        assert_eq!(told.filter(|name| *name == EventName::BindingChanged).count(), 1, "{}", world.name);
    }
}

/// A fact that reached this process some other way denies what the truth still has.
#[test]
fn what_the_ledger_revoked_is_refused_though_its_row_is_there() {
    for world in worlds() {
        let signed_in = world.sign_in("anna");
        let fact = Fact::revoke(FactKey::Session(signed_in.session.id));
        let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
        wait(world.stores.ledger.publish(&trail)).unwrap();
        // What a store that forgets has still is not believed: it is as if it was not there.
        let is_there = wait(world.stores.sessions.find(signed_in.session.id)).unwrap().is_some();
        assert_eq!(is_there, !world.name.ends_with("redis"), "the row is there");
        let refused = if is_there { Refusal::Ended } else { Refusal::NotSignedIn };
        assert_eq!(refusal(world.check(&signed_in.ticket)), refused, "{}", world.name);
        let later = engine(world.stores.clone(), &world.clock, 2, SessionPolicy::default());
        let answer = wait(later.check(&world.presented(&signed_in.ticket)));
        assert_eq!(refusal(answer), refused, "after a restart, {}", world.name);
    }
}

/// One unreadable record of a user blocks neither sign-in nor revocation of the others.
#[test]
fn an_unreadable_record_is_in_nobodys_way() {
    let world = crate::world::sqlite(SessionPolicy::default());
    let (broken, healthy) = (world.sign_in("anna"), world.sign_in("anna"));
    let vandal = rusqlite::Connection::open(&world.database).unwrap();
    let id = broken.session.id.to_bytes();
    vandal.execute("UPDATE ck_session SET record = x'00' WHERE id = ?1", [id.as_slice()]).unwrap();
    assert!(matches!(world.check(&broken.ticket), Err(Denied::Down(_))), "nobody knows what it was");
    let another = world.sign_in("anna");
    assert!(wait(world.authority.end(healthy.session.id, CloseWhy::SignOut, &admin())).unwrap());
    assert!(world.check(&healthy.ticket).is_err() && world.check(&another.ticket).is_ok());
    wait(world.authority.end_all(&subject("anna"), &Why::RevokedByAdmin, &admin())).unwrap();
    assert!(world.check(&another.ticket).is_err());
}

/// However often somebody tries, the log has one line a minute of it.
#[test]
fn a_forged_request_is_told_once_in_a_while() {
    for world in worlds() {
        let session = world.sign_in("anna").session;
        let tell = || wait(world.authority.tell_of_csrf(&session, &world.origin)).unwrap();
        let told = || world.told(session.id).iter().filter(|name| **name == EventName::CsrfRefused).count();
        (0..5).for_each(|_| tell());
        assert_eq!(told(), 1, "{}", world.name);
        world.pass(Span::minutes(1));
        tell();
        assert_eq!(told(), 2, "{}", world.name);
    }
}
