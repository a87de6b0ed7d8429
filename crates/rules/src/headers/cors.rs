//! Cross-origin reading: for listed origins, to the letter, never for whoever asks.

use cloakroom_model::words::origin::WebOrigin;

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `Origin`.
    pub origin: Option<&'a [u8]>,
    /// `Access-Control-Request-Method` of an `OPTIONS` request.
    pub asks_for_method: Option<&'a [u8]>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    /// No cross-origin matter, or nobody who is listed: no header.
    Nothing,
    /// Headers beside the app's answer.
    Allow(&'a WebOrigin),
    /// The whole answer to a question asked before the request itself.
    Preflight(&'a WebOrigin),
}

/// Decides.
#[must_use]
pub fn decide<'a>(request: &Request<'_>, listed: &'a [WebOrigin]) -> Decision<'a> {
    let asking = |origin: &&WebOrigin| request.origin == Some(origin.as_str().as_bytes());
    match (listed.iter().find(asking), request.asks_for_method) {
        (None, _) => Decision::Nothing,
        (Some(origin), None) => Decision::Allow(origin),
        (Some(origin), Some(_)) => Decision::Preflight(origin),
    }
}

#[cfg(test)]
mod tests;
