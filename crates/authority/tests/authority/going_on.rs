//! What people take from one place to another: codes, links, letters.

use crate::town::{PASSWORD, towns};
use crate::world::{admin, groups};
use cloakroom_authority::people::{Journey, NotDone, Says};
use cloakroom_crypto::digest::sha256;
use cloakroom_model::words::time::Span;

#[test]
fn a_browser_goes_to_an_app_once_and_only_where_it_began() {
    for town in towns() {
        town.anna();
        let session = town.session("anna", PASSWORD);
        let here = town.checked(&session).session().unwrap();
        let (app, other) = ("shop.example".parse().unwrap(), "blog.example".parse().unwrap());
        let depart = || {
            let challenge = sha256(b"held by the browser");
            let journey = Journey { host: &app, challenge, session: &here };
            town.wait(town.people.depart(&journey)).unwrap().to_text().expose().clone()
        };
        let code = depart();
        for (host, held) in [(&other, "held by the browser"), (&app, "held by another"), (&app, "")] {
            let arrived = town.wait(town.people.arrive(&code, host, held));
            assert!(matches!(arrived, Err(NotDone::LinkGone)), "{host} {held}");
        }
        let arrival = town.wait(town.people.arrive(&code, &app, "held by the browser")).unwrap();
        assert_eq!(arrival.parent, here.id);
        assert!(matches!(
            town.wait(town.people.arrive(&code, &app, "held by the browser")),
            Err(NotDone::LinkGone)
        ));
        let late = depart();
        town.world.pass(Span::seconds(30));
        assert!(matches!(
            town.wait(town.people.arrive(&late, &app, "held by the browser")),
            Err(NotDone::LinkGone)
        ));
        let overtaken = depart();
        town.wait(town.world.authority.end_all(
            &here.subject.clone().unwrap(),
            &cloakroom_rules::session::raise::Why::SignOutEverywhere,
            &admin(),
        ))
        .unwrap();
        let arrived = town.wait(town.people.arrive(&overtaken, &app, "held by the browser"));
        assert!(matches!(arrived, Err(NotDone::LinkGone)), "the session it came from has ended");
    }
}

#[test]
fn the_operators_link_is_good_once_and_voids_the_one_before() {
    for town in towns() {
        let root = town.import(&[("root", true)], None, &["admins"]);
        let link =
            || town.wait(town.people.admin_link(root.id, &admin())).unwrap().to_text().expose().clone();
        let (first, second) = (link(), link());
        assert!(matches!(town.wait(town.people.follow_admin_link(&first, "b")), Err(NotDone::LinkGone)));
        let came = town.wait(town.people.follow_admin_link(&second, "b")).unwrap();
        assert_eq!((came.user, came.groups), (root.id, groups(&["admins"])));
        assert!(matches!(town.wait(town.people.follow_admin_link(&second, "b")), Err(NotDone::LinkGone)));
    }
}

#[test]
fn letters_that_cannot_be_sent_are_tried_again_until_they_are_over() {
    for town in towns() {
        town.signs_up("anna@example.com", "b").unwrap();
        let mut tries = 0;
        for _ in 0..60 {
            for posted in town.wait(town.people.letters(10)).unwrap() {
                tries = posted.tries;
                assert!(matches!(posted.message.says, Says::ConfirmSignUp(_)));
                town.wait(town.people.try_again(&posted)).unwrap();
            }
            town.world.pass(Span::seconds(20));
        }
        assert!((3..=10).contains(&tries), "with growing pauses: {tries}");
        assert_eq!(town.wait(town.people.letters_waiting()).unwrap(), 0, "a link that is over is not sent");
    }
}

#[test]
fn mail_is_not_sent_without_end() {
    for town in towns() {
        let asked = (0..20).filter(|_| town.signs_up("anna@example.com", "b").is_ok()).count();
        assert_eq!(asked, 5, "to one address");
        assert_eq!(town.letters().len(), 5);
        let from_one_network =
            (0..60).filter(|number| town.signs_up(&format!("user{number}@example.com"), "b").is_ok()).count();
        assert!(from_one_network <= 30, "{from_one_network}");
    }
}

#[test]
fn what_is_over_is_forgotten() {
    for town in towns() {
        town.signs_up("anna@example.com", "b").unwrap();
        assert_eq!(town.wait(town.people.forget()).unwrap(), 0);
        town.world.pass(Span::days(1));
        // Redis forgets buckets by itself.
        let at_least = if town.world.name == "sqlite+redis" { 1 } else { 3 };
        assert!(town.wait(town.people.forget()).unwrap() >= at_least, "a request and its buckets");
        assert!(town.try_sign_in("anna", "x").is_err());
    }
}
