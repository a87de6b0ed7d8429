//! Killed without a word, again and again: what was acknowledged is there, and what was taken back stays away.

use crate::browser::{Browser, parts};
use crate::program::Program;
use std::sync::Arc;

#[test]
fn fifty_kills_lose_no_sign_in_and_bring_none_back() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    // The port stays, so that cookies do.
    let mut program = Program::dev_in(folder.clone(), &[]);
    let port = program.port().to_string();
    let mut signed_in: Option<Browser> = None;
    let mut signed_out: Vec<(String, String)> = Vec::new();
    for round in 0..50 {
        if let Some(mut browser) = signed_in.take() {
            let page = browser.open(&format!("{}/account", program.auth));
            assert_eq!(
                page.title(),
                "Your account",
                "round {round}: a sign-in that was acknowledged is gone"
            );
            signed_out.push((program.auth.clone(), browser.ticket(&program.auth).unwrap()));
            let left = browser.post_once(&page, "/logout", &[]);
            assert_eq!(left.status, 303, "round {round}");
        }
        let mut browser = Browser::default();
        let page = browser.sign_in(&format!("{}/login", program.auth), "demo", &program.password);
        assert_eq!(page.title(), "Your account", "round {round}: {}", page.body);
        signed_in = Some(browser);
        // At once after the answer.
        program.kill();
        program = again(&folder, &port);
        for (place, ticket) in signed_out.iter().rev().take(5) {
            let mut thief = Browser::default();
            thief.put(place, &format!("cloakroom_dev_{}", parts(place).1), ticket);
            let seen = thief.open(&format!("{place}/account"));
            assert_eq!(seen.title(), "Sign in", "round {round}: a session that was ended is back");
        }
    }
}

fn again(folder: &Arc<tempfile::TempDir>, port: &str) -> Program {
    Program::dev_in(folder.clone(), &["--port", port, "--internal-port", "0"])
}
