//! What the browser says of where a request came from decides first; a token decides what that leaves open.

use cloakroom_model::words::origin::WebOrigin;

/// What came with a request that is not safe by its method, or with a WebSocket handshake. A header that came twice
/// stands here joined, and so matches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a [u8]>,
    /// `Sec-Fetch-Mode`.
    pub fetch_mode: Option<&'a [u8]>,
    /// `Origin`.
    pub origin: Option<&'a [u8]>,
    /// Whether it opens a WebSocket.
    pub is_websocket: bool,
    /// Whether it has a bearer token in its `Authorization`. No browser adds one by itself, and script of another origin must ask
    /// before it may.
    pub bears_token: bool,
}

/// Whom the app trusts.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The app itself.
    pub own: &'a WebOrigin,
    /// Other origins, each to the letter.
    pub listed: &'a [WebOrigin],
}

/// What is left to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: it was meant.
    Pass,
    /// The token of this session.
    Token,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another site made the browser send it.
    #[error("another site sent it")]
    CrossSite,
    /// Its origin is neither the app's nor a listed one.
    #[error("it comes from an origin that is not listed")]
    ForeignOrigin,
    /// It hides its origin.
    #[error("it hides where it comes from")]
    NullOrigin,
    /// A neighbour sent it who is not listed.
    #[error("another host of this site sent it, which is not listed")]
    SameSite,
    /// It has no token, or not that of this session.
    #[error("its token is missing or belongs to another session")]
    Token,
}

/// Decides.
pub fn decide(request: &Request<'_>, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    enum From {
        Us,
        Listed,
        Unsaid,
    }
    let origin = match request.origin {
        None => From::Unsaid,
        Some(b"null") => return Err(Refusal::NullOrigin),
        Some(origin) if origin == facts.own.as_str().as_bytes() => From::Us,
        Some(origin) if facts.listed.iter().any(|listed| listed.as_str().as_bytes() == origin) => {
            From::Listed
        }
        Some(_) => return Err(Refusal::ForeignOrigin),
    };
    let is_form = request.fetch_mode == Some(b"navigate");
    match (request.fetch_site, origin) {
        // An error page that reloads itself makes a cross-site form post look like one of ours: forms show a token.
        (Some(b"same-origin"), _) if is_form => Ok(Decision::Token),
        (Some(b"same-origin"), _) => Ok(Decision::Pass),
        (Some(b"same-site"), From::Listed) if is_form => Ok(Decision::Token),
        (Some(b"same-site"), From::Listed) => Ok(Decision::Pass),
        (Some(b"same-site"), _) => Err(Refusal::SameSite),
        // A browser that says nothing of the site says where a WebSocket comes from; no form can open one.
        (Some(b"none") | None, From::Us) if request.is_websocket => Ok(Decision::Pass),
        (Some(b"none") | None, _) if request.bears_token && !is_form => Ok(Decision::Pass),
        (Some(b"none") | None, _) => Ok(Decision::Token),
        (Some(_), _) => Err(Refusal::CrossSite),
    }
}

#[cfg(test)]
mod tests;
