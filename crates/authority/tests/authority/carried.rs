//! Sessions that cookies carry.

use crate::world::{World, admin, change, engine, memory, refusal, subject, wait, worlds};
use cloakroom_authority::carried::{Carrier, Names, Opened, Presented, Wrapped, Wrapping};
use cloakroom_authority::{Authority, Denied};
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::time::Span;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_store::memory::{Limits, MemoryStore};
use std::sync::Arc;

const NAMES: Names<'static> = Names { signed_in: "in", visitor: "out" };
const WRAPPINGS: [Wrapping; 2] = [Wrapping::Sealed, Wrapping::Signed];

fn app() -> WebOrigin {
    "https://app.example".parse().unwrap()
}

impl World {
    fn carrying<T>(&self, wrapping: Wrapping, act: impl FnOnce(Carrier<'_>) -> T) -> T {
        act(self.authority.carrier(wrapping, NAMES, &app()))
    }

    fn open_at(&self, carrier: Carrier<'_>, name: &str, value: &str) -> Result<Opened, Denied> {
        let World { host, client, origin, .. } = self;
        wait(carrier.open(&Presented { name, value, host, client, origin, purpose: Purpose::Use }))
    }

    fn open(&self, wrapping: Wrapping, wrapped: &Wrapped) -> Result<Opened, Denied> {
        self.carrying(wrapping, |carrier| self.open_at(carrier, "in", wrapped.value.expose()))
    }

    fn sign_in_carried(&self, wrapping: Wrapping, name: &str) -> Wrapped {
        let proof = self.proof(name);
        self.carrying(wrapping, |carrier| wait(carrier.sign_in(&self.sign_in_request(&proof, None), None)))
            .unwrap()
    }
}

/// Nothing can be asked of a cookie but what memory knows, so it is an outage if that may be behind.
#[test]
fn what_memory_may_not_know_is_an_outage() {
    for wrapping in WRAPPINGS {
        let world = memory(SessionPolicy::default());
        let (other, elsewhere) = world.of_another_process();
        let wrapped = world.sign_in_carried(wrapping, "anna");
        let open = || world.open_at(other.carrier(wrapping, NAMES, &app()), "in", wrapped.value.expose());
        assert!(open().is_ok());
        world.pass(Span::seconds(3));
        assert!(matches!(open(), Err(Denied::Down(_))), "{wrapping:?}");
        elsewhere.is_told(&world);
        assert!(open().is_ok());
        // Signing out is not lost where nothing is known.
        world.pass(Span::seconds(3));
        let app = app();
        let carrier = other.carrier(wrapping, NAMES, &app);
        assert!(wait(carrier.end(&wrapped.session, CloseWhy::SignOut, &admin())).unwrap(), "{wrapping:?}");
    }
}

/// A cookie opens under its own name, for its own origin, with its own kind of wrapping, against its own ledger.
#[test]
fn it_opens_where_it_was_made_and_nowhere_else() {
    let world = memory(SessionPolicy::default());
    let empty = MemoryStore::open(Arc::new(world.clock.clone()), Limits::default()).into_stores();
    let elsewhere = engine(empty, &world.clock, 5, SessionPolicy::default());
    let other: WebOrigin = "https://blog.example".parse().unwrap();
    for wrapping in WRAPPINGS {
        let wrapped = world.sign_in_carried(wrapping, "anna");
        let value = wrapped.value.expose();
        let at = |authority: &Authority, wrapping, names, origin: &WebOrigin, name: &str| {
            world.open_at(authority.carrier(wrapping, names, origin), name, value)
        };
        let opened = at(&world.authority, wrapping, NAMES, &app(), "in").unwrap();
        assert_eq!(opened.session.account().unwrap().0, Some(subject("anna")));
        let tampered = |answer| assert_eq!(refusal::<Opened>(answer), Refusal::Tampered, "{wrapping:?}");
        tampered(at(&world.authority, wrapping, NAMES, &app(), "out"));
        tampered(at(&world.authority, wrapping, NAMES, &other, "in"));
        tampered(at(&elsewhere, wrapping, NAMES, &app(), "in"));
        let [a, b] = WRAPPINGS;
        let another = if wrapping == a { b } else { a };
        let answer = at(&world.authority, another, NAMES, &app(), "in");
        assert_eq!(refusal(answer), Refusal::NotSignedIn);
    }
}

#[test]
fn tampering_is_told_of_once_in_a_while_and_believed_in_nothing() {
    for world in worlds() {
        let wrapped = world.sign_in_carried(Wrapping::Sealed, "anna");
        let (front, back) = wrapped.value.expose().split_at(60);
        let forged = format!("{front}{}{}", if back.starts_with('A') { 'B' } else { 'A' }, &back[1..]);
        for _ in 0..100 {
            let answer = world.carrying(Wrapping::Sealed, |carrier| world.open_at(carrier, "in", &forged));
            assert_eq!(refusal(answer), Refusal::Tampered);
        }
        let told = || {
            let events = world.events().into_iter();
            let tampered = events.filter(|event| event.name == EventName::CookieTampered);
            tampered.map(|event| (event.subject, event.session)).collect::<Vec<_>>()
        };
        assert_eq!(told(), [(None, None)], "{}", world.name);
        world.pass(Span::minutes(1));
        drop(world.carrying(Wrapping::Sealed, |carrier| world.open_at(carrier, "in", &forged)));
        assert_eq!(told().len(), 2);
    }
}

/// Invariant 6: the fact is kept until nothing it denies can be alive.
#[test]
fn a_cookie_from_before_sign_out_stays_dead_until_it_would_have_run_out() {
    for world in worlds() {
        for wrapping in WRAPPINGS {
            let wrapped = world.sign_in_carried(wrapping, "anna");
            let by = admin();
            let end =
                |carrier: Carrier<'_>| wait(carrier.end(&wrapped.session, CloseWhy::SignOut, &by)).unwrap();
            assert!(world.carrying(wrapping, end));
            assert!(!world.carrying(wrapping, end), "what is over is not ended again");
            for _ in 0..10 {
                assert!(world.open(wrapping, &wrapped).is_err(), "{}", world.name);
                world.pass(Span::hours(1));
                wait(world.authority.tend()).unwrap();
            }
            assert!(world.clock_is_past(wrapped.session.absolute));
            assert!(world.open(wrapping, &wrapped).is_err());
        }
    }
}

impl World {
    fn clock_is_past(&self, time: cloakroom_model::words::time::Time) -> bool {
        use cloakroom_model::ports::Clock;
        self.clock.now() >= time
    }
}

/// Invariant 5, a thousand times: an older proof beside "everything of this user is over".
#[test]
fn a_carried_sign_in_beside_a_revocation_is_dead_or_newer() {
    let world = memory(SessionPolicy::default());
    for round in 0..1_000 {
        let name = format!("user-{round}");
        let proof = world.proof(&name);
        let opened = world.beside_the_end_of_all(&name, || {
            let sign_in = world.sign_in_request(&proof, None);
            world.carrying(Wrapping::Sealed, |carrier| wait(carrier.sign_in(&sign_in, None)))
        });
        match opened {
            Ok(wrapped) => assert_eq!(refusal(world.open(Wrapping::Sealed, &wrapped)), Refusal::Ended),
            Err(denied) => assert_eq!(denied.refusal(), Some(Refusal::ProofOvertaken)),
        }
    }
    let opened = world.sign_in_carried(Wrapping::Sealed, "user-1");
    assert!(world.open(Wrapping::Sealed, &opened).is_ok(), "a newer proof is good");
}

/// An overtaken proof neither opens nor raises anything.
#[test]
fn an_overtaken_proof_is_refused() {
    for world in worlds() {
        let own = world.sign_in_carried(Wrapping::Sealed, "anna");
        let proof = world.proof("anna");
        let kept = world
            .carrying(Wrapping::Sealed, |carrier| {
                wait(carrier.end_others(&own.session, &Why::CredentialChanged, &admin()))
            })
            .unwrap();
        let sign_in = world.sign_in_request(&proof, None);
        let opened = world.carrying(Wrapping::Sealed, |carrier| wait(carrier.sign_in(&sign_in, None)));
        assert_eq!(refusal(opened), Refusal::ProofOvertaken);
        let step_up = |session| {
            world.carrying(Wrapping::Sealed, |carrier| {
                wait(carrier.step_up(session, &proof, &world.client, &world.origin))
            })
        };
        assert_eq!(refusal(step_up(&kept.session)), Refusal::ProofOvertaken);
        assert_eq!(refusal(step_up(&own.session)), Refusal::Ended, "the cookie from before asks for nothing");
        assert!(world.open(Wrapping::Sealed, &kept).is_ok());
        let events: Vec<_> = world.events().into_iter().map(|event| event.name).collect();
        assert_eq!(events.iter().filter(|name| **name == EventName::LoginSuccess).count(), 1);
    }
}

/// What does not fit has changed nothing: no fact, no event.
#[test]
fn what_does_not_fit_into_a_cookie_changes_nothing() {
    let world = memory(SessionPolicy::default());
    let before = world.events().len();
    let mut big = change("a", 1);
    big.set("big", &"x".repeat(3_000)).unwrap();
    let proof = world.proof("anna");
    let sign_in =
        cloakroom_authority::session::SignIn { change: &big, ..world.sign_in_request(&proof, None) };
    let answer = world.carrying(Wrapping::Sealed, |carrier| wait(carrier.sign_in(&sign_in, None)));
    assert_eq!(refusal(answer), Refusal::DataTooLarge);
    assert_eq!(world.events().len(), before);
}

/// About as much as the guide says has room.
#[test]
fn there_is_room_for_two_and_a_half_kilobytes() {
    let world = memory(SessionPolicy::default());
    for wrapping in WRAPPINGS {
        let own = world.sign_in_carried(wrapping, "anna");
        let fits = |length: usize| {
            let mut data = change("a", 1);
            data.set("big", &"x".repeat(length)).unwrap();
            world.carrying(wrapping, |carrier| carrier.patch(&own.session, &data)).is_ok()
        };
        assert!(fits(2_600) && !fits(2_800), "{wrapping:?}");
    }
}

#[test]
fn another_engine_on_the_same_store_knows_what_was_taken_back() {
    let world = memory(SessionPolicy::default());
    let (gone, stays) =
        (world.sign_in_carried(Wrapping::Sealed, "anna"), world.sign_in_carried(Wrapping::Sealed, "berta"));
    world
        .carrying(Wrapping::Sealed, |carrier| wait(carrier.end(&gone.session, CloseWhy::SignOut, &admin())))
        .unwrap();
    let again = engine(world.stores.clone(), &world.clock, 9, SessionPolicy::default());
    let at = |wrapped: &Wrapped| {
        world.open_at(again.carrier(Wrapping::Sealed, NAMES, &app()), "in", wrapped.value.expose())
    };
    assert_eq!(refusal(at(&gone)), Refusal::Ended);
    assert!(at(&stays).is_ok());
}

/// However full it is: a step-up with more methods than the sign-in had.
#[test]
fn a_full_session_can_be_stepped_up() {
    let world = memory(SessionPolicy::default());
    for wrapping in WRAPPINGS {
        let own = world.sign_in_carried(wrapping, "anna");
        let filled = |length: usize| {
            let mut data = change("a", 1);
            data.set("big", &"x".repeat(length)).unwrap();
            world.carrying(wrapping, |carrier| carrier.patch(&own.session, &data))
        };
        let fullest = (2_000..3_000).take_while(|length| filled(*length).is_ok()).last().unwrap();
        let full = filled(fullest).unwrap();
        let attempt = wait(world.authority.begin_login(&subject("anna"))).unwrap();
        let methods =
            ["pwd", "otp", "hwk", "user", "app:authenticator"].map(|method| method.parse().unwrap());
        let proof = attempt.proven(methods.to_vec(), full.session.created);
        let (client, origin) = (&world.client, &world.origin);
        let stepped =
            world.carrying(wrapping, |carrier| wait(carrier.step_up(&full.session, &proof, client, origin)));
        let stepped = stepped.unwrap_or_else(|denied| panic!("{wrapping:?} {fullest}: {denied}"));
        // Fuller than data may make it; what takes something out of it fits all the same.
        let patched = |change| world.carrying(wrapping, |carrier| carrier.patch(&stepped.session, &change));
        let mut less = cloakroom_rules::session::patch::Change::default();
        less.remove("a");
        assert!(patched(less).is_ok(), "{wrapping:?}");
        assert_eq!(refusal(patched(change("more", 100_000))), Refusal::DataTooLarge);
    }
}
