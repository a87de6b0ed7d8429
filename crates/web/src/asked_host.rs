//! Under which name a request came. A name that is not the app's is somebody else's wish: links would be made of it, caches
//! would keep answers under it, and a page of another name that resolves to this machine would talk to it (DNS rebinding).

use crate::site::Site;
use http::Request;
use http::header::HOST;

/// The name without its port: a proxy may leave that away, and no other site lives there.
fn name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

/// Whether every name a request says is one of the app's. One that says none says no wrong one.
pub(crate) fn is_ours<Q>(request: &Request<Q>, site: &Site) -> bool {
    let settings = site.settings();
    let is_known = |authority: &str| {
        let said = name(authority);
        said.eq_ignore_ascii_case(settings.origin.name())
            || settings.answers_to.iter().any(|known| said.eq_ignore_ascii_case(known))
    };
    request.uri().authority().is_none_or(|authority| is_known(authority.as_str()))
        && request.headers().get_all(HOST).iter().all(|host| host.to_str().is_ok_and(is_known))
}

#[cfg(test)]
mod tests;
