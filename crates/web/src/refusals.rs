//! From a refusal to the wire, in one place and exhaustively. An outage is 503, never "not signed in".

use crate::problem::Problem;
use cloakroom_authority::Denied;
use cloakroom_rules::refusal::Refusal;
use http::StatusCode;

const fn problem(status: StatusCode, slug: &'static str, title: &'static str, hint: &'static str) -> Problem {
    Problem { status, slug, title, hint }
}

/// The request has our cookie twice.
pub const DUPLICATE_COOKIE: Problem = problem(
    StatusCode::BAD_REQUEST,
    "duplicate-cookie",
    "A session cookie came twice",
    "another host of this site may have set one: clear the cookies of this site",
);

/// Nobody who is signed in meant this request.
pub const CSRF: Problem = problem(
    StatusCode::FORBIDDEN,
    "csrf-refused",
    "This request did not come from this site's own pages",
    "send the CSRF token of the page in the field _csrf or the header X-CSRF-Token",
);

/// The same, for a request that comes from elsewhere: no token helps it.
pub const CSRF_ORIGIN: Problem = Problem {
    hint: "it came from another origin than this app's: open the app at the address it is configured for, or list the other origin",
    ..CSRF
};

/// The `Authorization` header is not one bearer token.
pub const MALFORMED_AUTHORIZATION: Problem = problem(
    StatusCode::BAD_REQUEST,
    "bad-request",
    "The Authorization header is not one bearer token",
    "send it once, as `Authorization: Bearer <token>`",
);

/// Somebody asks for another host.
pub const UNKNOWN_HOST: Problem = problem(
    StatusCode::MISDIRECTED_REQUEST,
    "unknown-host",
    "There is no app of this name here",
    "open the app at the address it is configured for; a proxy in front must pass the Host header on",
);

/// What is known of revocations is too old. Nobody is signed out by this.
pub const REVOCATION_UNKNOWN: Problem = problem(
    StatusCode::SERVICE_UNAVAILABLE,
    "revocation-unknown",
    "It cannot be known whether this was taken back",
    "try again in a moment; nobody is signed out",
);

/// What came as a receipt is none of the authority's.
pub const MALFORMED_RECEIPT: Problem = problem(
    StatusCode::BAD_REQUEST,
    "malformed-receipt",
    "The receipt is none",
    "send the header Cloakroom-Receipt once, as it was given out, or not at all",
);

/// This is where verifiers follow the feed, and nothing else.
pub const NO_FEED_REQUEST: Problem = problem(
    StatusCode::UPGRADE_REQUIRED,
    "no-feed-request",
    "This is the feed",
    "follow it with a verifier of this version, by its protocol cloakroom-feed/1",
);

/// The credential was taken back, or its root key is gone.
pub const NO_FOLLOWER: Problem = problem(
    StatusCode::FORBIDDEN,
    "no-follower",
    "This credential does not follow the feed",
    "make a new one, and put it where the verifier finds it",
);

/// There is no room for another stream.
pub const FEED_FULL: Problem = problem(
    StatusCode::SERVICE_UNAVAILABLE,
    "overloaded",
    "Too many verifiers follow the feed",
    "come back in a moment",
);

/// A role is missing.
pub const FORBIDDEN: Problem =
    problem(StatusCode::FORBIDDEN, "forbidden", "You may not do this", "ask for the role it needs");

/// The proof is too old for this.
pub const STEP_UP: Problem = problem(
    StatusCode::UNAUTHORIZED,
    "step-up-required",
    "Confirm that it is you",
    "prove again who you are, and repeat what you did",
);

/// There is no session.
pub const NOT_SIGNED_IN: Problem = problem(
    StatusCode::UNAUTHORIZED,
    "not-signed-in",
    "You are not signed in",
    "sign in and repeat what you did",
);

/// The store does not answer.
pub const STORE_DOWN: Problem = problem(
    StatusCode::SERVICE_UNAVAILABLE,
    "store-unavailable",
    "The service cannot look up sessions at the moment",
    "try again in a moment; you are still signed in",
);

/// Too much is going on.
pub const OVERLOADED: Problem =
    problem(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The service is busy", "try again in a moment");

/// The app is at fault.
pub const BAD_CLAIMS: Problem = problem(
    StatusCode::INTERNAL_SERVER_ERROR,
    "bad-claims",
    "The app adds to its tokens what has no place in one",
    "look at what `.claims(…)` returns: names of ours and what looks like a secret are refused",
);

/// The app asks for what it was not set up for.
pub const NO_TOKENS: Problem = problem(
    StatusCode::INTERNAL_SERVER_ERROR,
    "no-tokens",
    "This app issues no tokens",
    "its builder lacks `.tokens(Tokens::new())`",
);

/// The token does not allow it.
pub const SCOPE: Problem = Problem {
    title: "Your token does not allow this",
    hint: "get one with the scope that the challenge names",
    ..FORBIDDEN
};

/// A sign-in by token holds no data.
pub const NO_DATA: Problem = problem(
    StatusCode::BAD_REQUEST,
    "bad-request",
    "A sign-in by token holds no data",
    "messages and values need a session: keep them in a table of yours, or browsers' sign-ins in sessions",
);

/// What is answered to a refusal.
#[must_use]
pub const fn of(denied: &Denied) -> Problem {
    match denied {
        Denied::Down(_) => STORE_DOWN,
        Denied::NoSecrets => OVERLOADED,
        Denied::NoTokens => NO_TOKENS,
        Denied::BadClaims(_) => BAD_CLAIMS,
        Denied::Refused(refusal) => of_refusal(*refusal),
    }
}

const fn of_refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotSignedIn
        | Refusal::Ended
        | Refusal::BadToken
        | Refusal::WrongHost
        | Refusal::TwoHolders
        | Refusal::ClientChanged => NOT_SIGNED_IN,
        Refusal::Expired(_) => problem(
            StatusCode::UNAUTHORIZED,
            "session-expired",
            "Your session has expired",
            "sign in and repeat what you did",
        ),
        Refusal::StepUpRequired => STEP_UP,
        Refusal::AnotherUser | Refusal::NotAllowed => FORBIDDEN,
        Refusal::ProofOvertaken | Refusal::Conflict => problem(
            StatusCode::CONFLICT,
            "conflict",
            "Something changed at the same moment",
            "repeat what you did",
        ),
        Refusal::TooMany => problem(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-attempts",
            "Too many unknown tickets came from your network",
            "wait a minute",
        ),
        Refusal::Ambiguous => DUPLICATE_COOKIE,
        Refusal::Tampered => problem(
            StatusCode::BAD_REQUEST,
            "tampered-cookie",
            "Your session cookie is not as it was given to you",
            "sign in again",
        ),
        Refusal::DataTooLarge => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "data-too-large",
            "The session holds too much",
            "keep less in the session",
        ),
        Refusal::HoldsNoData => NO_DATA,
        Refusal::BadValue => problem(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "A value cannot be kept in a session",
            "look at what is written to the session",
        ),
    }
}
