//! Our cookies in a request.

use crate::site::Names;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::cookie::read::pairs;
use http::HeaderMap;
use http::header::COOKIE;

/// What is presented under one of our names.
pub(crate) enum Presented {
    /// Nothing.
    Nothing,
    /// A ticket, perhaps of nobody.
    Ticket(Ticket),
    /// Something that never was a ticket.
    Garbage,
}

/// Our cookies of one request.
pub(crate) struct Cookies {
    pub(crate) ticket: Presented,
    pub(crate) visitor: Presented,
    pub(crate) pre_session: Option<String>,
}

/// A name that only this host can set came twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duplicate;

fn ticket(value: &[u8]) -> Presented {
    let text = core::str::from_utf8(value).ok();
    text.and_then(|text| Ticket::parse(text).ok()).map_or(Presented::Garbage, Presented::Ticket)
}

impl Cookies {
    /// One pass over all cookies: most of them are somebody else's.
    pub(crate) fn of(headers: &HeaderMap, names: &Names) -> Result<Self, Duplicate> {
        let mut found = Self { ticket: Presented::Nothing, visitor: Presented::Nothing, pre_session: None };
        let mut pre_sessions = 0;
        for (name, value) in pairs(headers.get_all(COOKIE).iter().map(http::HeaderValue::as_bytes)) {
            let place = if name == names.ticket.as_bytes() {
                &mut found.ticket
            } else if name == names.visitor.as_bytes() {
                &mut found.visitor
            } else {
                if name == names.pre_session.as_bytes() {
                    pre_sessions += 1;
                    found.pre_session = core::str::from_utf8(value).ok().map(str::to_owned);
                }
                continue;
            };
            if !matches!(place, Presented::Nothing) {
                return Err(Duplicate);
            }
            *place = ticket(value);
        }
        if pre_sessions > 1 {
            found.pre_session = None;
        }
        Ok(found)
    }
}
