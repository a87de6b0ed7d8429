//! Tokens as an answer, and why there are none (RFC 6749, sections 5.1 and 5.2).

use crate::refusals;
use cloakroom_authority::Denied;
use cloakroom_authority::token::mint::Minted;
use cloakroom_model::words::scope::Scope;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

/// The tokens of a sign-in.
#[must_use]
pub fn granted<B: From<String>>(minted: &Minted, refresh: Option<&Secret<String>>, now: Time) -> Response<B> {
    let token = &minted.token;
    let words: Vec<_> = token.scope.iter().map(Scope::as_str).collect();
    let mut body = serde_json::json!({
        "access_token": minted.text.expose(),
        "token_type": "Bearer",
        "expires_in": token.expires.since(now).as_millis().max(0) / 1_000,
        "scope": words.join(" "),
    });
    if let (Some(refresh), Some(members)) = (refresh, body.as_object_mut()) {
        members.insert("refresh_token".to_owned(), refresh.expose().as_str().into());
    }
    json(StatusCode::OK, &body)
}

fn json<B: From<String>>(status: StatusCode, body: &serde_json::Value) -> Response<B> {
    let mut answer = Response::new(B::from(body.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Why there are none. Only what is about the token itself is `invalid_grant`: whoever gets that signs in again. Everything else is
/// tried again.
#[must_use]
pub fn not_granted<B: From<String>>(denied: &Denied) -> Response<B> {
    use Refusal::{BadToken, ClientChanged, Ended, Expired, NotSignedIn, ProofOvertaken, TwoHolders};
    match denied.refusal() {
        Some(
            refusal @ (BadToken | ClientChanged | Ended | Expired(_) | NotSignedIn | ProofOvertaken
            | TwoHolders),
        ) => {
            let body = serde_json::json!({
                "error": "invalid_grant",
                "error_description": refusal.to_string(),
            });
            json(StatusCode::BAD_REQUEST, &body)
        }
        _ => refusals::of(denied).answer(),
    }
}
