//! Somebody who holds a credential, the owner or a thief with a copy, and uses it as its client does.

use super::kinds::{App, Kind};
use super::plain::Plain;
use axum::http::{HeaderValue, Method};
use cloakroom::Protected;
use cloakroom::testing::Client;
use cloakroom_testkit::engine::Failure;

pub(crate) enum Holder<'a> {
    Browser(Client<Protected>),
    Page { browser: Client<Protected>, access: Option<String> },
    Plain { plain: &'a Plain, token: String },
}

fn token_of(text: &str) -> Option<String> {
    Some(text.split("\"access_token\":\"").nth(1)?.split('"').next()?.to_owned())
}

impl<'a> Holder<'a> {
    /// Somebody who has just signed in.
    pub(crate) async fn signed_in(kind: Kind, app: &App, plain: &'a Plain) -> Result<Self, Failure> {
        if kind == Kind::Plain {
            return Ok(Self::Plain { plain, token: plain.token(&["admin"])? });
        }
        let browser = Client::of(app.app.clone(), &app.cloakroom);
        browser.sign_in("anna", &["admin"]).await?;
        Ok(match kind {
            Kind::Bearer => {
                let access = token_of(&browser.fetch("/_cloakroom/token", "").await.text);
                Self::Page { browser, access }
            }
            _ => Self::Browser(browser),
        })
    }

    /// A copy of everything that it holds.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Browser(browser) => Self::Browser(browser.stolen()),
            Self::Page { browser, access } => {
                Self::Page { browser: browser.stolen(), access: access.clone() }
            }
            Self::Plain { plain, token } => Self::Plain { plain, token: token.clone() },
        }
    }

    /// As whom it is let in, if it is.
    pub(crate) async fn ask(&mut self) -> Option<String> {
        match self {
            Self::Browser(browser) => {
                let answer = browser.send(browser.request(Method::GET, "/", false), "").await;
                (answer.status == 200).then_some(answer.text)
            }
            Self::Plain { plain, token } => plain.check(token),
            Self::Page { browser, access } => {
                for _ in 0..2 {
                    if let Some(token) = access.clone() {
                        let mut request = browser.request(Method::GET, "/", false);
                        let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
                        request.headers_mut().insert("authorization", value);
                        let answer = browser.send(request, "").await;
                        if answer.status == 200 {
                            return Some(answer.text);
                        }
                    }
                    *access = token_of(&browser.fetch("/_cloakroom/token", "").await.text);
                }
                None
            }
        }
    }

    /// Signs out as its client does.
    pub(crate) async fn leave(&mut self) {
        match self {
            Self::Browser(browser) => drop(browser.fetch("/out", "").await),
            Self::Page { browser, .. } => drop(browser.fetch("/_cloakroom/sign-out", "").await),
            // It forgets the token. Nobody else does.
            Self::Plain { token, .. } => token.clear(),
        }
    }

    /// How many bytes of a request say who it is.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Browser(browser) => {
                let cookies = browser.cookies();
                let pairs: usize = cookies.iter().map(|(name, value)| name.len() + 1 + value.len()).sum();
                "cookie: ".len() + pairs + 2 * cookies.len().saturating_sub(1)
            }
            Self::Page { access, .. } => {
                "authorization: Bearer ".len() + access.as_ref().map_or(0, String::len)
            }
            Self::Plain { token, .. } => "authorization: Bearer ".len() + token.len(),
        }
    }
}
