//! Where somebody goes on who came to sign in, and first has to join or to choose a new password: a letter later, in the same browser.

use super::hand_off::encoded;
use super::visit::Visit;
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

/// Keeps it in the browser.
pub(super) fn keep(visit: &Visit, return_to: &str) -> Result<(), SessionError> {
    match way(return_to) {
        Some(path) => visit.handle().set_start_cookie(&base64url(path.as_bytes())),
        None => Ok(()),
    }
}

/// Takes it out again.
pub(super) fn take(visit: &Visit) -> Result<Option<String>, SessionError> {
    let Some(kept) = visit.handle().start_cookie() else { return Ok(None) };
    let text = from_base64url(kept).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    visit.handle().drop_start_cookie()?;
    Ok(text.and_then(|text| way(&text).map(str::to_owned)))
}
