//! Answers without one of their headers, and requests that are believed.

use crate::switch::Switch;
use axum::body::Body;
use axum::extract::Request;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HOST, LOCATION, ORIGIN, STRICT_TRANSPORT_SECURITY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use std::collections::BTreeSet;

const ASKED_UNDER: HeaderName = HeaderName::from_static("x-asked-under");

/// What the app gets to see of a request.
pub(crate) fn inbound(off: &BTreeSet<Switch>, bank: &str, request: &mut Request) {
    let headers = request.headers_mut();
    headers.remove(ASKED_UNDER);
    if off.contains(&Switch::HostCheck)
        && let (Some(asked), Ok(bank)) = (headers.get(HOST).cloned(), HeaderValue::from_str(bank))
    {
        headers.insert(ASKED_UNDER, asked);
        headers.insert(HOST, bank);
    }
    if off.contains(&Switch::Provenance) {
        for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user", ORIGIN.as_str()]
        {
            headers.remove(name);
        }
    }
    let is_own = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    if off.contains(&Switch::FormTokens) && is_own {
        headers.insert("sec-fetch-mode", HeaderValue::from_static("cors"));
    }
}

/// What the browser gets to see of an answer. `origin`: who asked.
pub(crate) fn outbound(off: &BTreeSet<Switch>, origin: Option<HeaderValue>, answer: &mut Response<Body>) {
    let is_off = |switch| off.contains(&switch);
    let refused = answer.headers().get(LOCATION).is_some_and(|to| to == "/_cloakroom/refused");
    if is_off(Switch::RefusalsLeave) && refused {
        let page = "<!doctype html><title>Error</title><p>Something went wrong.</p><button id=again>Try again</button>\
                    <script>document.getElementById('again').onclick = () => location.reload()</script>";
        *answer.body_mut() = Body::from(page);
        *answer.status_mut() = StatusCode::FORBIDDEN;
        let headers = answer.headers_mut();
        headers.remove(LOCATION);
        headers.remove(CONTENT_SECURITY_POLICY);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
    let headers = answer.headers_mut();
    policy(off, headers);
    if is_off(Switch::Hsts) {
        headers.remove(STRICT_TRANSPORT_SECURITY);
    }
    if let (true, Some(origin)) = (is_off(Switch::CorsList), origin) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if is_off(Switch::NoStore) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=600"));
        headers.remove("clear-site-data");
    }
}

fn policy(off: &BTreeSet<Switch>, headers: &mut HeaderMap) {
    let Some(policy) = headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok()) else {
        return;
    };
    let is_off = |switch| off.contains(&switch);
    let gone = [
        (Switch::BaseUri, "base-uri"),
        (Switch::FormAction, "form-action"),
        (Switch::TrustedTypes, "require-trusted-types-for"),
        (Switch::FrameAncestors, "frame-ancestors"),
    ];
    let directives = policy.split("; ").filter(|directive| {
        !gone.iter().any(|(switch, name)| is_off(*switch) && directive.starts_with(name))
    });
    let weakened: Vec<String> = directives
        .map(|directive| match directive.starts_with("script-src") {
            true if is_off(Switch::ScriptSrc) => "script-src 'self' 'unsafe-inline'".to_owned(),
            true if is_off(Switch::NoEval) => format!("{directive} 'unsafe-eval'"),
            _ => directive.to_owned(),
        })
        .collect();
    if let Ok(policy) = HeaderValue::from_str(&weakened.join("; ")) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}
