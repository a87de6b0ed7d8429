//! From the place where one signs in to an app: what a thief of a code, a link or a ticket gets.

use crate::browser::{Browser, parts};
use crate::program::Program;

/// Goes from an app to the end of the way, but for the last step: the address that would finish it.
fn almost_there(program: &Program, browser: &mut Browser) -> String {
    let going = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")];
    let start = browser.send("GET", &format!("{}/_cloakroom/start?to=/x", program.app), &going, "");
    let depart = start.header("location").unwrap().to_owned();
    let departed = browser.send("GET", &depart, &going, "");
    departed.header("location").unwrap().to_owned()
}

#[test]
fn a_code_is_good_once_and_for_the_browser_that_began() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    browser.take(&program.app, &format!("dev_{}", program.port()));
    let finish = almost_there(&program, &mut browser);
    assert!(finish.starts_with(&format!("{}/_cloakroom/finish?code=ckl_", program.app)), "{finish}");
    // Somebody who only has the address: nothing is set, and the code is not spoilt.
    let mut thief = Browser::default();
    let stolen = thief.send("GET", &finish, &[("Accept", "text/html")], "");
    assert!(stolen.status >= 400 && thief.ticket(&program.app).is_none(), "{}", stolen.body);
    // Also in a browser that was on its way by itself.
    let began = thief.send("GET", &format!("{}/_cloakroom/start", program.app), &[], "");
    assert!(began.sets_cookies());
    thief.send("GET", &finish, &[("Accept", "text/html")], "");
    assert!(thief.ticket(&program.app).is_none());
    let arrived = browser.send("GET", &finish, &[("Accept", "text/html")], "");
    assert_eq!((arrived.status, arrived.header("location")), (303, Some("/x")));
    assert!(browser.ticket(&program.app).is_some());
    let mut again = browser.clone();
    again.take(&program.app, &format!("dev_{}", program.port()));
    let twice = again.send("GET", &finish, &[("Accept", "text/html")], "");
    assert!(twice.status >= 400 && again.ticket(&program.app).is_none());
}

#[test]
fn a_ticket_opens_nothing_on_another_host() {
    let program = Program::dev(&[]);
    let browser = program.signed_in();
    let name = format!("cloakroom_dev_{}", program.port());
    let (app, auth) = (browser.ticket(&program.app).unwrap(), browser.ticket(&program.auth).unwrap());
    assert_ne!(app, auth);
    for (place, path, ticket) in [(&program.auth, "/account", app), (&program.app, "/", auth)] {
        let mut thief = Browser::default();
        thief.put(place, &name, &ticket);
        assert_eq!(thief.open(&format!("{place}{path}")).title(), "Sign in");
    }
}

#[test]
fn nobody_is_sent_to_a_host_that_is_no_app() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let challenge = "A".repeat(43);
    for app in ["evil.example", "app.localhost", "localhost", "app.localhost:1", ""] {
        let url = format!("{}/handoff?app={app}&challenge={challenge}&to=/", program.auth);
        let answer = browser.send("GET", &url, &[("Accept", "text/html")], "");
        assert_eq!((answer.status, answer.header("location")), (404, None), "{app}");
    }
    let host = parts(&program.app).0;
    for to in ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let url = format!("{}/handoff?app={host}&challenge={challenge}&to={to}", program.auth);
        let answer = browser.send("GET", &url, &[("Accept", "text/html")], "");
        let location = answer.header("location").unwrap();
        assert!(location.ends_with("&to=/"), "{to}: {location}");
        let mut stranger = Browser::default();
        let page = stranger.open(&format!("{}/login?return_to={to}", program.auth));
        let fields = [("username", "demo"), ("password", program.password.as_str()), ("return_to", to)];
        let signed_in = stranger.post_once(&page, "/login", &fields);
        assert_eq!(signed_in.header("location"), Some("/"), "{to}");
    }
}

#[test]
fn a_circle_ends_on_a_page_that_says_why() {
    let program = Program::dev(&[]);
    // One that keeps no cookies at all.
    let mut browser = program.signed_in();
    let finish = almost_there(&program, &mut browser);
    let page = Browser::default().send("GET", &finish, &[("Accept", "text/html")], "");
    assert_eq!((page.status, page.title()), (400, "Signing in goes round in circles"));
    assert!(page.body.contains("does not keep the cookies"), "{}", page.body);
    // One that keeps all but the ticket.
    let ticket = format!("dev_{}", program.port());
    let mut browser = program.signed_in();
    let mut titles = Vec::new();
    for _ in 0..4 {
        browser.take(&program.app, &ticket);
        titles.push(browser.open(&program.app).title().to_owned());
    }
    assert_eq!(titles.last().unwrap(), "Signing in goes round in circles", "{titles:?}");
}

#[test]
fn a_link_to_sign_out_asks_also_where_there_is_no_session_yet() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    browser.take(&program.app, &format!("dev_{}", program.port()));
    let asked = browser.open(&format!("{}/_cloakroom/sign-out", program.app));
    assert_eq!(
        (asked.title(), asked.url.as_str()),
        ("Sign out", format!("{}/logout", program.auth).as_str())
    );
    assert_eq!(browser.open(&format!("{}/account", program.auth)).title(), "Your account", "only asked");
    assert_eq!(browser.post(&asked, "/logout", &[]).title(), "Sign in");
    assert_eq!(browser.open(&program.app).title(), "Sign in");
    let nobody = Browser::default().open(&format!("{}/_cloakroom/sign-out", program.app));
    assert!(nobody.url.ends_with("/login?notice=signed-out"), "{}", nobody.url);
}

#[test]
fn what_ends_at_home_ends_at_the_app() {
    let program = Program::dev(&[]);
    let mut browser = program.signed_in();
    let page = browser.open(&format!("{}/account", program.auth));
    let kept = browser.ticket(&program.app).unwrap();
    browser.post(&page, "/logout", &[]);
    let mut thief = Browser::default();
    thief.put(&program.app, &format!("cloakroom_dev_{}", program.port()), &kept);
    assert_eq!(thief.open(&program.app).title(), "Sign in");
}
