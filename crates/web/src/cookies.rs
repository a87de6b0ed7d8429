//! Our cookies in a request.

use crate::site::Site;
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
    /// What a session may be carried in.
    Carried(String),
    /// Something that never was either.
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

fn presented(value: &[u8], site: &Site) -> Presented {
    let text = core::str::from_utf8(value).ok();
    match site.settings().carried {
        Some(_) => text.map_or(Presented::Garbage, |text| Presented::Carried(text.to_owned())),
        None => text.and_then(|text| Ticket::parse(text).ok()).map_or(Presented::Garbage, Presented::Ticket),
    }
}

impl Cookies {
    /// One pass over all cookies: most of them are somebody else's.
    pub(crate) fn of(headers: &HeaderMap, site: &Site) -> Result<Self, Duplicate> {
        let names = &site.0.names;
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
            *place = presented(value, site);
        }
        if pre_sessions > 1 {
            found.pre_session = None;
        }
        Ok(found)
    }
}
