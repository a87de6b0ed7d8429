use super::words::{LANGUAGES, Words, direction, language};
use super::*;
use std::collections::BTreeSet;

fn text(text: &str) -> String {
    text.to_owned()
}

fn device(own: bool, minutes: i64) -> DeviceRow {
    let (id, label, place, app) =
        (text("ses_x"), text("Firefox on Linux"), text("192.0.2.0/24"), text("app.example"));
    DeviceRow { id, label, place, app, minutes, own }
}

fn person(active: bool) -> PersonRow {
    let (id, called, names) = (text("usr_x"), text("<b>Anna</b>"), text("anna@example.com"));
    PersonRow { id, called, names, groups: text("staff"), active, verified: active }
}

fn letter() -> Letter {
    Letter {
        number: 1, to: text("a@b.c"), subject: text("Hello"), text: text("…"), link: text("http://x/")
    }
}

/// Every page, with and without what may be missing.
pub(crate) fn all() -> Vec<Page> {
    let mut pages = Vec::new();
    for some in [true, false] {
        let error = some.then_some("error-wrong");
        let notice = some.then_some("notice-saved");
        let maybe = |word: &str| if some { text(word) } else { String::new() };
        pages.extend([
            Page::SignIn {
                name: maybe("anna"),
                return_to: text("/"),
                error,
                notice,
                sign_up: some,
                recover: some,
                app: some.then(|| text("app.example")),
            },
            Page::SignUp { email: maybe("a@b.c"), called: maybe("Anna"), error, at_least: 8 },
            Page::Recover { email: maybe("a@b.c"), error },
            Page::Account {
                called: maybe("Anna"),
                email: maybe("a@b.c"),
                verified: some,
                groups: if some { vec![text("staff")] } else { Vec::new() },
                apps: vec![text("https://app.example")],
                mail: some,
                notice,
                admin: some,
            },
            Page::Password { error, at_least: 8, name: maybe("anna") },
            Page::Address { email: maybe("a@b.c"), error },
            Page::Delete { error },
            Page::Confirm { return_to: text("/"), name: maybe("anna"), error },
            Page::Devices {
                rows: vec![device(true, 0), device(false, 0), device(false, 50), device(false, 500)],
                notice,
                alarm: some,
            },
            Page::People {
                rows: if some { vec![person(true), person(false)] } else { Vec::new() },
                next: some.then(|| text("usr_x")),
                count: 2,
            },
            Page::Person {
                person: person(some),
                devices: if some { vec![device(false, 5)] } else { Vec::new() },
                notice,
                mail: some,
            },
            Page::Demo {
                assertion: maybe("{}"),
                who: text("Anna"),
                groups: maybe("staff"),
                headers: vec![(text("Remote-User"), text("usr_x"))],
                login: text("now"),
                session: text("ses_x"),
                expires: text("later"),
            },
            Page::Mail { letters: if some { vec![letter()] } else { Vec::new() } },
            Page::OneLetter { letter: Letter { link: maybe("http://x/"), ..letter() } },
        ]);
    }
    for about in ["sign-up", "invitation", "recovery", "verification", "address", "undo", "admin"] {
        for needs in [true, false] {
            let (token, to, error) = (text("ckl_x"), text("a@b.c"), needs.then_some("error-code"));
            pages.push(Page::Link {
                about,
                token,
                to,
                code: needs,
                password: needs,
                called: needs,
                error,
                at_least: 8,
            });
        }
    }
    for what in ["sign-up", "recover", "address"] {
        pages.push(Page::Sent { what, code: text("123456"), minutes: 10 });
    }
    for what in ["password", "joined", "address", "verified", "undone", "deleted"] {
        pages.push(Page::Done { what, next: "/login", about: text("a@b.c") });
    }
    for what in ["bad-request", "not-found", "forbidden", "conflict", "too-many", "busy", "unavailable"] {
        pages.push(Page::Problem { status: 429, what, retry: Some(5), id: text("r1") });
        pages.push(Page::Problem { status: 429, what, retry: None, id: String::new() });
    }
    for cause in ["cookies", "session"] {
        pages.push(Page::Loop { app: text("app.example"), cause });
    }
    let app = || text("app.example");
    pages.extend([
        Page::LinkGone,
        Page::SignOut,
        Page::Forbidden { app: app(), who: text("anna") },
        Page::Unreachable { app: app() },
    ]);
    pages
}

#[test]
fn every_page_is_drawn_in_every_language_and_nothing_in_it_is_markup() {
    let pages = Pages::load("Example <i>").unwrap();
    for (tag, _) in LANGUAGES {
        for who in [None, Some(text("<script>alert(1)</script>"))] {
            let frame = Frame {
                language: text(tag),
                csrf: text("token\"><b>"),
                who: who.clone(),
                home: String::new(),
                dev: who.is_some(),
            };
            for page in all() {
                let drawn = pages.draw(&page, &frame).unwrap_or_else(|| panic!("{page:?} in {tag}"));
                assert!(drawn.starts_with("<!doctype html>") && drawn.trim_end().ends_with("</html>"));
                for bad in ["<script", "<b>", "<i>", " style=", "javascript:", "onclick"] {
                    assert!(!drawn.contains(bad), "{bad} in {page:?}");
                }
                let posts = drawn.matches("method=\"post\"").count();
                assert_eq!(
                    posts,
                    drawn.matches("name=\"_csrf\"").count(),
                    "each form has its token: {page:?}"
                );
                assert_eq!(drawn.matches("<h1>").count(), 1, "{page:?}");
                for (field, id) in [
                    ("password\" name=\"password\" type=\"password\"", "password"),
                    ("username\" name", "username"),
                ] {
                    if drawn.contains(&format!("id=\"{field}")) {
                        assert!(
                            drawn.contains(&format!("<label for=\"{id}\">")),
                            "{id} without a label: {page:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_language_says_the_same_things() {
    let words = Words::load().unwrap();
    let english: BTreeSet<_> = words.keys("en").into_iter().collect();
    for (tag, _) in LANGUAGES {
        let other: BTreeSet<_> = words.keys(tag).into_iter().collect();
        assert_eq!(other, english, "{tag}");
        let braces = |tag: &str, key: &str| {
            let all = [
                "app", "least", "minutes", "hours", "to", "about", "who", "seconds", "called", "new",
                "browser", "from", "url",
            ];
            let with: Vec<_> = all.iter().map(|name| (*name, format!("<{name}>"))).collect();
            let text = words.text(tag, key, &with).unwrap_or_else(|| panic!("{tag} {key}"));
            all.iter().filter(|name| text.contains(&format!("<{name}>"))).copied().collect::<Vec<_>>()
        };
        for key in &english {
            assert_eq!(braces(tag, key), braces("en", key), "{tag} {key}");
        }
    }
}

#[test]
fn the_language_is_the_readers() {
    for (said, accepts, expected) in [
        ("", None, "en"),
        ("", Some("de-AT,de;q=0.9,en;q=0.5"), "de"),
        ("", Some("fr,DE;q=0.8"), "de"),
        ("", Some("fr"), "en"),
        ("de", Some("en"), "de"),
        ("xx", Some("de"), "de"),
    ] {
        assert_eq!(language(said, accepts), expected, "{said:?} {accepts:?}");
    }
    assert_eq!((direction("he"), direction("de")), ("rtl", "ltr"));
}

#[test]
fn braces_in_what_is_put_in_are_no_braces() {
    let words = Words::load().unwrap();
    let text = words
        .text("en", "forbidden-lead", &[("app", "{who}".to_owned()), ("who", "{app}".to_owned())])
        .unwrap();
    assert!(text.contains("{who}") && text.contains("{app}"), "{text}");
    assert!(words.text("en", "forbidden-lead", &[]).is_none());
}
