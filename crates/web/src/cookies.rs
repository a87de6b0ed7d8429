//! Our cookies in a request.

use crate::lane::Keeps;
use crate::site::{DEVICE, START, Site};
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::cookie::policy::AT_MOST;
use cloakroom_rules::cookie::read::pairs;
use http::HeaderMap;
use http::header::COOKIE;
use std::collections::BTreeMap;

/// How many cookies of one name are looked at where other hosts can set them too.
const CANDIDATES: usize = 4;

/// What is presented under one of our names.
pub(crate) enum Presented {
    /// Nothing.
    Nothing,
    /// A ticket, perhaps of nobody.
    Ticket(Ticket),
    /// What a session may be carried in.
    Carried(String),
    /// Several, each of which another host may have set.
    Several(Vec<Presented>),
    /// Something that never was any of these.
    Garbage,
}

impl Presented {
    /// Each of what was presented.
    pub(crate) fn candidates(&self) -> &[Self] {
        match self {
            Self::Several(all) => all,
            one => core::slice::from_ref(one),
        }
    }

    /// One more under the same name. A name that only this host can set comes once.
    fn and(&mut self, more: Self, is_host_bound: bool) -> Result<(), Duplicate> {
        let is_same = |other: &Self| match (other, &more) {
            (Self::Carried(other), Self::Carried(more)) => other == more,
            _ => false,
        };
        match self {
            Self::Nothing => *self = more,
            _ if !is_host_bound && self.candidates().iter().any(is_same) => {}
            _ if is_host_bound => return Err(Duplicate),
            Self::Several(all) if all.len() >= CANDIDATES => return Err(Duplicate),
            Self::Several(all) => all.push(more),
            one => *one = Self::Several(vec![core::mem::replace(one, Self::Nothing), more]),
        }
        Ok(())
    }
}

/// Our cookies of one request.
pub(crate) struct Cookies {
    pub(crate) ticket: Presented,
    pub(crate) visitor: Presented,
    pub(crate) pre_session: Option<String>,
    pub(crate) refresh: Option<String>,
    /// What is ours and says nothing of who is signed in.
    pub(crate) beside: BTreeMap<&'static str, String>,
}

/// A name that only this host can set came twice, or another one more often than anybody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duplicate;

fn ticket(value: &[u8]) -> Presented {
    let text = core::str::from_utf8(value).ok();
    text.and_then(|text| Ticket::parse(text).ok()).map_or(Presented::Garbage, Presented::Ticket)
}

fn presented(value: &[u8], site: &Site) -> Presented {
    let text = core::str::from_utf8(value).ok();
    let is_token = site.settings().lane.as_ref().is_some_and(|lane| lane.keeps == Keeps::InCookies);
    match site.settings().carried.is_some() || is_token {
        true => text
            .filter(|text| text.len() <= AT_MOST)
            .map_or(Presented::Garbage, |text| Presented::Carried(text.to_owned())),
        false => ticket(value),
    }
}

impl Cookies {
    /// One pass over all cookies: most of them are somebody else's.
    pub(crate) fn of(headers: &HeaderMap, site: &Site) -> Result<Self, Duplicate> {
        let names = &site.0.names;
        let mut found = Self {
            ticket: Presented::Nothing,
            visitor: Presented::Nothing,
            pre_session: None,
            refresh: None,
            beside: BTreeMap::new(),
        };
        let keeps = site.settings().lane.as_ref().map_or(Keeps::Sessions, |lane| lane.keeps);
        let mut pre_sessions = 0;
        for (name, value) in pairs(headers.get_all(COOKIE).iter().map(http::HeaderValue::as_bytes)) {
            let is_visitor = name == names.visitor.as_bytes();
            let place = if name == names.ticket.as_bytes() {
                &mut found.ticket
            } else if is_visitor {
                &mut found.visitor
            } else {
                if name == names.pre_session.as_bytes() {
                    pre_sessions += 1;
                    found.pre_session = core::str::from_utf8(value).ok().map(str::to_owned);
                }
                let beside = [(DEVICE, &names.device), (START, &names.start)];
                if let Some((base, _)) = beside.into_iter().find(|(_, known)| name == known.as_bytes())
                    && let Ok(value) = core::str::from_utf8(value)
                {
                    found.beside.insert(base, value.to_owned());
                }
                if names.refresh.as_ref().is_some_and(|refresh| name == refresh.as_bytes()) {
                    if found.refresh.is_some() {
                        return Err(Duplicate);
                    }
                    found.refresh =
                        Some(core::str::from_utf8(value).map_or_else(|_| String::new(), str::to_owned));
                }
                continue;
            };
            let found = match is_visitor {
                // A visitor's session is in the store, whatever else is a token.
                true if site.settings().carried.is_none() => ticket(value),
                _ => presented(value, site),
            };
            place.and(found, site.settings().cookie.is_host_bound())?;
        }
        if keeps == Keeps::InCookies && found.refresh.is_some() && matches!(found.ticket, Presented::Nothing)
        {
            // The access token is over and gone: the refresh token says who it is.
            found.ticket = Presented::Carried(String::new());
        }
        if pre_sessions > 1 {
            found.pre_session = None;
        }
        Ok(found)
    }
}
