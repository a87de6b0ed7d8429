//! The internal listener: health, metrics, the feed. It is never reachable from outside, and that is not what it relies on.

use crate::auth_host::Desk;
use crate::engine::Engine;
use crate::mail::Catcher;
use crate::net::{Answers, Stop};
use crate::pages::{Letter, Page};
use axum::body::Body;
use axum::response::Response;
use cloakroom_model::words::secret::Secret;
use cloakroom_verifier::metrics::Text;
use cloakroom_web::feed::{Feed, PATH as FEED};
use cloakroom_web::problem::Problem;
use cloakroom_web::refusals;
use core::future::Future;
use core::net::IpAddr;
use core::pin::Pin;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, REFERRER_POLICY};
use http::{HeaderValue, Method, Request, StatusCode};
use std::sync::Arc;

/// Whoever asks for metrics must say the token.
const NO_TOKEN: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    slug: "not-signed-in",
    title: "The metrics ask for a token",
    hint: "set [metrics] token, and send it as `Authorization: Bearer …`",
};

const NOT_FOUND: Problem = Problem {
    status: StatusCode::NOT_FOUND,
    slug: "not-found",
    title: "There is nothing here",
    hint: "this listener has /livez, /readyz, /metrics and /feed; that of `cloakroom dev` has /mail too",
};

/// Everything behind the internal listener.
pub(crate) struct Internal {
    pub(crate) engine: Engine,
    pub(crate) desk: Desk,
    pub(crate) feed: Feed,
    pub(crate) hosts: Vec<String>,
    pub(crate) metrics_token: Option<Arc<Secret<String>>>,
    /// The letters that were caught, on a machine of somebody who develops.
    pub(crate) caught: Option<Catcher>,
    pub(crate) stop: Stop,
}

fn plain(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    answer
}

fn text(status: StatusCode, text: &str) -> Response {
    plain(status, "text/plain; charset=utf-8", text.to_owned())
}

impl Internal {
    fn is_known(&self, request: &Request<Body>) -> bool {
        let mut hosts = request.headers().get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let Ok(host) = host.to_str() else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            _ => host,
        };
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn may_measure(&self, request: &Request<Body>) -> bool {
        let Some(token) = &self.metrics_token else { return false };
        let said = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let said = said.and_then(|said| said.strip_prefix("Bearer ")).unwrap_or_default();
        cloakroom_crypto::compare::equal(said.as_bytes(), token.expose().as_bytes())
    }

    async fn ready(&self) -> Response {
        if *self.stop.borrow() {
            return text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
        }
        match self.engine.store.answers().await {
            Ok(_) => text(StatusCode::OK, "ready\n"),
            Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
        }
    }

    async fn metrics(&self) -> Response {
        let (people, authority) = (&self.engine.people, self.engine.people.authority());
        let mut figures = Text::default();
        figures.gauge(
            "cloakroom_cached_sessions",
            "Sessions known in memory.",
            Some(authority.known_sessions()),
        );
        figures.gauge(
            "cloakroom_unknown_tickets",
            "Tickets presented that nobody was given.",
            Some(authority.unknown_tickets()),
        );
        figures.gauge(
            "cloakroom_hash_queue",
            "Sign-ins that wait for a hashing thread.",
            Some(self.engine.hasher.waiting()),
        );
        figures.gauge(
            "cloakroom_letters_waiting",
            "Letters that wait to be sent.",
            people.letters_waiting().await.ok(),
        );
        figures.counts(
            "cloakroom_logins_total",
            "Sign-ins with a password, by outcome.",
            "outcome",
            &people.sign_ins(),
        );
        figures.counts(
            "cloakroom_session_checks_total",
            "Looks at tickets, by outcome.",
            "outcome",
            &authority.session_checks(),
        );
        figures.gauge("cloakroom_users", "People.", people.count().await.ok());
        let all = figures.finish() + &authority.feed_metrics();
        plain(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", all)
    }

    fn mail(&self, caught: &Catcher, rest: &str) -> Response {
        let letters = caught.letters();
        let letter = |(number, written): &(usize, crate::mail::Written)| Letter {
            number: *number,
            to: written.to.clone(),
            subject: written.subject.clone(),
            text: written.text.clone(),
            link: written.link.clone(),
        };
        let page = match rest {
            "" => Page::Mail { letters: letters.iter().map(letter).collect() },
            ".json" => {
                let all: Vec<_> = letters.iter().map(letter).collect();
                let body = serde_json::to_string(&all).unwrap_or_default();
                return plain(StatusCode::OK, "application/json", body);
            }
            number => match letters.iter().find(|(known, _)| number == format!("/{known}")) {
                Some(found) => Page::OneLetter { letter: letter(found) },
                None => return NOT_FOUND.answer::<Body>(),
            },
        };
        let mut answer = self.desk.show(StatusCode::OK, &page, "en");
        // A letter's link leads to the auth host, which need not know where it was read.
        answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        answer
    }
}

impl Answers for Internal {
    fn answer(
        self: Arc<Self>,
        request: Request<Body>,
        _: IpAddr,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        Box::pin(async move {
            if !self.is_known(&request) {
                return refusals::UNKNOWN_HOST.answer::<Body>();
            }
            let path = request.uri().path().to_owned();
            match (request.method(), path.as_str(), &self.caught) {
                (&Method::GET, "/livez", _) => text(StatusCode::OK, "alive\n"),
                (&Method::GET, "/readyz", _) => self.ready().await,
                (&Method::GET, "/metrics", _) if self.may_measure(&request) => self.metrics().await,
                (&Method::GET, "/metrics", _) => NO_TOKEN.answer::<Body>(),
                (_, FEED, _) => self.feed.answer::<_, Body>(request),
                (&Method::GET, "/_cloakroom/assets/style.css", Some(_)) => {
                    plain(StatusCode::OK, "text/css; charset=utf-8", self.desk.pages.style().to_owned())
                }
                (&Method::GET, "/_cloakroom/assets/icon.svg", Some(_)) => {
                    plain(StatusCode::OK, "image/svg+xml", self.desk.pages.icon().to_owned())
                }
                (&Method::GET, path, Some(caught)) if path.starts_with("/mail") => {
                    self.mail(caught, path.strip_prefix("/mail").unwrap_or_default())
                }
                _ => NOT_FOUND.answer::<Body>(),
            }
        })
    }

    fn counts(&self, _: IpAddr) -> bool {
        false
    }
}
