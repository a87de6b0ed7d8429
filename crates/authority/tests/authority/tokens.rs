//! Sign-ins that are renewed: access tokens, refresh tokens, and everything that ends them.

use crate::world::{
    World, admin, apart_on, engine_with, groups, memory, refusal, ring, sqlite, subject, wait, worlds,
};
use cloakroom_authority::session::SignIn;
use cloakroom_authority::token::begin::Begun;
use cloakroom_authority::token::renew::{Renewal, Renewed};
use cloakroom_authority::{Authority, Denied};
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::event::{EventName, Outcome};
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_model::words::id::{ClientId, SessionId};
use cloakroom_model::words::refresh::RefreshToken;
use cloakroom_model::words::time::Span;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_rules::token::begin::Grant;
use cloakroom_rules::token::mint::Extra;
use cloakroom_servers::redis::Redis;
use cloakroom_store::families::{Held, How};
use cloakroom_verifier::tokens::Verdict;

const CLIENT: ClientId = ClientId::from_bytes([6; 16]);

fn grant() -> Grant {
    Grant {
        client: CLIENT,
        scope: vec!["notes:read".parse().unwrap()],
        audience: vec!["https://api.example".parse().unwrap()],
        bound_to: None,
    }
}

impl World {
    fn begin_with(&self, proof: &LoginProof, grant: &Grant) -> Result<Begun, Denied> {
        let sign_in = SignIn { class: SignedInClass::Renewed, ..self.sign_in_request(proof, None) };
        wait(self.authority.begin(&sign_in, grant))
    }

    pub(crate) fn begin(&self, name: &str) -> Begun {
        self.begin_with(&self.proof(name), &grant()).unwrap()
    }

    fn renewal<'a>(&'a self, token: &'a str) -> Renewal<'a> {
        Renewal { token, client: CLIENT, policy: RefreshPolicy::Strict, proven: None, origin: &self.origin }
    }

    pub(crate) fn renew(&self, token: &str) -> Result<Renewed, Denied> {
        wait(self.authority.renew(&self.renewal(token)))
    }

    pub(crate) fn access(&self, held: &Held) -> String {
        let minted = self.authority.mint(held, self.clock.now(), Extra::default()).unwrap();
        minted.text.expose().clone()
    }

    pub(crate) fn says(&self, access: &str) -> String {
        says(&self.authority, access)
    }

    fn told_of(&self, session: SessionId) -> Vec<EventName> {
        self.told(session)
    }
}

fn says(authority: &Authority, access: &str) -> String {
    match authority.check_access(access).unwrap() {
        Verdict::Valid(_) => "Valid".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_sign_in_is_renewed_for_as_long_as_it_is_used() {
    for world in worlds() {
        let begun = world.begin("anna");
        let (mut refresh, mut access) = (begun.refresh.expose().clone(), world.access(&begun.held));
        for _ in 0..20 {
            assert_eq!(world.says(&access), "Valid");
            world.pass(Span::minutes(10));
            assert_eq!(world.says(&access), "Expired");
            let renewed = world.renew(&refresh).unwrap();
            assert_eq!(renewed.how, How::Rotated);
            (refresh, access) = (renewed.refresh.expose().clone(), world.access(&renewed.held));
        }
        let told = world.told_of(begun.held.session.id);
        assert_eq!(told[..3], [EventName::LoginSuccess, EventName::SessionOpened, EventName::FamilyOpened]);
        assert_eq!(told[3..].iter().filter(|name| **name == EventName::FamilyRotated).count(), 20);
    }
}

/// Its session waits a little longer than its family, and follows its use: it never ends a family that is in time.
#[test]
fn only_its_own_limits_end_it() {
    for world in worlds() {
        let begun = world.begin("anna");
        let mut refresh = begun.refresh.expose().clone();
        for _ in 0..2 {
            world.pass(Span::millis(Span::days(14).as_millis() - 1));
            wait(world.authority.tend()).unwrap();
            refresh = world.renew(&refresh).unwrap().refresh.expose().clone();
            wait(world.authority.flush_touches()).unwrap();
        }
        world.pass(Span::hours(49));
        assert!(matches!(refusal(world.renew(&refresh)), Refusal::BadToken | Refusal::Expired(_)));

        let begun = world.begin("bob");
        world.pass(Span::days(14));
        assert!(matches!(refusal(world.renew(begun.refresh.expose())), Refusal::Expired(_)));
    }
}

#[test]
fn tabs_that_race_and_answers_that_are_lost_end_with_one_token() {
    for world in worlds() {
        let begun = world.begin("anna");
        let answers: Vec<_> = std::thread::scope(|scope| {
            let tabs: Vec<_> =
                (0..8).map(|_| scope.spawn(|| world.renew(begun.refresh.expose()).unwrap())).collect();
            tabs.into_iter().map(|tab| tab.join().unwrap()).collect()
        });
        let first = answers[0].refresh.expose();
        assert!(answers.iter().all(|answer| answer.refresh.expose() == first), "one token for all");
        assert_eq!(answers.iter().filter(|answer| answer.how == How::Rotated).count(), 1);
        world.pass(Span::seconds(9));
        let late = world.renew(begun.refresh.expose()).unwrap();
        assert_eq!((late.how, late.refresh.expose()), (How::Repeated, first));
        assert_ne!(world.access(&late.held), world.access(&late.held), "an access token is drawn anew");
    }
}

#[test]
fn a_token_that_was_renewed_long_ago_ends_the_sign_in_with_all_it_minted() {
    for world in worlds() {
        let (begun, other) = (world.begin("anna"), world.begin("anna"));
        let renewed = world.renew(begun.refresh.expose()).unwrap();
        let access = world.access(&renewed.held);
        world.pass(Span::seconds(11));
        assert_eq!(refusal(world.renew(begun.refresh.expose())), Refusal::TwoHolders);
        assert_eq!(world.says(&access), "Revoked");
        assert!(world.renew(renewed.refresh.expose()).is_err(), "the one who renewed is out too");
        assert!(world.told_of(begun.held.session.id).contains(&EventName::FamilyTheft));
        assert!(world.renew(other.refresh.expose()).is_ok(), "another device goes on");
    }
}

/// What is wrong with the request itself changes nothing, and is never a theft.
#[test]
fn what_we_did_not_compute_changes_nothing() {
    for world in worlds() {
        let begun = world.begin("anna");
        let text = begun.refresh.expose().clone();
        world.renew(&text).unwrap();
        world.pass(Span::minutes(1));
        let told = world.events().len();
        let parsed = RefreshToken::parse(&text).unwrap();
        let mut wrong = Vec::new();
        for place in 0..16 {
            let mut mac = parsed.mac;
            mac[place] ^= 1;
            wrong.push(RefreshToken { mac, ..parsed }.to_text());
        }
        wrong.push(RefreshToken { generation: 2, ..parsed }.to_text());
        wrong.push(RefreshToken { kid: 9, ..parsed }.to_text());
        wrong.extend(["", "ckr_", "ckt_AAAA"].map(str::to_owned));
        wrong.push(format!("{text}A"));
        for token in wrong {
            assert_eq!(refusal(world.renew(&token)), Refusal::BadToken, "{token}");
        }
        // A right one from another client, or without the key that it is bound to.
        let other = Renewal { client: ClientId::from_bytes([7; 16]), ..world.renewal(&text) };
        assert_eq!(refusal(wait(world.authority.renew(&other))), Refusal::BadToken);
        let bound = Grant { bound_to: Some([5; 32]), ..grant() };
        let bound = world.begin_with(&world.proof("anna"), &bound).unwrap();
        for proven in [None, Some([6; 32])] {
            let renewal = Renewal { proven, ..world.renewal(bound.refresh.expose()) };
            assert_eq!(refusal(wait(world.authority.renew(&renewal))), Refusal::BadToken);
        }
        let proven = Renewal { proven: Some([5; 32]), ..world.renewal(bound.refresh.expose()) };
        assert!(wait(world.authority.renew(&proven)).is_ok());
        let since = world.events().split_off(told);
        assert!(since.iter().all(|event| event.outcome == Outcome::Done), "{since:?}");
    }
}

#[test]
fn whoever_asks_for_the_same_again_and_again_waits() {
    for world in worlds() {
        let begun = world.begin("anna");
        world.renew(begun.refresh.expose()).unwrap();
        for _ in 0..16 {
            assert_eq!(world.renew(begun.refresh.expose()).unwrap().how, How::Repeated);
        }
        assert_eq!(refusal(world.renew(begun.refresh.expose())), Refusal::TooMany);
    }
}

#[test]
fn signing_out_reaches_tokens_before_they_expire() {
    for world in worlds() {
        for way in 0..3 {
            let begun = world.begin("anna");
            let access = world.access(&begun.held);
            assert_eq!(world.says(&access), "Valid");
            let session = begun.held.session.id;
            match way {
                0 => drop(wait(world.authority.end(session, CloseWhy::SignOut, &admin())).unwrap()),
                1 => drop(
                    wait(world.authority.end_all(&subject("anna"), &Why::RevokedByAdmin, &admin())).unwrap(),
                ),
                _ => drop(wait(world.authority.end(session, CloseWhy::RevokedByAdmin, &admin())).unwrap()),
            }
            assert_eq!(world.says(&access), "Revoked", "way {way}");
            assert!(world.renew(begun.refresh.expose()).is_err());
        }
    }
}

/// Invariant 5 for tokens, a thousand times: whatever is minted beside "everything of this user is over" is dead after it.
#[test]
fn a_renewal_beside_a_password_change_is_dead() {
    let world = memory(SessionPolicy::default());
    for round in 0..1_000 {
        let name = format!("user-{round}");
        let begun = world.begin(&name);
        let renewed = world.beside_the_end_of_all(&name, || world.renew(begun.refresh.expose()));
        if let Ok(renewed) = renewed {
            assert_eq!(world.says(&world.access(&renewed.held)), "Revoked");
            assert!(world.renew(renewed.refresh.expose()).is_err());
        }
        assert!(world.renew(begun.refresh.expose()).is_err());
    }
}

#[test]
fn a_sign_in_from_an_older_proof_gets_no_tokens() {
    for world in worlds() {
        let proof = world.proof("anna");
        wait(world.authority.end_all(&subject("anna"), &Why::CredentialChanged, &admin())).unwrap();
        assert_eq!(refusal(world.begin_with(&proof, &grant())), Refusal::ProofOvertaken);
    }
}

/// An access token does not say what its session hangs from: one that hangs from another gets none.
#[test]
fn a_session_of_another_session_gets_no_tokens() {
    for world in worlds() {
        let (parent, proof) = (world.sign_in("anna"), world.proof("anna"));
        let request = world.sign_in_request(&proof, None);
        let sign_in = SignIn { class: SignedInClass::Renewed, parent: Some(parent.session.id), ..request };
        assert_eq!(
            wait(world.authority.begin(&sign_in, &grant())).unwrap_err().refusal(),
            Some(Refusal::BadValue)
        );
    }
}

#[test]
fn a_step_up_kills_every_earlier_token_and_is_no_theft() {
    for world in worlds() {
        let begun = world.begin("anna");
        let access = world.access(&begun.held);
        world.pass(Span::minutes(5));
        let proof = world.proof("anna");
        let stepped =
            wait(world.authority.step_up_renewed(&begun.held, &proof, &world.client, &world.origin)).unwrap();
        assert_eq!(world.says(&access), "Stale", "the older access token says less than is known");
        assert_eq!(refusal(world.renew(begun.refresh.expose())), Refusal::Conflict, "overtaken, not stolen");
        let minted = world.authority.mint(&stepped.held, world.clock.now(), Extra::default()).unwrap();
        assert_eq!(minted.token.proven, Some(world.clock.now()));
        assert_eq!(world.says(minted.text.expose()), "Valid");
        assert!(world.renew(stepped.refresh.expose()).is_ok());
        assert_eq!(
            refusal(wait(world.authority.step_up_renewed(
                &begun.held,
                &world.proof("anna"),
                &world.client,
                &world.origin
            ))),
            Refusal::Conflict,
            "whoever was overtaken steps up no more"
        );
    }
}

/// The answer that brought the newer token was lost with it. Whoever has only the older one is told to sign in, and not to ask for ever.
#[test]
fn a_step_up_whose_answer_was_lost_is_over_after_a_moment() {
    for world in worlds() {
        let begun = world.begin("anna");
        let proof = world.proof("anna");
        let lost =
            wait(world.authority.step_up_renewed(&begun.held, &proof, &world.client, &world.origin)).unwrap();
        let ask = || refusal(world.renew(begun.refresh.expose()));
        world.pass(Span::seconds(10));
        assert_eq!(ask(), Refusal::Conflict, "it may be under way");
        world.pass(Span::seconds(1));
        assert_eq!(ask(), Refusal::Ended);
        world.pass(Span::minutes(10));
        assert_eq!(ask(), Refusal::Ended);
        assert!(world.renew(lost.refresh.expose()).is_ok(), "nothing was changed by asking");
    }
}

/// What goes out behind an answer is what was weighed, and nothing that is too late a moment later.
#[test]
fn renewing_behind_an_answer_takes_nobody_for_a_thief() {
    for world in worlds() {
        let begun = world.begin("anna");
        let usual = || wait(world.authority.renew_if_usual(&world.renewal(begun.refresh.expose()))).unwrap();
        let first = usual().unwrap();
        assert_eq!(first.how, How::Rotated);
        let told = world.told_of(begun.held.session.id).len();
        world.pass(Span::seconds(10));
        let again = usual().unwrap();
        assert_eq!((again.how, again.refresh.expose()), (How::Repeated, first.refresh.expose()));
        world.pass(Span::seconds(1));
        assert!(usual().is_none());
        assert_eq!(world.told_of(begun.held.session.id).len(), told);
        assert!(world.renew(first.refresh.expose()).is_ok(), "it goes on");
        for _ in 0..16 {
            let _as_often_as_it_may =
                wait(world.authority.renew_if_usual(&world.renewal(first.refresh.expose())));
        }
        let often = wait(world.authority.renew_if_usual(&world.renewal(first.refresh.expose()))).unwrap();
        assert!(often.is_none());
    }
}

/// A store that was put back from a copy: whoever is ahead of it signs in anew, and it is told of once.
#[test]
fn a_token_from_the_future_ends_for_its_holder() {
    for world in worlds() {
        let begun = world.begin("anna");
        let parsed = RefreshToken::parse(begun.refresh.expose()).unwrap();
        let mut ahead = RefreshToken { generation: 3, ..parsed };
        ahead.mac = ring().refresh_mac(&ahead, &begun.held.family.salt).unwrap();
        for _ in 0..3 {
            assert_eq!(refusal(world.renew(&ahead.to_text())), Refusal::Ended);
        }
        let told = world.told_of(begun.held.session.id);
        assert_eq!(told.iter().filter(|name| **name == EventName::StoreWentBack).count(), 1);
        assert!(world.renew(begun.refresh.expose()).is_ok(), "nothing else was done");
    }
}

/// Redis is killed before it has written the last renewal down: whoever holds the token of that goes on.
#[test]
fn a_renewal_that_redis_has_lost_is_made_up_for() {
    let redis = Redis::start(&["--appendonly", "no"]).unwrap();
    let world = apart_on(&redis.url("ck:"), SessionPolicy::default());
    let begun = world.begin("anna");
    redis.give(&["SAVE"]).unwrap();
    world.pass(Span::minutes(1));
    let lost = world.renew(begun.refresh.expose()).unwrap();
    redis.kill().unwrap();
    world.pass(Span::minutes(1));
    redis.run(&["--appendonly", "no"]).unwrap();
    let next = world.renew(lost.refresh.expose()).unwrap();
    assert_eq!((next.how, next.held.family.generation), (How::CaughtUp, 3));
    world.pass(Span::minutes(1));
    assert_eq!(
        refusal(world.renew(begun.refresh.expose())),
        Refusal::TwoHolders,
        "that one was used up before"
    );
}

/// Nobody looks at a token that is longer than any may be: none is given out.
#[test]
fn a_token_that_nobody_would_read_is_not_minted() {
    let world = memory(SessionPolicy::default());
    let mut held = world.begin("anna").held;
    let mint = |held: &Held| world.authority.mint(held, world.clock.now(), Extra::default());
    held.session.groups = (0..60).map(|number| format!("group-{number:0>50}").parse().unwrap()).collect();
    assert!(mint(&held).is_ok());
    held.session.groups = (0..150).map(|number| format!("group-{number:0>50}").parse().unwrap()).collect();
    assert_eq!(mint(&held).unwrap_err().refusal(), Some(Refusal::DataTooLarge));
}

#[test]
fn everywhere_else_ends_the_others_and_not_the_one_that_asked() {
    for world in worlds() {
        let (own, other, browser) = (world.begin("anna"), world.begin("anna"), world.sign_in("anna"));
        let access = [&own, &other].map(|begun| world.access(&begun.held));
        let why = Why::CredentialChanged;
        let (ended, kept) = wait(world.authority.end_others_renewed(&own.held, &why, &admin())).unwrap();
        assert_eq!(ended, 2);
        assert!(world.check(&browser.ticket).is_err() && world.renew(other.refresh.expose()).is_err());
        assert_eq!(access.map(|access| world.says(&access)), ["Revoked", "Revoked"]);
        assert!(world.renew(own.refresh.expose()).is_err(), "a copy of the old one is dead");
        assert_eq!(world.says(&world.access(&kept.held)), "Valid");
        assert!(world.renew(kept.refresh.expose()).is_ok());
    }
}

#[test]
fn a_group_gained_elsewhere_is_in_the_next_token() {
    for world in worlds() {
        let begun = world.begin("anna");
        let access = world.access(&begun.held);
        wait(world.authority.gain_groups(&subject("anna"), &groups(&["admin"]), &admin())).unwrap();
        assert_eq!(world.says(&access), "Stale");
        let renewed = world.renew(begun.refresh.expose()).unwrap();
        assert_eq!(renewed.held.session.groups, groups(&["admin", "staff"]));
        assert_eq!(world.says(&world.access(&renewed.held)), "Valid");
    }
}

#[test]
fn a_root_key_is_replaced_inside_the_window() {
    for world in worlds() {
        let begun = world.begin("anna");
        let first = world.renew(begun.refresh.expose()).unwrap();
        let rotated = ring().rotated(&SeededEntropy::new(78)).unwrap();
        let policy = SessionPolicy::default();
        let after = engine_with(world.stores.clone(), &world.clock, 2, policy, rotated, 100);
        let again = wait(after.renew(&world.renewal(begun.refresh.expose()))).unwrap();
        assert_eq!(again.refresh.expose(), first.refresh.expose(), "the retry gets the token that was lost");
        world.pass(Span::minutes(1));
        let next = wait(after.renew(&world.renewal(first.refresh.expose()))).unwrap();
        assert_eq!(RefreshToken::parse(next.refresh.expose()).unwrap().kid, 2);
    }
}

#[test]
fn a_restart_knows_tokens_and_what_was_taken_back() {
    let world = sqlite(SessionPolicy::default());
    let (kept, ended) = (world.begin("anna"), world.begin("anna"));
    let access = [&kept, &ended].map(|begun| world.access(&begun.held));
    wait(world.authority.end(ended.held.session.id, CloseWhy::SignOut, &admin())).unwrap();
    let after = engine_with(world.stores.clone(), &world.clock, 5, SessionPolicy::default(), ring(), 100);
    assert_eq!(access.map(|access| says(&after, &access)), ["Valid", "Revoked"]);
    assert!(wait(after.renew(&world.renewal(kept.refresh.expose()))).is_ok());
}

#[test]
fn an_outage_is_no_refusal_and_checks_go_on() {
    let world = sqlite(SessionPolicy::default());
    let begun = world.begin("anna");
    let access = world.access(&begun.held);
    wait(world.sqlite.as_ref().unwrap().shutdown()).unwrap();
    assert_eq!(world.says(&access), "Valid");
    assert!(matches!(world.renew(begun.refresh.expose()), Err(Denied::Down(_))));
}

#[test]
fn a_reference_token_says_nothing_to_its_holder_and_everything_to_us() {
    for world in worlds() {
        let begun = world.begin("anna");
        let minted = world.authority.mint(&begun.held, world.clock.now(), Extra::default()).unwrap();
        let text = world.authority.refer(&minted.token).unwrap();
        assert!(text.expose().starts_with("cko_") && !text.expose().contains("anna"));
        assert_eq!(world.authority.introspect(text.expose()).unwrap(), Some(minted.token));
        let mut changed = text.expose().clone();
        changed.replace_range(20..21, if &changed[20..21] == "A" { "B" } else { "A" });
        for no_token in [&changed, "", "cko_", minted.text.expose()] {
            assert_eq!(world.authority.introspect(no_token).unwrap(), None);
        }
        wait(world.authority.end(begun.held.session.id, CloseWhy::SignOut, &admin())).unwrap();
        assert_eq!(world.authority.introspect(text.expose()).unwrap(), None, "taken back");
        let late = world.begin("bob");
        let minted = world.authority.mint(&late.held, world.clock.now(), Extra::default()).unwrap();
        let text = world.authority.refer(&minted.token).unwrap();
        world.pass(Span::minutes(10));
        assert_eq!(world.authority.introspect(text.expose()).unwrap(), None, "over");
        assert_eq!(world.authority.introspect(&format!("cko_{}", "A".repeat(20_000))).unwrap(), None);
    }
}

/// Reference tokens are for others: what holds for a token of ours holds for one that is meant for them.
#[test]
fn a_reference_token_for_another_audience_lives_as_long_as_any() {
    for world in worlds() {
        let reports = Grant { audience: vec!["https://reports.example".parse().unwrap()], ..grant() };
        let refer = |name: &str| {
            let begun = world.begin_with(&world.proof(name), &reports).unwrap();
            let minted = world.authority.mint(&begun.held, world.clock.now(), Extra::default()).unwrap();
            (begun.held.session.id, world.authority.refer(&minted.token).unwrap())
        };
        let says = |text: &str| world.authority.introspect(text).unwrap().map(|token| token.subject);
        let ((_, kept), (session, ended)) = (refer("anna"), refer("bob"));
        assert_eq!(
            (says(kept.expose()), says(ended.expose())),
            (Some(subject("anna")), Some(subject("bob")))
        );
        wait(world.authority.end(session, CloseWhy::SignOut, &admin())).unwrap();
        assert_eq!(says(ended.expose()), None);
        // Another root key in use: what was sealed under the one before is still what it was.
        let rotated = ring().rotated(&SeededEntropy::new(78)).unwrap();
        let after =
            engine_with(world.stores.clone(), &world.clock, 2, SessionPolicy::default(), rotated, 100);
        assert!(after.introspect(kept.expose()).unwrap().is_some());
        assert!(after.introspect(ended.expose()).unwrap().is_none());
        world.pass(Span::minutes(10));
        assert_eq!((says(kept.expose()), says(ended.expose())), (None, None));
        world.pass(Span::days(60));
        assert_eq!((says(kept.expose()), says(ended.expose())), (None, None));
    }
}
