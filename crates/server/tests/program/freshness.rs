//! Paths of an app that are for who has shown lately who they are.

use crate::browser::{Answer, Browser};
use crate::program::{Program, serving, wait_a_moment};
use crate::upstream::Upstream;
use std::sync::Arc;

const PASSWORD: &str = "correct horse battery";

#[test]
fn slow_a_path_asks_who_has_not_shown_it_lately() {
    let upstream = Upstream::start();
    let config = serving(&format!(
        "[store]\nurl = \"sqlite:data/cloakroom.db\"\n[[app]]\nhost = \"one.localhost\"\nupstream = \"{}\"\nfresh = [\"/admin/\"]\nfresh_for = \"5s\"\n",
        upstream.url
    ));
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config);
    program.add("anna", PASSWORD);
    let app = "http://one.localhost:8080";
    let mut browser = Browser::through(program.port());
    let inside = browser.sign_in(&format!("{app}/admin/a"), "anna", PASSWORD);
    assert_eq!(inside.status, 200, "{}", inside.body);
    assert!(upstream.last().starts_with("GET /admin/a "));
    let going = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")];
    let ask = |browser: &mut Browser| browser.send("GET", &format!("{app}/admin/a"), &going, "");
    let ticket = browser.ticket(app).unwrap();
    let asked = (0..1_000)
        .find_map(|_| {
            wait_a_moment();
            Some(ask(&mut browser)).filter(|answer| answer.status != 200)
        })
        .unwrap();
    let to_step_up = |answer: &Answer| {
        answer.status == 303 && answer.header("location") == Some("/_cloakroom/step-up?to=/admin/a")
    };
    assert!(to_step_up(&asked), "{} {}", asked.status, asked.body);
    // What is for everybody still is; a script and a form are told, and nothing of it reaches the app.
    assert_eq!(browser.send("GET", &format!("{app}/b"), &going, "").status, 200);
    let script = browser.send("GET", &format!("{app}/admin/c"), &[("Sec-Fetch-Mode", "cors")], "");
    assert!(script.status == 401 && script.body.contains("step-up-required"), "{}", script.body);
    let form = [
        ("Accept", "text/html"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", app),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let posted = browser.send("POST", &format!("{app}/admin/d"), &form, "x=1");
    assert_eq!((posted.status, posted.title()), (401, "Confirm that it is you"));
    for path in ["//admin/a", "/x/../admin/a", "/%61dmin/a"] {
        assert_eq!(browser.send("GET", &format!("{app}{path}"), &going, "").status, 303, "{path}");
    }
    assert!(upstream.last().starts_with("GET /b "), "{}", upstream.last());
    // The wrong password leads nowhere; the right one back to where it was, under another ticket.
    let page = browser.follow(asked);
    assert_eq!(page.title(), "Confirm that it is you");
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("form-action 'self' {app};")),
        "a browser lets the form end there: {policy}"
    );
    let return_to = page.field("return_to");
    let fields = |password: &'static str| [("password", password), ("return_to", return_to.as_str())];
    let wrong = browser.post(&page, "/account/confirm", &fields("not this one"));
    assert_eq!((wrong.status, wrong.title()), (422, "Confirm that it is you"));
    assert!(to_step_up(&ask(&mut browser)));
    let back = browser.post(&wrong, "/account/confirm", &fields(PASSWORD));
    assert_eq!((back.status, back.url.as_str()), (200, "http://one.localhost:8080/admin/a"), "{}", back.body);
    assert_ne!(browser.ticket(app).unwrap(), ticket);
    let sessions = program.given(&["session", "list", "anna"]);
    assert_eq!(
        sessions["sessions"].as_array().map(Vec::len),
        Some(2),
        "the one here, and the one there: {sessions}"
    );
}
