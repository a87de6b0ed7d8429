//! What is answered where something could not be done.

use cloakroom_authority::people::NotDone;
use cloakroom_web::problem::Problem;
use cloakroom_web::refusals;
use http::StatusCode;

/// Nothing is here, or nothing for whoever asks.
pub(super) const NOT_FOUND: Problem = Problem {
    status: StatusCode::NOT_FOUND,
    slug: "not-found",
    title: "There is nothing here",
    hint: "look at how the address is written; links of letters end when they were used",
};

/// A bucket of tries is empty.
const TOO_MANY: Problem = Problem {
    status: StatusCode::TOO_MANY_REQUESTS,
    slug: "too-many-attempts",
    title: "Too many attempts",
    hint: "wait as long as Retry-After says",
};

/// A form that no page of ours sends.
const BAD_FORM: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    slug: "bad-request",
    title: "That cannot be done",
    hint: "open the page again and send its form",
};

/// What is answered to somebody who wanted what could not be done.
pub(super) fn of(not: &NotDone) -> Problem {
    match not {
        NotDone::TooMany(_) => TOO_MANY,
        NotDone::Busy => refusals::OVERLOADED,
        NotDone::LinkGone | NotDone::Nobody | NotDone::Closed => NOT_FOUND,
        NotDone::Denied(denied) => refusals::of(denied),
        NotDone::WrongPassword
        | NotDone::WrongCode
        | NotDone::Weak(_)
        | NotDone::Taken
        | NotDone::TooSoon(_) => BAD_FORM,
    }
}
