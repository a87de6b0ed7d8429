//! The apps behind sign-in.

use super::reading::{Found, Reading};
use super::trouble::Trouble;
use super::values::duration;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::{Span, Time};

/// Who confirms that they are there must get where they were going.
const FRESH_AT_LEAST: Span = Span::seconds(5);

/// An app behind sign-in.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Where browsers reach it.
    pub(crate) origin: WebOrigin,
    /// Where it runs. `None`: the built-in demo.
    pub(crate) upstream: Option<WebOrigin>,
    /// Groups that may use it; empty: everybody.
    pub(crate) allow: Vec<Group>,
    /// Paths that need no sign-in.
    pub(crate) public: Vec<String>,
    /// Paths for who has shown lately who they are.
    pub(crate) fresh: Vec<String>,
    /// How long that is.
    pub(crate) fresh_for: Span,
}

impl App {
    /// Whether somebody in these groups may use it.
    pub(crate) fn lets_in(&self, groups: &[Group]) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|allowed| groups.contains(allowed))
    }

    /// Whether somebody has shown lately who they are.
    pub(crate) fn is_fresh(&self, session: &Session, now: Time) -> bool {
        session.assurance.as_ref().is_some_and(|shown| now < shown.at.plus(self.fresh_for))
    }
}

pub(super) fn apps(reading: &mut Reading<'_>, public_url: Option<&WebOrigin>) -> Option<Vec<App>> {
    let raw = reading.raw;
    let mut apps = Vec::<App>::new();
    let mut fine = true;
    for (table, span) in &raw.apps {
        let of = |name: &'static str| reading.in_table(Some(table), "app", name);
        let (open, fresh) =
            ((of("host"), of("upstream"), of("allow"), of("public")), of("fresh").zip(of("fresh_for")));
        let ((Some(host), Some(upstream), Some(allow), Some(public)), Some((fresh, fresh_for))) =
            (open, fresh)
        else {
            let what = "an [[app]] has a host and an upstream".to_owned();
            let hint = "say host = \"app.example.com\" and upstream = \"http://127.0.0.1:3000\"".to_owned();
            reading.troubles.add(Trouble { code: "CK1006", what, place: raw.at(span, false), hint });
            fine = false;
            continue;
        };
        let Some(origin) = public_url.and_then(|url| app_origin(&host.text, url)) else {
            if public_url.is_some() {
                reading.troubles.add(host.bad(
                    "the name of a host",
                    "write \"app.example.com\", without https:// and without a path",
                ));
            }
            fine = false;
            continue;
        };
        let upstream_origin = upstream.text.trim_end_matches('/').parse::<WebOrigin>().ok();
        let upstream_origin = upstream_origin.filter(|origin| origin.scheme() == Scheme::Http);
        let groups: Option<Vec<Group>> = allow.list.iter().map(|group| group.parse().ok()).collect();
        let is_path = |path: &String| {
            path.starts_with('/') && !path.contains(['?', '#', '%', '*']) && !path.contains("//")
        };
        let mut bad = |found: &Found<'_>, wanted: &str, hint: &str| {
            reading.troubles.add(found.bad(wanted, hint));
            fine = false;
        };
        if upstream_origin.is_none() {
            bad(
                &upstream,
                "where an app runs",
                "write \"http://127.0.0.1:3000\", without a path; over a network put a tunnel between",
            );
        }
        if groups.is_none() {
            bad(&allow, "a list of groups", "a group is one word: [\"staff\"]");
        }
        for paths in [&public, &fresh] {
            if !paths.list.iter().all(is_path) {
                bad(
                    paths,
                    "a list of paths",
                    "a path begins with a slash, and has no %, * or ?: [\"/assets/\", \"/favicon.ico\"]",
                );
            }
        }
        let fresh_span = duration(&fresh_for.text).filter(|span| *span >= FRESH_AT_LEAST);
        if fresh_span.is_none() {
            bad(&fresh_for, "a time of five seconds or more", "write \"10m\"");
        }
        let is_twice = apps.iter().any(|other| other.origin.name() == origin.name());
        if is_twice || public_url.is_some_and(|url| url.name() == origin.name()) {
            let what = format!("{} is said twice", origin.host());
            reading.troubles.add(host.trouble(
                "CK1007",
                what,
                "each app, and the pages where one signs in, have a host of their own",
            ));
            fine = false;
        }
        if let (Some(upstream), Some(allow), Some(fresh_for)) = (upstream_origin, groups, fresh_span) {
            apps.push(App {
                origin,
                upstream: Some(upstream),
                allow,
                public: public.list.clone(),
                fresh: fresh.list.clone(),
                fresh_for,
            });
        }
    }
    fine.then_some(apps)
}

/// Where browsers reach an app: as they reach the pages where one signs in, under its own name.
fn app_origin(host: &str, public_url: &WebOrigin) -> Option<WebOrigin> {
    let host: Host = host.parse().ok()?;
    let scheme = match public_url.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let port = public_url.host().as_str().strip_prefix(public_url.name()).unwrap_or_default();
    let has_port = host
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let port = if has_port { "" } else { port };
    format!("{scheme}://{host}{port}").parse().ok()
}
