//! A session that is renewed: the access token says who it is, and when that is over, the refresh token. It is renewed when the answer
//! goes out and not before: while a slow handler works, nobody else's renewal comes too late because of it.

use super::state::{Handle, Live, Own, Seen};
use crate::cookies::Presented;
use crate::lane::{Keeps, Lane};
use crate::session_error::SessionError;
use crate::site::REFRESH;
use cloakroom_authority::Denied;
use cloakroom_authority::token::Held;
use cloakroom_authority::token::begin::Begun;
use cloakroom_authority::token::renew::{Renewal, Renewed};
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::{Limit, Refusal};
use cloakroom_rules::token::access::AccessToken;
use cloakroom_rules::token::mint::shown;
use cloakroom_verifier::tokens::Verdict;
use std::sync::Arc;

impl Handle {
    /// How browsers keep their tokens, if this app gives them any.
    pub(super) fn lane(&self) -> Option<&Lane> {
        self.0.site.settings().lane.as_ref().filter(|lane| lane.keeps != Keeps::Sessions)
    }

    pub(super) fn keeps(&self) -> Keeps {
        self.lane().map_or(Keeps::Sessions, |lane| lane.keeps)
    }

    fn renewal<'a>(&'a self, origin: &'a Origin) -> Option<Renewal<'a>> {
        let (lane, token) = (self.lane()?, self.0.cookies.refresh.as_deref()?);
        Some(Renewal { token, client: lane.client, policy: lane.late, proven: None, origin })
    }

    /// What an access token in a cookie says; `None`: only the refresh token can tell.
    pub(super) fn known_by_access(&self, value: &str) -> Option<Result<Seen, Denied>> {
        match self.0.site.authority().check_access(value) {
            // A token of another client is for where it was granted, and not for a browser's cookie.
            Ok(Verdict::Valid(seen)) if !self.is_of_browsers(seen.token()) => None,
            Ok(Verdict::Valid(seen)) => {
                Some(Ok(Live::written(Own::Token, seen.token().as_session(&self.0.site.0.host))))
            }
            Ok(_) => None,
            Err(denied) => Some(Err(denied)),
        }
    }

    fn is_of_browsers(&self, token: &AccessToken) -> bool {
        self.lane().is_some_and(|lane| token.client == lane.client) && token.bound_to.is_none()
    }

    /// Whether an access token that came in a cookie was one of ours, whose time is over.
    pub(crate) fn had_access(&self) -> bool {
        let Presented::Carried(value) = &self.0.cookies.ticket else { return false };
        let verdict = self.0.site.authority().check_access(value);
        self.keeps() == Keeps::InCookies && verdict.is_ok_and(|verdict| verdict.is_over())
    }

    /// Who holds the refresh token of this request. It is renewed with the answer.
    pub(super) async fn ask_refresh(&self) -> Result<Session, Denied> {
        let origin = self.origin();
        let Some(renewal) = self.renewal(&origin) else {
            let over = Refusal::Expired(Limit::Absolute);
            return Err(if self.had_access() { over } else { Refusal::NotSignedIn }.into());
        };
        if !self.0.renewable {
            return Err(Refusal::Expired(Limit::Absolute).into());
        }
        self.may_guess()?;
        let found = self.0.site.authority().would_renew(&renewal).await;
        match found {
            Ok(Some(held)) => {
                self.0.state.lock().is_due = true;
                Ok(shown(&held.session, &held.family))
            }
            // Not as a matter of course: the store decides now.
            Ok(None) => {
                let renewed = self.0.site.authority().renew(&renewal).await?;
                match self.sends_tokens(&renewed.held, renewed.read_at, &renewed.refresh) {
                    Ok(()) => {}
                    Err(SessionError::Denied(denied)) => return Err(denied),
                    Err(_) => return Err(Refusal::DataTooLarge.into()),
                }
                Ok(shown(&renewed.held.session, &renewed.held.family))
            }
            Err(Denied::Refused(Refusal::BadToken)) => {
                self.count_a_guess();
                Err(Refusal::NotSignedIn.into())
            }
            Err(denied) => Err(denied),
        }
    }

    /// Renews, with the answer. What comes of it cannot change what was answered already.
    pub(super) async fn renew_with_the_answer(&self) -> Result<(), SessionError> {
        let origin = self.origin();
        let Some(renewal) = self.renewal(&origin) else { return Ok(()) };
        let authority = self.0.site.authority();
        // While the handler worked another request may have renewed, long ago by now: that is no theft, and its answer has brought the
        // new token already.
        if let Ok(Some(renewed)) = authority.renew_if_usual(&renewal).await {
            let _what_was_answered_stands =
                self.sends_tokens(&renewed.held, renewed.read_at, &renewed.refresh);
        }
        Ok(())
    }

    /// A page of this app renews its token. `None`: it has none.
    pub(crate) async fn renew_for_script(&self) -> Result<Option<Renewed>, SessionError> {
        if self.0.cookies.refresh.is_none() {
            return Ok(None);
        }
        self.may_guess()?;
        match self.renewed_now().await {
            Ok(renewed) => {
                self.sends_tokens(&renewed.held, renewed.read_at, &renewed.refresh)?;
                Ok(Some(renewed))
            }
            Err(SessionError::Denied(Denied::Refused(Refusal::TooMany | Refusal::Conflict))) => {
                Err(Refusal::Conflict.into())
            }
            Err(SessionError::Denied(Denied::Refused(refusal))) => {
                if refusal == Refusal::BadToken {
                    self.count_a_guess();
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a refresh token came along.
    pub(crate) fn has_refresh(&self) -> bool {
        self.0.cookies.refresh.is_some()
    }

    /// Whoever changes their own sign-in holds a token that would be renewed. It is not, here: the change replaces it.
    pub(super) async fn holds_now(&self) -> Result<Held, SessionError> {
        let new = self.0.state.lock().held.clone();
        let seen = self.session();
        if let Some(held) = new {
            return Ok(Held::clone(&held));
        }
        let origin = self.origin();
        let renewal = self.renewal(&origin).ok_or(Refusal::NotSignedIn)?;
        let held = match self.0.site.authority().would_renew(&renewal).await? {
            Some(held) => held,
            None => {
                let renewed = self.0.site.authority().renew(&renewal).await?;
                // If the change fails, this is the token that goes on.
                self.sends_tokens(&renewed.held, renewed.read_at, &renewed.refresh)?;
                renewed.held
            }
        };
        let is_own = seen.as_ref().is_none_or(|seen| seen.subject.is_none() || seen.id == held.session.id);
        if !is_own {
            // Two cookies that do not belong together: nobody knows whose sign-in is meant.
            return Err(Refusal::Ambiguous.into());
        }
        self.0.state.lock().is_due = false;
        Ok(held)
    }

    /// Renews now, for a page that asks for nothing else.
    async fn renewed_now(&self) -> Result<Renewed, SessionError> {
        let origin = self.origin();
        let renewal = self.renewal(&origin).ok_or(Refusal::NotSignedIn)?;
        let renewed = self.0.site.authority().renew(&renewal).await;
        self.0.state.lock().is_due = false;
        Ok(renewed?)
    }

    /// The sign-in goes on with these tokens.
    pub(super) fn goes_on_with(&self, renewed: &Renewed) -> Result<(), SessionError> {
        self.sends_tokens(&renewed.held, renewed.read_at, &renewed.refresh)?;
        self.is_signed_in_by_token(&renewed.held)
    }

    /// A sign-in that has just begun.
    pub(super) fn begins_with(&self, begun: &Begun) -> Result<(), SessionError> {
        self.sends_tokens(&begun.held, begun.read_at, &begun.refresh)?;
        self.is_signed_in_by_token(&begun.held)
    }

    fn is_signed_in_by_token(&self, held: &Held) -> Result<(), SessionError> {
        self.0.state.lock().held = Some(Arc::new(held.clone()));
        self.renew_shown_token(&held.session)?;
        self.is_now(held.session.clone(), Own::Token);
        Ok(())
    }

    /// The cookies of the tokens. The one of the access token lives as long as the sign-in: when its token is over, it still says that
    /// there is one.
    fn sends_tokens(&self, held: &Held, read_at: Time, refresh: &Secret<String>) -> Result<(), SessionError> {
        let Some(lane) = self.lane() else { return Ok(()) };
        let site = &self.0.site;
        let lives = held.family.absolute.since(site.settings().clock.now());
        let cookie = lane.refresh_cookie.set(REFRESH, refresh.expose(), lives);
        let cookie = cookie.map_err(|_| SessionError::from(Refusal::DataTooLarge))?;
        // First of all: whatever becomes of the rest, this token is the one.
        self.0.state.lock().cookies.insert(REFRESH.to_owned(), cookie);
        if lane.keeps == Keeps::InCookies {
            let minted = site.mint(held, read_at)?;
            self.sends(site.ticket_base(), minted.text.expose(), &held.session)?;
        }
        Ok(())
    }

    /// A refresh token whose sign-in shall end, whatever else would be said of it.
    pub(super) async fn end_of_refresh(&self) -> Result<Option<Held>, Denied> {
        match &self.0.cookies.refresh {
            Some(token) if self.lane().is_some() => self.0.site.authority().holder(token).await,
            _ => Ok(None),
        }
    }

    /// An answer that took its time must not put a token over one that a step-up has put in its place meanwhile.
    pub(super) async fn tokens_stand(&self, session: &Session) -> bool {
        let families = self.0.site.authority().session_ticket(session.id).await;
        families.map_or(true, |ticket| ticket == Some(session.ticket))
    }
}
