//! Cookies of ours that open nothing: they say which browser this is, or that it is on its way.

use super::state::Handle;
use crate::session_error::SessionError;
use crate::site::{DEVICE, START};
use cloakroom_model::words::time::Span;
use cloakroom_rules::refusal::Refusal;

/// The longest time a browser keeps a cookie.
const LONGEST: Span = Span::days(400);
/// How long a browser may be on its way.
const ON_ITS_WAY: Span = Span::minutes(30);

impl Handle {
    /// What a browser shows that somebody has signed in with.
    #[must_use]
    pub fn device_cookie(&self) -> Option<&str> {
        self.0.cookies.beside.get(DEVICE).map(String::as_str)
    }

    /// Gives it to a browser.
    pub fn set_device_cookie(&self, value: &str) -> Result<(), SessionError> {
        self.set_beside(DEVICE, value, LONGEST)
    }

    /// What a browser holds that is on its way: at an app, to the place where one signs in; there, to where it goes on.
    #[must_use]
    pub fn start_cookie(&self) -> Option<&str> {
        self.0.cookies.beside.get(START).map(String::as_str)
    }

    /// Gives it to a browser.
    pub fn set_start_cookie(&self, value: &str) -> Result<(), SessionError> {
        self.set_beside(START, value, ON_ITS_WAY)
    }

    /// It has arrived.
    pub fn drop_start_cookie(&self) -> Result<(), SessionError> {
        let cookie = self.site().settings().cookie.clear(START);
        self.staging(|state| {
            state.cookies.insert(START.to_owned(), cookie);
            Ok(())
        })
    }

    fn set_beside(&self, base: &str, value: &str, lives: Span) -> Result<(), SessionError> {
        let cookie = self.site().settings().cookie.set(base, value, lives).map_err(|_| Refusal::BadValue)?;
        self.staging(|state| {
            state.cookies.insert(base.to_owned(), cookie);
            Ok(())
        })
    }
}
