//! Where somebody goes on who came to sign in, and first has to join or to choose a new password: a letter later, in the same browser.

use super::hand_off::encoded;
use super::visit::Visit;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::text::{base64url, from_base64url};
use cloakroom_web::safe_return::safe_return;
use cloakroom_web::session_error::SessionError;

/// Only the way to an app is kept: everything else one finds from the account.
const TO_AN_APP: &str = "/handoff?";
/// A longer one is no way that we have given.
const AT_MOST: usize = 1_024;

fn way(path: &str) -> Option<&str> {
    let path = safe_return(path);
    (path.starts_with(TO_AN_APP) && path.len() <= AT_MOST).then_some(path)
}

/// The query that carries it from the page where one signs in to the ones beside it.
pub(super) fn query(return_to: &str) -> String {
    way(return_to).map(|path| format!("?return_to={}", encoded(path))).unwrap_or_default()
}

/// The app that somebody is on the way to, by the path they go on with.
pub(super) fn app_of(visit: &Visit, return_to: &str) -> Option<WebOrigin> {
    let query = way(return_to)?.strip_prefix(TO_AN_APP)?;
    let app = query.split('&').find_map(|pair| pair.strip_prefix("app="))?;
    // Hosts need no escaping but for the colon of their port.
    let app = app.replace("%3A", ":").replace("%3a", ":");
    Some(visit.desk.app(&app)?.origin.clone())
}

/// Keeps it in the browser.
pub(super) fn keep(visit: &Visit, return_to: &str) -> Result<(), SessionError> {
    match way(return_to) {
        Some(path) => visit.handle().set_start_cookie(&base64url(path.as_bytes())),
        None => Ok(()),
    }
}

/// What is kept.
fn kept(visit: &Visit) -> Option<String> {
    let bytes = from_base64url(visit.handle().start_cookie()?).ok()?;
    way(&String::from_utf8(bytes).ok()?).map(str::to_owned)
}

/// The app that what is kept leads to: a form that ends there must say so.
pub(super) fn app_ahead(visit: &Visit) -> Option<WebOrigin> {
    app_of(visit, &kept(visit)?)
}

/// Takes it out again.
pub(super) fn take(visit: &Visit) -> Result<Option<String>, SessionError> {
    let kept = kept(visit);
    if visit.handle().start_cookie().is_some() {
        visit.handle().drop_start_cookie()?;
    }
    Ok(kept)
}
