//! What can be switched off, by the name of the defence. One table: the scenarios name its rows, and `twin --switches`
//! prints it.

use serde::{Deserialize, Serialize};

macro_rules! switches {
    ($($variant:ident $name:literal $without:literal)*) => {
        /// A defence that a twin is without.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(crate) enum Switch {
            $(#[serde(rename = $name)] $variant,)*
        }

        /// Each name, and what the twin does without it.
        pub(crate) const ALL: &[(&str, &str)] = &[$(($name, $without),)*];
    };
}

switches! {
    HttpOnly "http-only" "the session cookie has no HttpOnly, and so no prefix that wants it"
    Secure "secure" "the session cookie has no Secure, and so no prefix that wants it"
    HostPrefix "host-prefix" "the session cookie has a plain name, which every neighbour and every http origin can set too"
    HttpPrefix "http-prefix" "the session cookie is called __Host-cloakroom, which script can set too"
    HostOnly "host-only" "the session cookie has Domain= and goes to every host of the site"
    SameSite "same-site" "the session cookie has SameSite=None"
    OutOfScript "out-of-script" "the credential is handed to script, which keeps it where the scenario says"
    InNoBody "in-no-answer" "the answer of a sign-in names the credential where script can read it"
    StepUp "step-up" "adding a payee asks for no fresh proof"
    ScriptSrc "csp-script-src" "the policy lets inline script and event handlers run"
    NoEval "csp-no-eval" "the policy lets eval run"
    BaseUri "csp-base-uri" "the policy says nothing of <base>"
    FormAction "csp-form-action" "the policy says nothing of where forms go"
    TrustedTypes "trusted-types" "a string given to innerHTML is markup"
    FrameAncestors "csp-frame-ancestors" "anybody may frame the page"
    Hsts "hsts" "browsers are not told to come over TLS only"
    CsrfGuard "csrf-guard" "a request is believed wherever it comes from"
    Provenance "provenance" "no request says where it comes from, as in an old browser"
    TokenSecrecy "token-secrecy" "every request has a good form token, as if it had leaked"
    FormTokens "form-tokens" "a form of the same origin needs no token"
    RefusalsLeave "refusals-leave" "a refused form is answered in place, by a page with a button that reloads it"
    SafeGet "safe-get" "a GET moves money"
    CorsList "cors-list" "every origin is told that it may read, with the user's cookies"
    HostCheck "host-check" "a request for any host name is served, and links are made of that name"
    SafeReturn "safe-return" "the way back after a sign-in goes wherever the address says"
    IdsFromCookies "ids-from-cookies" "an id in the address counts, also one that was never issued"
    NewIdAtSignIn "new-id-at-sign-in" "the id from before the sign-in stays good after it"
    Rotation "rotation" "an id stays the same for as long as the session lives"
    Digests "digests" "the table of sessions has the ids themselves"
    RandomIds "random-ids" "ids come from a small generator that counts on"
    LongIds "long-ids" "an id has two digits"
    Throttle "guess-throttle" "the network of a guess is read from a header that the guesser writes"
    Revocation "revocation" "whoever shows a credential is believed until it runs out by itself"
    Signature "signature" "the cookie is what it says, unsigned"
    Authenticated "authenticated-encryption" "the cookie is encrypted with a stream, and nothing tells whether it was changed"
    NoStore "no-store" "pages may be kept by caches, and signing out clears none"
    LateAnswers "late-answers" "every answer sets the cookie that its request came with"
    Identity "identity-from-proof" "whoever the session's data names is signed in"
    QuietLogs "quiet-logs" "the log has the headers of each request"
    LazySessions "lazy-sessions" "every visit begins a session"
}
