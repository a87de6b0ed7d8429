//! What people do, from the first page to the last.

use crate::browser::{Answer, Browser, encoded};
use crate::program::Program;

#[test]
fn somebody_comes_to_an_app_signs_in_and_out() {
    let program = Program::dev(&[]);
    let mut browser = Browser::default();
    let page = browser.open(&format!("{}/hello?a=b", program.app));
    assert_eq!(page.title(), "Sign in");
    let return_to = page.field("return_to");
    let wrong = browser.post(
        &page,
        "/login",
        &[("username", "demo"), ("password", "wrong one"), ("return_to", &return_to)],
    );
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("The name or the password is wrong."));
    let unknown = browser.post(
        &wrong,
        "/login",
        &[("username", "nobody"), ("password", "wrong one"), ("return_to", "")],
    );
    assert_eq!(unknown.status, 422, "somebody who is not there is no other than a wrong password");
    let password = program.password.clone();
    let page = browser.post(
        &wrong,
        "/login",
        &[("username", "Demo"), ("password", &password), ("return_to", &return_to)],
    );
    assert_eq!(
        (page.title(), page.url.as_str()),
        ("Hello, Demo", format!("{}/hello?a=b", program.app).as_str())
    );
    let page = browser.open(&format!("{}/_cloakroom/sign-out", program.app));
    let (app_ticket, auth_ticket) =
        (browser.ticket(&program.app).unwrap(), browser.ticket(&program.auth).unwrap());
    let page = browser.post(&page, "/_cloakroom/sign-out", &[]);
    assert!(page.url.starts_with(&format!("{}/login", program.auth)), "{}", page.url);
    // Both are dead, whoever kept a copy.
    let port = program.port();
    for (place, ticket) in [(&program.app, app_ticket), (&program.auth, auth_ticket)] {
        let mut thief = Browser::default();
        thief.put(place, &format!("cloakroom_dev_{port}"), &ticket);
        assert_eq!(thief.open(&format!("{place}/account")).title(), "Sign in");
    }
    let (ended, _) = program.end();
    assert!(ended);
}

#[test]
fn somebody_joins_comes_back_in_and_leaves() {
    let program = Program::dev(&[]);
    let mut browser = Browser::default();
    let page = browser.open(&format!("{}/signup", program.auth));
    let fields = [("email", "Anna@example.com"), ("called", "Anna"), ("password", "correct horse")];
    let weak = browser.post(&page, "/signup", &[("email", "anna@example.com"), ("password", "password1")]);
    assert!(weak.body.contains("everybody tries first"), "{}", weak.body);
    let bad = browser.post(&page, "/signup", &[("email", "anna@exam ple"), ("password", "correct horse")]);
    assert!(bad.body.contains("not an address"));
    let sent = browser.post(&page, "/signup", &fields);
    assert_eq!(sent.title(), "Look into your mail");
    let link = program.letter("Anna@example.com", "Confirm");
    // Whoever scans mail follows links: that uses nothing up.
    for _ in 0..3 {
        assert_eq!(Browser::default().open(&link).status, 200);
    }
    let page = browser.press(&link, &[]);
    assert_eq!(page.title(), "Your account", "{}", page.body);
    assert_eq!(browser.open(&link).status, 410, "a link is good once");
    assert_eq!(browser.open(&program.app).title(), "Hello, Anna");
    // Forgotten, in a browser of its own.
    let mut other = Browser::default();
    let page = other.open(&format!("{}/recover", program.auth));
    let nobody = other.post(&page, "/recover", &[("email", "nobody@example.com")]);
    let somebody = other.post(&page, "/recover", &[("email", "anna@example.com")]);
    assert_eq!(nobody.body, somebody.body, "both are answered alike");
    let link = program.letter("Anna@example.com", "new password");
    let done = other.press(&link, &[("password", "another horse")]);
    assert_eq!(done.title(), "Your password is changed", "{}", done.body);
    assert_eq!(browser.open(&program.app).title(), "Sign in", "everything older has ended");
    let page = browser.sign_in(&program.app, "anna@example.com", "another horse");
    assert_eq!(page.title(), "Hello, Anna");
    let page = browser.open(&format!("{}/account/delete", program.auth));
    let page = browser.post(&page, "/account/delete", &[("sure", "yes")]);
    assert_eq!(page.title(), "Your account is deleted");
    assert_eq!(browser.open(&program.app).title(), "Sign in");
    let again = browser.sign_in(&program.app, "anna@example.com", "another horse");
    assert_eq!(again.status, 422);
}

/// The address of a link on a page, as it is written there.
fn link_to(page: &Answer, begins: &str) -> String {
    let body = page.body.replace("&#x2f;", "/").replace("&amp;", "&");
    let from = body.find(&format!("href=\"{begins}")).unwrap() + 6;
    body[from..].split('"').next().unwrap().to_owned()
}

#[test]
fn whoever_joins_or_chooses_another_password_goes_on_to_where_they_were_going() {
    let program = Program::dev(&[]);
    let app = format!("{}/some/page?a=b", program.app);
    let mut browser = Browser::default();
    let page = browser.open(&app);
    let page = browser.open(&format!("{}{}", program.auth, link_to(&page, "/signup")));
    let fields = [("email", "anna@example.com"), ("called", "Anna"), ("password", "correct horse")];
    browser.post(&page, "/signup", &fields);
    let link = program.letter("anna@example.com", "Confirm");
    // Browsers hold a form to where its page says that it may end, also over redirects.
    let policy = browser.open(&link).header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains(&format!("form-action 'self' {};", program.app)), "{policy}");
    let arrived = browser.press(&link, &[]);
    assert_eq!((arrived.title(), arrived.url.as_str()), ("Hello, Anna", app.as_str()), "{}", arrived.body);
    // Once. A day later the same browser has nowhere to go.
    assert!(!browser.cookies(&program.auth).contains("_start="));
    // The way back in ends on a page whose button leads there.
    let mut other = Browser::default();
    let page = other.open(&app);
    let page = other.open(&format!("{}{}", program.auth, link_to(&page, "/recover")));
    other.post(&page, "/recover", &[("email", "anna@example.com")]);
    let done =
        other.press(&program.letter("anna@example.com", "new password"), &[("password", "another horse")]);
    let page = other.open(&format!("{}{}", program.auth, link_to(&done, "/login")));
    let return_to = page.field("return_to");
    let fields = [("username", "anna@example.com"), ("password", "another horse"), ("return_to", &return_to)];
    let arrived = other.post(&page, "/login", &fields);
    assert_eq!((arrived.title(), arrived.url.as_str()), ("Hello, Anna", app.as_str()));
    // Nothing but the way to an app is kept, and nobody is sent elsewhere by it.
    for to in [
        "//evil.example",
        "https://evil.example/",
        "/account/delete",
        "/handoff?app=evil.example&challenge=x",
    ] {
        let mut stranger = Browser::default();
        stranger.open(&format!("{}/recover?return_to={}", program.auth, encoded(to)));
        let kept = stranger.cookies(&program.auth).contains("_start=");
        assert_eq!(kept, to.starts_with("/handoff?"), "{to}");
    }
}

#[test]
fn a_link_in_another_browser_asks_for_the_code_of_the_first() {
    let program = Program::dev(&[]);
    let (mut laptop, mut phone) = (Browser::default(), Browser::default());
    let page = laptop.open(&format!("{}/signup", program.auth));
    let sent = laptop.post(&page, "/signup", &[("email", "anna@example.com"), ("password", "correct horse")]);
    let code = sent.body.split("id=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let link = program.letter("anna@example.com", "Confirm");
    assert!(phone.open(&link).body.contains("name=\"code\""));
    let wrong = phone.press(&link, &[("code", "000000")]);
    assert!(wrong.body.contains("not the code"), "{}", wrong.body);
    let joined = phone.press(&link, &[("code", &code)]);
    assert_eq!(joined.title(), "Your account is ready");
    assert!(phone.ticket(&program.auth).is_none(), "and signs nobody in there");
}

#[test]
fn somebody_sees_their_devices_and_ends_them() {
    let program = Program::dev(&[]);
    let (mut here, mut there) = (program.signed_in(), program.signed_in());
    let page = here.open(&format!("{}/account/devices", program.auth));
    assert_eq!(page.body.matches("<li>").count(), 2, "two browsers: {}", page.body);
    assert_eq!(page.body.matches("app.localhost").count(), 2, "each at the app too: {}", page.body);
    let page = here.post(&page, "/account/devices/others", &[]);
    assert!(page.body.contains("signed out everywhere else"), "{}", page.body);
    assert_eq!(page.body.matches("<li>").count(), 1);
    assert_eq!(there.open(&program.app).title(), "Sign in");
    assert_eq!(
        here.open(&program.app).title(),
        "Hello, Demo",
        "who is signed in here comes to the app again"
    );
    // Somebody else's session is not there.
    let root = Browser::default().press(&program.admin_link, &[]);
    assert_eq!(root.title().split(' ').next(), Some("People"));
    let page = here.open(&format!("{}/account/devices", program.auth));
    let foreign = here.post(&page, "/account/devices", &[("session", "ses_00000000000000000000000000")]);
    assert_eq!(foreign.status, 404);
}

/// Whoever comes to an app with a ticket that was copied is seen, and not folded into the row of whom it is from.
#[test]
fn another_browser_on_a_copied_ticket_is_a_row_of_its_own() {
    let program = Program::dev(&[]);
    let mut owner = program.signed_in();
    let name = format!("cloakroom_dev_{}", program.port());
    let mut thief = Browser::called(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    );
    thief.put(&program.auth, &name, &owner.ticket(&program.auth).unwrap());
    assert_eq!(thief.open(&program.app).title(), "Hello, Demo");
    let page = owner.open(&format!("{}/account/devices", program.auth));
    assert_eq!(page.body.matches("<li>").count(), 2, "{}", page.body);
    assert!(page.body.contains("Chrome on Windows"), "{}", page.body);
    // Ending it ends the sign-in it hangs from: with that ticket the thief would be back at once.
    let session = page.field("session");
    owner.post(&page, "/account/devices", &[("session", &session)]);
    assert_eq!(thief.open(&program.app).title(), "Sign in");
}

#[test]
fn the_operator_ends_what_others_have_and_nobody_else_may() {
    let program = Program::dev(&[]);
    let mut demo = program.signed_in();
    assert_eq!(demo.open(&format!("{}/admin", program.auth)).status, 403);
    let mut root = Browser::default();
    let page = root.press(&program.admin_link, &[]);
    assert_eq!(page.status, 200);
    assert_eq!(root.open(&program.admin_link).status, 410, "once");
    let id = page.body.split("/admin/users/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/admin/users/{id}");
    let url = format!("{}{path}", program.auth);
    let forbidden = demo.open(&format!("{}/account", program.auth));
    assert_eq!(demo.post(&forbidden, &path, &[("do", "disable")]).status, 403);
    let page = root.open(&url);
    assert!(page.body.contains("demo@example.com"), "{}", page.body);
    let page = root.post(&page, &path, &[("do", "end-all")]);
    assert!(page.body.contains("Not signed in anywhere."), "{}", page.body);
    assert_eq!(demo.open(&program.app).title(), "Sign in");
    let page = root.open(&url);
    root.post(&page, &path, &[("do", "disable")]);
    assert_eq!(demo.sign_in(&program.app, "demo", &program.password).status, 422);
    let page = root.open(&url);
    root.post(&page, &path, &[("do", "enable")]);
    assert_eq!(demo.sign_in(&program.app, "demo", &program.password).title(), "Hello, Demo");
}

#[test]
fn a_password_and_an_address_are_changed_by_who_has_them() {
    let program = Program::dev(&[]);
    let (mut here, mut there) = (program.signed_in(), program.signed_in());
    let page = here.open(&format!("{}/account/password", program.auth));
    let wrong =
        here.post(&page, "/account/password", &[("current", "wrong one"), ("password", "another horse")]);
    assert!(wrong.body.contains("The password is wrong."), "{}", wrong.body);
    let current = program.password.clone();
    let done = here.post(&page, "/account/password", &[("current", &current), ("password", "another horse")]);
    assert!(done.body.contains("Your password is changed"), "{}", done.body);
    assert_eq!(there.open(&program.app).title(), "Sign in");
    let page = here.open(&format!("{}/account/email", program.auth));
    here.post(&page, "/account/email", &[("email", "new@example.com")]);
    let link = program.letter("new@example.com", "new address");
    assert_eq!(here.press(&link, &[]).title(), "Your address is changed");
    let undo = program.letter("demo@example.com", "address of your account");
    let undone = Browser::default().press(&undo, &[]);
    assert_eq!(undone.title(), "The change is taken back", "{}", undone.body);
    assert_eq!(here.open(&program.app).title(), "Sign in");
    assert_eq!(here.sign_in(&program.app, "demo", "another horse").status, 422, "it has no password now");
}
