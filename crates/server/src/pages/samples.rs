//! Every page as it may look: what a template of an operator is tried with before anybody sees it.

use super::page::{DeviceRow, Letter, Page, PersonRow};

/// What is added to everything that somebody may have typed: it breaks out of wherever it is not held in.
pub(super) const NASTY: &str = "\"'><b> data-loose=1 ";

fn text(text: &str) -> String {
    format!("{text}{NASTY}")
}

fn device(own: bool, minutes: i64) -> DeviceRow {
    let (id, label, place, app) =
        (text("ses_x"), text("Firefox on Linux"), text("192.0.2.0"), text("app.example"));
    DeviceRow { id, label, place, app, minutes, own }
}

fn person(active: bool) -> PersonRow {
    let (id, called, names) = (text("usr_x"), text("Anna</b>"), text("anna@example.com"));
    PersonRow { id, called, names, groups: text("staff"), active, verified: active }
}

fn letter() -> Letter {
    Letter {
        number: 1, to: text("a@b.c"), subject: text("Hello"), text: text("…"), link: text("http://x/")
    }
}

/// Every page, with and without what may be missing.
pub(super) fn all() -> Vec<Page> {
    let mut pages = Vec::new();
    for some in [true, false] {
        let error = some.then_some("error-wrong");
        let notice = some.then_some("notice-saved");
        let maybe = |word: &str| if some { text(word) } else { String::new() };
        pages.extend([
            Page::SignIn {
                name: maybe("anna"),
                return_to: text("/"),
                on: maybe("?return_to="),
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
        pages.push(Page::Done { what, next: text("/login?x="), about: text("a@b.c") });
    }
    for cause in ["cookies", "session"] {
        pages.push(Page::Loop { app: text("app.example"), cause });
    }
    let app = || text("app.example");
    pages.extend([
        Page::LinkGone,
        Page::Problem { slug: "not-signed-in", retry: None, request: String::new() },
        Page::Problem { slug: "overloaded", retry: Some(5), request: text("r1") },
        Page::SignOut { to: "/logout" },
        Page::Forbidden { app: app(), who: text("anna") },
        Page::Unreachable { app: app() },
    ]);
    pages
}
