//! Our cookies in a request.

use crate::site::Names;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::cookie::read::{Found, one};
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

impl Cookies {
    pub(crate) fn of(headers: &HeaderMap, names: &Names) -> Result<Self, Duplicate> {
        let found = |name| one(headers.get_all(COOKIE).iter().map(http::HeaderValue::as_bytes), name);
        let ticket = |name| match found(name) {
            Found::Nothing => Ok(Presented::Nothing),
            Found::Several => Err(Duplicate),
            Found::One(value) => Ok(core::str::from_utf8(value)
                .ok()
                .and_then(|text| Ticket::parse(text).ok())
                .map_or(Presented::Garbage, Presented::Ticket)),
        };
        let pre_session = match found(&names.pre_session) {
            Found::One(value) => core::str::from_utf8(value).ok().map(str::to_owned),
            Found::Nothing | Found::Several => None,
        };
        Ok(Self { ticket: ticket(&names.ticket)?, visitor: ticket(&names.visitor)?, pre_session })
    }
}
