//! People on both stores: what they can do, and what others can do to them.

use crate::town::{PASSWORD, STOLEN, Town, email, secret, town, towns};
use crate::world::{admin, groups, worlds};
use cloakroom_authority::people::{Attempt, ChangeOfAddress, Import, NotDone, SignedInAs, WantsIn};
use cloakroom_model::records::account::{AccountState, PasswordHash};
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::time::Span;
use cloakroom_rules::people::new_password::Weak;
use cloakroom_rules::people::policy::{PeoplePolicy, SignUp};
use cloakroom_rules::refusal::Refusal;

fn is_wrong(tried: Result<SignedInAs, NotDone>) -> bool {
    matches!(tried, Err(NotDone::WrongPassword))
}

#[test]
fn who_signs_up_has_an_account_when_the_address_was_shown_to_be_theirs() {
    for town in towns() {
        town.signs_up("anna@example.com", "browser-a").unwrap();
        assert!(is_wrong(town.try_sign_in("anna@example.com", PASSWORD)), "no account before that");
        assert_eq!(town.wait(town.people.count()).unwrap(), 0);
        let link = town.link("confirm-sign-up");
        let asker = town.asker("browser-a");
        let opened = town.wait(town.people.open_link(&link, "browser-a")).unwrap();
        assert!(!opened.needs().code && !opened.needs().password);
        assert_eq!(town.wait(town.people.count()).unwrap(), 0, "looking is not using");
        let joined = town.wait(town.people.finish_sign_up(&link, &asker, "")).unwrap();
        assert!(joined.is_some(), "this browser is signed in with it");
        assert!(matches!(town.wait(town.people.finish_sign_up(&link, &asker, "")), Err(NotDone::LinkGone)));
        assert!(town.try_sign_in("ANNA@example.com", PASSWORD).is_ok());
        let account = town.wait(town.people.find("anna@example.com")).unwrap();
        assert_eq!(account.verified_email().map(LoginName::as_str), Some("anna@example.com"));
    }
}

#[test]
fn an_account_that_somebody_else_prepared_is_not_there_when_its_owner_comes() {
    for town in towns() {
        // The attacker signs up with the address of somebody else, who follows the link in their own browser.
        town.signs_up("victim@example.com", "attacker").unwrap();
        let link = town.link("confirm-sign-up");
        let victim = town.asker("victim");
        let opened = town.wait(town.people.open_link(&link, "victim")).unwrap();
        assert!(opened.needs().code, "another browser says the code that the first one shows");
        for guess in ["000000", "123456", "", "999999", "111111"] {
            let guessed = town.wait(town.people.finish_sign_up(&link, &victim, guess));
            assert!(matches!(guessed, Err(NotDone::WrongCode)), "{guess}");
        }
        let code = town.people.shown_code("attacker").unwrap();
        let late = town.wait(town.people.finish_sign_up(&link, &victim, &code));
        assert!(matches!(late, Err(NotDone::TooMany(_))), "after five guesses the right one is too late");
        // The owner signs up too; whoever is first with the link has the account, and it is theirs.
        town.signs_up("victim@example.com", "victim").unwrap();
        let own = town.link("confirm-sign-up");
        assert!(town.wait(town.people.finish_sign_up(&own, &victim, "")).unwrap().is_some());
        let attacker = town.asker("attacker");
        let hijacked = town.wait(town.people.finish_sign_up(&link, &attacker, ""));
        assert!(matches!(hijacked, Err(NotDone::Taken)));
    }
}

#[test]
fn another_browser_of_the_same_person_says_the_code_and_signs_in_by_itself() {
    for town in towns() {
        town.signs_up("anna@example.com", "laptop").unwrap();
        let (link, code) = (town.link("confirm-sign-up"), town.people.shown_code("laptop").unwrap());
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let joined = town.wait(town.people.finish_sign_up(&link, &town.asker("phone"), &spaced)).unwrap();
        assert!(joined.is_none(), "a link must not sign another browser in");
        assert!(town.try_sign_in("anna@example.com", PASSWORD).is_ok());
    }
}

#[test]
fn nobody_learns_whether_an_address_has_an_account() {
    for town in towns() {
        town.anna();
        town.signs_up("Anna@example.com", "b").unwrap();
        town.signs_up("new@example.com", "b").unwrap();
        let asker = town.asker("b");
        town.wait(town.people.recover(&email("anna@example.com"), &asker)).unwrap();
        town.wait(town.people.recover(&email("nobody@example.com"), &asker)).unwrap();
        let letters: Vec<_> = town.letters().into_iter().map(|(to, says, _)| (to, says)).collect();
        let expected = [
            ("Anna@example.com", "already-here"),
            ("anna@example.com", "recovery"),
            ("new@example.com", "confirm-sign-up"),
        ];
        assert_eq!(letters, expected.map(|(to, says)| (to.to_owned(), says)));
        for (name, password) in
            [("anna", "wrong one"), ("nobody", "wrong one"), ("not a name!", "x"), ("anna", "")]
        {
            assert!(is_wrong(town.try_sign_in(name, password)), "{name}");
        }
        let log = format!("{:?}", town.world.events());
        for typed in ["nobody@example.com", "new@example.com", "not a name", PASSWORD] {
            assert!(!log.contains(typed), "{typed} stands in the log");
        }
    }
}

#[test]
fn sign_up_is_for_whom_it_is_for() {
    for policy in [SignUp::Invited, SignUp::Off] {
        for world in worlds() {
            let town = town(world, PeoplePolicy { sign_up: policy, ..PeoplePolicy::default() });
            assert!(matches!(town.signs_up("anna@example.com", "b"), Err(NotDone::Closed)));
            assert!(town.letters().is_empty());
        }
    }
    for town in towns() {
        let sent =
            town.wait(town.people.invite(&email("anna@example.com"), groups(&["staff"]), &admin())).unwrap();
        let link = town.link("invitation");
        assert_eq!(&link, sent.to_text().expose());
        let asker = town.asker("b");
        // It is taken back, and what replaces it is taken back with the account that comes of it.
        assert_eq!(town.wait(town.people.uninvite(&email("ANNA@example.com"), &admin())).unwrap(), 1);
        assert_eq!(town.wait(town.people.uninvite(&email("anna@example.com"), &admin())).unwrap(), 0);
        let gone = town.wait(town.people.accept_invitation(&link, "Anna", secret(PASSWORD), &asker));
        assert!(matches!(gone, Err(NotDone::LinkGone)));
        let invited = |to: &str| {
            let link = town.wait(town.people.invite(&email(to), groups(&["staff"]), &admin())).unwrap();
            link.to_text().expose().clone()
        };
        let (first, link) = (invited("anna@example.com"), invited("anna@example.com"));
        let gone = town.wait(town.people.accept_invitation(&first, "Anna", secret(PASSWORD), &asker));
        assert!(matches!(gone, Err(NotDone::LinkGone)), "of two the newer one is good");
        let weak = town.wait(town.people.accept_invitation(&link, "Anna", secret("password"), &asker));
        assert!(matches!(weak, Err(NotDone::Weak(Weak::Common))));
        let joined =
            town.wait(town.people.accept_invitation(&link, "Anna", secret(PASSWORD), &asker)).unwrap();
        assert_eq!(joined.map(|joined| joined.groups), Some(groups(&["staff"])));
        let again = town.wait(town.people.invite(&email("anna@example.com"), Vec::new(), &admin()));
        assert!(matches!(again, Err(NotDone::Taken)));
        // Whoever joins by another way is invited no more, whatever becomes of the account and its address.
        for by_sign_up in [true, false] {
            let address = if by_sign_up { "trudy@example.com" } else { "udo@example.com" };
            let link = invited(address);
            if by_sign_up {
                town.signs_up(address, "b").unwrap();
                let confirm = town.link("confirm-sign-up");
                town.wait(town.people.finish_sign_up(&confirm, &asker, "")).unwrap();
            } else {
                town.import(&[(address, true)], None, &[]);
            }
            let gone = town.wait(town.people.accept_invitation(&link, "T", secret(PASSWORD), &asker));
            assert!(matches!(gone, Err(NotDone::LinkGone)), "{address}: {gone:?}");
        }
        // Whoever has an account without it, and has it no more, does not come back by it.
        let link = invited("ben@example.com");
        let ben = town.import(&[("ben@example.com", true)], None, &[]);
        town.wait(town.people.delete_user(ben.id, &admin())).unwrap();
        let gone = town.wait(town.people.accept_invitation(&link, "Ben", secret(PASSWORD), &asker));
        assert!(matches!(gone, Err(NotDone::LinkGone)));
    }
}

#[test]
fn a_stranger_who_guesses_slows_down_strangers_and_not_a_known_browser() {
    for town in towns() {
        let anna = town.anna();
        let known = town.wait(town.people.known_from_now_on(None, anna.id)).unwrap();
        let mut held_up = 0;
        for guess in 0..40 {
            let network = format!("198.51.{guess}.0/24");
            let tried = town.try_from(&network, None, "anna", "wrong one");
            held_up += usize::from(matches!(tried, Err(NotDone::TooMany(_))));
        }
        assert_eq!(held_up, 20, "twenty guesses from twenty networks, and no more");
        let stranger = town.try_from("203.0.113.0/24", None, "anna", PASSWORD);
        assert!(matches!(stranger, Err(NotDone::TooMany(_))), "also with the right password");
        assert!(town.try_from("203.0.113.0/24", Some(&known), "anna", PASSWORD).is_ok());
        let bert = town.import(&[("bert", true)], None, &[]);
        let of_another = town.wait(town.people.known_from_now_on(None, bert.id)).unwrap();
        for forged in [of_another.as_str(), "AAAA", "", &known.replace('A', "B")] {
            let tried = town.try_from("203.0.113.0/24", Some(forged), "anna", PASSWORD);
            assert!(matches!(tried, Err(NotDone::TooMany(_))), "a cookie that is not its own");
        }
        town.world.pass(Span::hours(2));
        assert!(town.try_sign_in("anna", PASSWORD).is_ok());
        let hits = town.told().iter().filter(|(name, _)| *name == EventName::ThrottleHit).count();
        assert!((1..=3).contains(&hits), "told once in a while: {hits}");
    }
}

#[test]
fn who_signs_in_rightly_uses_nothing_up() {
    for town in towns() {
        town.anna();
        for _ in 0..50 {
            town.try_sign_in("anna", PASSWORD).unwrap();
        }
    }
}

#[test]
fn many_guesses_at_one_moment_are_as_many() {
    for town in towns() {
        town.anna();
        let device = &town.world.device;
        let guesses: Vec<_> = (0..60)
            .map(|_| {
                let password = secret("wrong one");
                Attempt { name: "anna", password, network: "n", browser: None, by: &town.by, device }
            })
            .collect();
        let tried = std::thread::scope(|scope| {
            let one = |attempt| {
                let people = town.people.clone();
                scope.spawn(move || pollster::block_on(people.sign_in(attempt)).map(drop))
            };
            let all: Vec<_> = guesses.into_iter().map(one).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        let looked_at = tried.iter().filter(|tried| matches!(tried, Err(NotDone::WrongPassword))).count();
        assert!(looked_at <= 10, "{looked_at} of sixty were looked at");
    }
}

#[test]
fn recovery_ends_everything_older_and_is_good_once() {
    for town in towns() {
        town.anna();
        let session = town.session("anna", PASSWORD);
        let asker = town.asker("b");
        let recover = |town: &Town| {
            town.wait(town.people.recover(&email("ANNA@example.com"), &town.asker("b"))).unwrap();
            town.link("recovery")
        };
        let (other, link) = (recover(&town), recover(&town));
        let finish = |link: &str, password: &str| {
            town.wait(town.people.finish_recovery(link, secret(password), &asker, ""))
        };
        assert!(matches!(finish(&link, "short"), Err(NotDone::Weak(_))));
        finish(&link, "another horse").unwrap();
        assert!(matches!(finish(&link, "third horse"), Err(NotDone::LinkGone)), "twice");
        assert!(matches!(finish(&other, "third horse"), Err(NotDone::LinkGone)), "an older link");
        assert_eq!(crate::world::refusal(town.world.check(&session.ticket)), Refusal::NotSignedIn);
        assert!(is_wrong(town.try_sign_in("anna", PASSWORD)));
        assert!(town.try_sign_in("anna", "another horse").is_ok());
        let letters = town.letters();
        assert!(letters.iter().any(|(to, says, _)| to == "anna@example.com" && *says == "password-changed"));
        // In another browser than asked for it the code is needed.
        let link = recover(&town);
        let stranger = town.asker("stranger");
        let finished = town.wait(town.people.finish_recovery(&link, secret("third horse"), &stranger, ""));
        assert!(matches!(finished, Err(NotDone::WrongCode)));
        town.world.pass(Span::minutes(10));
        assert!(matches!(finish(&link, "third horse"), Err(NotDone::LinkGone)), "too late");
    }
}

/// Nobody has to choose another one because of the time.
#[test]
fn a_password_is_good_until_it_is_changed() {
    for town in towns() {
        town.anna();
        town.world.pass(Span::days(3 * 365));
        assert!(town.try_sign_in("anna", PASSWORD).is_ok());
    }
}

/// However somebody comes to a password, what may be chosen is the same.
#[test]
fn every_way_to_a_password_asks_the_same_of_it() {
    for town in towns() {
        let asker = town.asker("b");
        let weak = ["short", "password", "12345678", "aaaaaaaaaa", STOLEN];
        let is_weak = |refused: Result<(), NotDone>| matches!(refused, Err(NotDone::Weak(_)));
        town.anna();
        town.wait(town.people.invite(&email("ben@example.com"), Vec::new(), &admin())).unwrap();
        let invitation = town.link("invitation");
        town.wait(town.people.recover(&email("anna@example.com"), &asker)).unwrap();
        let recovery = town.link("recovery");
        let own = town.session("anna", PASSWORD);
        let checked = town.checked(&own);
        for password in weak {
            let wants = WantsIn { email: email("c@example.com"), called: "C", password: secret(password) };
            assert!(is_weak(town.wait(town.people.sign_up(wants, &asker))), "sign-up: {password}");
            let joined =
                town.wait(town.people.accept_invitation(&invitation, "Ben", secret(password), &asker));
            assert!(is_weak(joined.map(drop)), "invitation: {password}");
            let recovered = town.wait(town.people.finish_recovery(&recovery, secret(password), &asker, ""));
            assert!(is_weak(recovered.map(drop)), "recovery: {password}");
            let changed =
                town.wait(town.people.change_password(&checked, secret(PASSWORD), secret(password), &asker));
            assert!(is_weak(changed.map(drop)), "change: {password}");
            assert!(is_weak(town.wait(town.people.may_choose(password, &[]))), "operator: {password}");
        }
    }
}

#[test]
fn a_changed_password_ends_the_others_and_keeps_the_one_that_asked() {
    for town in towns() {
        town.anna();
        let (own, other) = (town.session("anna", PASSWORD), town.session("anna", PASSWORD));
        let (checked, asker) = (town.checked(&own), town.asker("b"));
        let change = |current: &str, new: &str| {
            town.wait(town.people.change_password(&checked, secret(current), secret(new), &asker))
        };
        assert!(matches!(change("wrong one", "another horse"), Err(NotDone::WrongPassword)));
        assert!(matches!(change(PASSWORD, "anna@example.com"), Err(NotDone::Weak(Weak::Guessable))));
        assert!(town.world.check(&other.ticket).is_ok(), "a refused change has ended a session");
        let kept = change(PASSWORD, "another horse").unwrap();
        assert!(town.world.check(&kept.ticket).is_ok());
        for dead in [&own, &other] {
            assert!(town.world.check(&dead.ticket).is_err());
        }
        assert!(
            town.try_sign_in("anna", "another horse").is_ok() && is_wrong(town.try_sign_in("anna", PASSWORD))
        );
    }
}

#[test]
fn a_sign_in_with_the_old_password_that_was_under_way_does_not_open() {
    for town in towns() {
        let anna = town.anna();
        let under_way = town.try_sign_in("anna", PASSWORD).unwrap();
        town.wait(town.people.recover(&email("anna@example.com"), &town.asker("b"))).unwrap();
        let link = town.link("recovery");
        let finished =
            town.wait(town.people.finish_recovery(&link, secret("another horse"), &town.asker("b"), ""));
        finished.unwrap();
        let opened = town.world.sign_in_with(&under_way.proof, None);
        assert_eq!(crate::world::refusal(opened), Refusal::ProofOvertaken);
        let under_way = town.try_sign_in("anna", "another horse").unwrap();
        town.wait(town.people.set_state(anna.id, AccountState::Disabled, &admin())).unwrap();
        assert_eq!(
            crate::world::refusal(town.world.sign_in_with(&under_way.proof, None)),
            Refusal::ProofOvertaken
        );
    }
}

#[test]
fn an_address_that_was_changed_can_be_taken_back() {
    for town in towns() {
        let anna = town.anna();
        let thief = town.session("anna", PASSWORD);
        let asker = town.asker("thief");
        town.letters();
        let own = town.checked(&thief).session().unwrap();
        town.wait(town.people.change_address(&own, &email("thief@example.com"), &asker)).unwrap();
        let link = town.link("new-address");
        assert!(town.wait(town.people.find("thief@example.com")).is_err(), "before the link was used");
        let changed = town.wait(town.people.finish_address(&link, &asker, "")).unwrap();
        assert!(matches!(changed, ChangeOfAddress::Changed(_)));
        assert!(town.wait(town.people.find("anna@example.com")).is_err());
        let undo = town.link("address-changed");
        // Whatever the thief does then, the old address can take it back.
        let checked = town.checked(&thief);
        town.wait(town.people.change_password(&checked, secret(PASSWORD), secret("thieves' horse"), &asker))
            .unwrap();
        town.world.pass(Span::days(6));
        let undone = town.wait(town.people.finish_address(&undo, &town.asker("anna"), "")).unwrap();
        assert!(matches!(undone, ChangeOfAddress::Undone(back) if back.as_str() == "anna@example.com"));
        assert!(
            is_wrong(town.try_sign_in("anna", "thieves' horse"))
                && is_wrong(town.try_sign_in("anna", PASSWORD))
        );
        let account = town.wait(town.people.find("anna@example.com")).unwrap();
        assert!(account.password.is_none() && account.id == anna.id);
        town.wait(town.people.recover(&email("anna@example.com"), &town.asker("anna"))).unwrap();
        let link = town.link("recovery");
        town.wait(town.people.finish_recovery(&link, secret("my own horse"), &town.asker("anna"), ""))
            .unwrap();
        assert!(town.try_sign_in("anna", "my own horse").is_ok());
    }
}

#[test]
fn the_address_of_another_is_not_had_and_not_told_of() {
    for town in towns() {
        let anna = town.anna();
        town.import(&[("bert@example.com", true)], Some(PASSWORD), &[]);
        let asker = town.asker("b");
        let own = town.checked(&town.session(&anna.names[0].name.to_string(), PASSWORD)).session().unwrap();
        town.letters();
        town.wait(town.people.change_address(&own, &email("BERT@example.com"), &asker)).unwrap();
        let letters: Vec<_> = town.letters().into_iter().map(|(to, says, _)| (to, says)).collect();
        assert_eq!(letters, [("BERT@example.com".to_owned(), "already-here")]);
    }
}

#[test]
fn a_thief_who_moves_twice_cannot_undo_what_the_owner_undid() {
    for town in towns() {
        let anna = town.anna();
        let own = town.checked(&town.session("anna", PASSWORD)).session().unwrap();
        let (asker, owner) = (town.asker("thief"), town.asker("anna"));
        town.letters();
        let mut undo = Vec::new();
        for to in ["evil1@example.com", "evil2@example.com"] {
            town.wait(town.people.change_address(&own, &email(to), &asker)).unwrap();
            town.wait(town.people.finish_address(&town.link("new-address"), &asker, "")).unwrap();
            undo.push(town.link("address-changed"));
        }
        // The account cannot end as long as its owner may come back.
        let who = anna.subject().unwrap();
        let by = cloakroom_rules::audit::tell::By::system();
        let deleted = town.wait(town.people.delete(&who, &by));
        assert!(matches!(deleted, Err(NotDone::TooSoon(_))), "{deleted:?}");
        town.wait(town.people.finish_address(&undo[0], &owner, "")).unwrap();
        let again = town.wait(town.people.finish_address(&undo[1], &asker, ""));
        assert!(matches!(again, Err(NotDone::LinkGone)), "{again:?}");
        assert_eq!(town.wait(town.people.find("anna@example.com")).unwrap().id, anna.id);
        assert!(town.wait(town.people.delete(&who, &by)).is_ok(), "nothing is left to undo");
    }
}

#[test]
fn a_link_to_an_address_that_is_theirs_no_more_opens_nothing() {
    for town in towns() {
        town.anna();
        let own = town.checked(&town.session("anna", PASSWORD)).session().unwrap();
        let (reader, asker) = (town.asker("reader"), town.asker("anna"));
        town.letters();
        town.wait(town.people.recover(&email("anna@example.com"), &reader)).unwrap();
        let recovery = town.link("recovery");
        town.wait(town.people.change_address(&own, &email("new@example.com"), &asker)).unwrap();
        town.wait(town.people.finish_address(&town.link("new-address"), &asker, "")).unwrap();
        let tried =
            town.wait(town.people.finish_recovery(&recovery, secret("a reader's horse"), &reader, ""));
        assert!(matches!(tried, Err(NotDone::LinkGone)), "{tried:?}");
        assert!(town.try_sign_in("anna", PASSWORD).is_ok());
    }
}

#[test]
fn a_change_of_address_ends_with_the_session_that_asked() {
    for town in towns() {
        town.anna();
        let own = town.checked(&town.session("anna", PASSWORD)).session().unwrap();
        let asker = town.asker("thief");
        town.letters();
        town.wait(town.people.change_address(&own, &email("evil@example.com"), &asker)).unwrap();
        let link = town.link("new-address");
        let by = cloakroom_rules::audit::tell::By::system();
        let why = cloakroom_rules::session::close::Why::RevokedByUser;
        assert!(town.wait(town.people.authority().end(own.id, why, &by)).unwrap());
        let tried = town.wait(town.people.finish_address(&link, &asker, ""));
        assert!(matches!(tried, Err(NotDone::LinkGone)), "{tried:?}");
        assert!(town.wait(town.people.find("anna@example.com")).is_ok());
    }
}

#[test]
fn a_known_browser_has_so_many_tries_however_it_writes_its_cookie() {
    for town in towns() {
        let anna = town.anna();
        let known = town.wait(town.people.known_from_now_on(None, anna.id)).unwrap();
        let mut held_up = 0;
        for pad in 0..40 {
            // Text behind it that says nothing, of another length each time.
            let padded = format!("{known}{}", "AAAA".repeat(pad % 10));
            let tried = town.try_from("203.0.113.0/24", Some(&padded), "anna", "wrong one");
            held_up += usize::from(matches!(tried, Err(NotDone::TooMany(_))));
        }
        assert_eq!(held_up, 30, "ten tries, and no more");
        // Another password: who held the cookie of before is a stranger.
        town.world.pass(Span::hours(2));
        let checked = town.checked(&town.session("anna", PASSWORD));
        town.wait(town.people.change_password(
            &checked,
            secret(PASSWORD),
            secret("my own horse"),
            &town.asker("anna"),
        ))
        .unwrap();
        for guess in 0..40 {
            let _counted = town.try_from(&format!("198.51.{guess}.0/24"), None, "anna", "wrong one");
        }
        let tried = town.try_from("203.0.113.0/24", Some(&known), "anna", "my own horse");
        assert!(matches!(tried, Err(NotDone::TooMany(_))), "{tried:?}");
    }
}

#[test]
fn what_was_set_up_before_an_address_was_verified_ends_when_it_is() {
    for town in towns() {
        town.import(&[("anna@example.com", false)], Some(PASSWORD), &[]);
        let session = town.session("anna@example.com", PASSWORD);
        let own = town.checked(&session).session().unwrap();
        let asker = town.asker("b");
        town.wait(town.people.change_address(&own, &email("anna@example.com"), &asker)).unwrap();
        let link = town.link("verify");
        let done = town.wait(town.people.finish_address(&link, &asker, "")).unwrap();
        assert!(matches!(done, ChangeOfAddress::Verified(_)));
        assert_eq!(crate::world::refusal(town.world.check(&session.ticket)), Refusal::NotSignedIn);
    }
}

#[test]
fn who_is_disabled_deleted_or_demoted_has_nothing_left() {
    for town in towns() {
        let anna = town.anna();
        let session = town.session("anna", PASSWORD);
        assert_eq!(town.wait(town.people.set_state(anna.id, AccountState::Disabled, &admin())).unwrap(), 1);
        assert!(town.world.check(&session.ticket).is_err() && is_wrong(town.try_sign_in("anna", PASSWORD)));
        town.wait(town.people.set_state(anna.id, AccountState::Active, &admin())).unwrap();
        let session = town.session("anna", PASSWORD);
        let gained =
            town.wait(town.people.set_groups(anna.id, groups(&["staff", "boss"]), &admin())).unwrap();
        assert_eq!(gained, 0, "gaining a group ends nothing");
        let groups_now = town.checked(&session).session().unwrap().groups;
        assert_eq!(groups_now, groups(&["boss", "staff"]), "and is seen at once");
        assert_eq!(town.wait(town.people.set_groups(anna.id, groups(&["boss"]), &admin())).unwrap(), 1);
        assert!(town.world.check(&session.ticket).is_err(), "a group was taken away");
        let session = town.session("anna", PASSWORD);
        town.wait(town.people.delete(&anna.subject().unwrap(), &admin())).unwrap();
        assert!(town.world.check(&session.ticket).is_err() && is_wrong(town.try_sign_in("anna", PASSWORD)));
        assert!(town.letters().iter().any(|(_, says, _)| *says == "deleted"));
        assert!(town.wait(town.people.find("anna")).is_err());
    }
}

#[test]
fn an_old_hash_signs_in_and_is_made_better() {
    for town in towns() {
        let import = Import {
            names: vec![("old@example.com".parse().unwrap(), true)],
            called: String::new(),
            // "correct horse" by Django.
            password: Some(PasswordHash(
                "pbkdf2_sha1$1000$c2FsdHNhbHQ$".to_owned()
                    + &pbkdf2_sha1("correct horse", b"c2FsdHNhbHQ", 1000),
            )),
            groups: Vec::new(),
            state: AccountState::Active,
        };
        let account = town.wait(town.people.create(import, Reason::Imported, &admin())).unwrap();
        town.try_sign_in("old@example.com", PASSWORD).unwrap();
        let mut hash = String::new();
        for _ in 0..1_000 {
            town.wait(tokio::task::yield_now());
            hash = town.wait(town.people.find("old@example.com")).unwrap().password.unwrap().hash.0;
            if hash.starts_with("$argon2id$") {
                break;
            }
            std::thread::yield_now();
        }
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(town.try_sign_in("old@example.com", PASSWORD).is_ok());
        assert_eq!(account.version, 1);
    }
}

fn pbkdf2_sha1(password: &str, salt: &[u8], rounds: u32) -> String {
    use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA1, derive};
    let mut out = [0u8; 20];
    let rounds = core::num::NonZeroU32::new(rounds).unwrap();
    derive(PBKDF2_HMAC_SHA1, rounds, salt, password.as_bytes(), &mut out);
    data_encoding::BASE64.encode(&out)
}
