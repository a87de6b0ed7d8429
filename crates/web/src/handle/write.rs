//! Making durable what was staged.

use super::state::{Handle, Live, Own, Staged};
use crate::cookies::Presented;
use crate::session_error::SessionError;
use crate::site::{CSRF, REFRESH, TICKET, VISITOR};
use cloakroom_authority::Denied;
use cloakroom_authority::carried::Wrapped;
use cloakroom_authority::session::{Checked, SignIn, SignedIn};
use cloakroom_model::records::session::Session;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::Change;
use cloakroom_rules::session::raise::Why as RaiseWhy;

impl Handle {
    /// Writes what is staged. What could not be written is staged again, so that a second try is one.
    pub(super) async fn write(&self) -> Result<(), SessionError> {
        let (sign_in, step_up, change) = {
            let mut state = self.0.state.lock();
            let change = core::mem::take(&mut state.change);
            (state.sign_in.take(), state.step_up.take(), change)
        };
        if let Some(staged) = sign_in {
            let written = self.write_sign_in(&staged, &change).await;
            if written.is_err() {
                self.stage_again(Some(staged), step_up, change);
            }
            return written;
        }
        if let Some(proof) = step_up
            && let Err(error) = self.write_step_up(&proof).await
        {
            self.stage_again(None, Some(proof), change);
            return Err(error);
        }
        if change.is_empty() {
            return Ok(());
        }
        let written = self.write_change(&change).await;
        if written.is_err() {
            self.stage_again(None, None, change);
        }
        written
    }

    fn stage_again(&self, sign_in: Option<Staged>, step_up: Option<LoginProof>, change: Change) {
        let mut state = self.0.state.lock();
        state.sign_in = state.sign_in.take().or(sign_in);
        state.step_up = state.step_up.take().or(step_up);
        let newer = core::mem::take(&mut state.change);
        state.change = change.under(newer);
    }

    async fn write_sign_in(&self, staged: &Staged, change: &Change) -> Result<(), SessionError> {
        self.look().await?;
        let (site, own) = (&self.0.site, self.session());
        let sign_in = SignIn {
            proof: &staged.proof,
            host: &site.0.host,
            class: staged.class,
            groups: &staged.groups,
            parent: staged.parent,
            own: own.as_ref().map(|session| session.id),
            client: self.client(),
            device: &self.0.sender.device(),
            origin: &self.origin(),
            change,
        };
        if let Some(lane) = self.lane() {
            // What is signed in by a token of its own ends as well.
            let before = self.end_of_refresh().await?.map(|held| held.session.id);
            let begun = site.authority().begin(&sign_in, &lane.grant()).await?;
            if let Err(error) = self.begins_with(&begun) {
                // Nobody may go on with what the answer says was not done.
                self.0.state.lock().cookies.remove(REFRESH);
                site.authority().end(begun.held.session.id, CloseWhy::SignOut, &self.by()).await?;
                return Err(error);
            }
            if let Some(before) = before.filter(|before| Some(*before) != sign_in.own) {
                site.authority().end(before, CloseWhy::SignOut, &self.by()).await?;
            }
            return Ok(());
        }
        match site.carrier() {
            Some(carrier) => self.goes_on_in(carrier.sign_in(&sign_in, own.as_deref()).await?),
            None => self.goes_on_under(&site.authority().sign_in(&sign_in).await?),
        }
    }

    async fn write_step_up(&self, proof: &LoginProof) -> Result<(), SessionError> {
        let (site, client, origin) = (&self.0.site, self.client(), &self.origin());
        if self.lane().is_some() {
            let held = self.holds_now().await?;
            let stepped = site.authority().step_up_renewed(&held, proof, client, origin).await?;
            return self.goes_on_with(&stepped);
        }
        self.look_to_confirm().await?;
        let live = self.own()?;
        match (&live.own, &live.record(), site.carrier()) {
            (Own::Stored(checked), ..) => {
                self.goes_on_under(&site.authority().step_up(checked, proof, client, origin).await?)
            }
            (Own::Carried(_) | Own::Wrapped, Some(session), Some(carrier)) => {
                self.goes_on_in(carrier.step_up(session, proof, client, origin).await?)
            }
            (Own::New | Own::Carried(_) | Own::Wrapped | Own::Token, ..) => Err(Refusal::Conflict.into()),
        }
    }

    async fn write_change(&self, change: &Change) -> Result<(), SessionError> {
        self.look().await?;
        let (site, client) = (&self.0.site, self.client());
        if self.live().is_some_and(|live| matches!(live.own, Own::Token)) {
            // A token holds what it was minted with.
            return Err(Refusal::HoldsNoData.into());
        }
        match (self.session(), self.dead(), site.carrier()) {
            (Some(session), _, Some(carrier)) => self.goes_on_in(carrier.patch(&session, change)?),
            (Some(session), _, None) => {
                let written = site.authority().patch(session.id, change).await?;
                if let Some(live) = self.live() {
                    live.is_now(written.session);
                }
                Ok(())
            }
            (None, Some(refusal), _) => Err(refusal.into()),
            (None, None, Some(carrier)) => {
                self.goes_on_in(carrier.open_anonymous(&site.0.host, client, change).await?)
            }
            (None, None, None) => {
                let written = site.authority().open_anonymous(&site.0.host, client, change).await?;
                if let Some(ticket) = &written.ticket {
                    self.sends(VISITOR, ticket.to_text().expose(), &written.session)?;
                }
                self.0.state.lock().seen = Live::written(Own::New, written.session);
                Ok(())
            }
        }
    }

    /// Ends the session of this request, whatever else would be said of its cookie.
    pub(super) async fn end(&self) -> Result<bool, Denied> {
        let (site, authority, by) = (&self.0.site, self.0.site.authority(), self.by());
        let why = CloseWhy::SignOut;
        let mut ended = false;
        if let Some(seen) = self.bearer() {
            let by_session = self.account().and_then(|(subject, _)| subject);
            if by_session.is_some_and(|other| other != seen.token().subject) {
                // The token of one and the cookie of another: nobody knows who is meant.
                return Err(Refusal::Ambiguous.into());
            }
            // Whoever shows a token signs out of what it was minted from.
            ended = authority.end(seen.token().session, why, &by).await?;
        }
        if let Some(session) = self.session() {
            ended |= match site.carrier() {
                Some(carrier) => carrier.end(&session, why, &by).await?,
                None => authority.end(session.id, why, &by).await?,
            };
            if session.subject.is_some() {
                return Ok(ended);
            }
        }
        if let Some(held) = self.end_of_refresh().await? {
            ended |= authority.end(held.session.id, why, &by).await?;
        }
        // Also behind a visitor's session: at an entrance a ticket that opens nothing now is not looked at.
        for candidate in self.0.cookies.ticket.candidates() {
            ended |= match (candidate, site.carrier()) {
                (Presented::Ticket(ticket), _) => authority.end_of_ticket(ticket, why, &by).await?,
                (Presented::Carried(value), Some(carrier)) => {
                    carrier.end_of(&site.0.names.ticket, value, why, &by).await?
                }
                _ => false,
            };
        }
        Ok(ended)
    }

    /// Ends everything of the user but this session. Answers how many stored sessions that were.
    pub(super) async fn write_end_of_others(&self, why: &RaiseWhy) -> Result<u32, SessionError> {
        let (site, by) = (&self.0.site, self.by());
        if self.lane().is_some() {
            let held = self.holds_now().await?;
            let (ended, kept) = site.authority().end_others_renewed(&held, why, &by).await?;
            self.goes_on_with(&kept)?;
            return Ok(ended);
        }
        let live = self.own()?;
        match (&live.own, &live.record(), site.carrier()) {
            (Own::Stored(checked), ..) => {
                let (ended, kept) = site.authority().end_others(checked, why, &by).await?;
                self.goes_on_under(&kept)?;
                Ok(ended)
            }
            (Own::Carried(_) | Own::Wrapped, Some(session), Some(carrier)) => {
                self.goes_on_in(carrier.end_others(session, why, &by).await?)?;
                Ok(0)
            }
            (Own::New | Own::Carried(_) | Own::Wrapped | Own::Token, ..) => Err(Refusal::Conflict.into()),
        }
    }

    pub(super) fn goes_on_under(&self, new: &SignedIn) -> Result<(), SessionError> {
        self.sends(TICKET, new.ticket.to_text().expose(), &new.session)?;
        let checked = self.0.site.authority().newly(new, &self.0.site.0.host, self.client());
        self.renew_shown_token(&new.session)?;
        self.is_now(new.session.clone(), Own::Stored(checked));
        Ok(())
    }

    fn goes_on_in(&self, new: Wrapped) -> Result<(), SessionError> {
        let base = if new.session.subject.is_some() { TICKET } else { VISITOR };
        self.sends(base, new.value.expose(), &new.session)?;
        self.renew_shown_token(&new.session)?;
        self.is_now(new.session, Own::Wrapped);
        Ok(())
    }

    pub(super) fn is_now(&self, session: Session, own: Own) {
        let mut state = self.0.state.lock();
        if session.subject.is_some() && !matches!(self.0.cookies.visitor, Presented::Nothing) {
            let cleared = self.0.site.settings().cookie.clear(VISITOR);
            state.cookies.insert(VISITOR.to_owned(), cleared);
        }
        (state.seen, state.is_due) = (Live::written(own, session), false);
    }

    pub(super) fn sends(&self, base: &str, value: &str, session: &Session) -> Result<(), SessionError> {
        let settings = self.0.site.settings();
        let lives = session.absolute.since(settings.clock.now());
        let cookie = settings.cookie.set(base, value, lives);
        let cookie = cookie.map_err(|_| SessionError::from(Refusal::DataTooLarge))?;
        self.0.state.lock().cookies.insert(base.to_owned(), cookie);
        Ok(())
    }

    /// What the check itself wants to go along: a late answer must not put something dead over something newer.
    pub(super) async fn renew(&self) -> Result<(), SessionError> {
        let Some(live) = self.live() else { return Ok(()) };
        let is_due = self.0.state.lock().is_due;
        let is_due = is_due && !self.0.state.lock().signed_out;
        match (&live.own, &live.record(), self.0.site.carrier()) {
            (Own::Stored(checked), ..) => self.offer(checked).await,
            (Own::Carried(_), Some(session), Some(carrier)) if is_due && carrier.stands(session) => {
                // What has no room to note a changed client goes on as it is.
                carrier.wrap(Session::clone(session)).map_or(Ok(()), |wrapped| self.goes_on_in(wrapped))
            }
            (Own::Token, ..) if is_due => self.renew_with_the_answer().await,
            (Own::New | Own::Carried(_) | Own::Wrapped | Own::Token, ..) => Ok(()),
        }
    }

    /// What was committed early may be overtaken when the answer is there: a cookie that opens nothing must not stand over
    /// one that does.
    pub(super) async fn drop_what_is_dead(&self) {
        let Some(live) = self.live().filter(|_| self.0.state.lock().was_early) else { return };
        let stands = match (&live.own, &live.record(), self.0.site.carrier()) {
            (Own::Wrapped, Some(session), Some(carrier)) => carrier.stands_apart(session),
            (Own::Stored(checked), ..) => self.0.site.authority().offer_stands(checked).await.unwrap_or(true),
            (Own::Token, Some(session), _) => self.tokens_stand(session).await,
            _ => true,
        };
        let Some(record) = live.record().filter(|_| !stands) else { return };
        let mut state = self.0.state.lock();
        let base = if record.subject.is_some() { self.0.site.ticket_base() } else { VISITOR };
        if state.signed_out {
            let cleared = self.0.site.settings().cookie.clear(base);
            state.cookies.insert(base.to_owned(), cleared);
        } else {
            state.cookies.remove(base);
            state.cookies.remove(CSRF);
            state.cookies.remove(REFRESH);
        }
    }

    async fn offer(&self, checked: &Checked) -> Result<(), SessionError> {
        let Some(ticket) = checked.offered() else { return Ok(()) };
        if self.0.site.authority().offer_stands(checked).await.is_ok_and(|stands| stands) {
            let session = checked.session()?;
            let base = if session.subject.is_some() { TICKET } else { VISITOR };
            self.sends(base, ticket.to_text().expose(), &session)?;
            // One made now is good under both tickets.
            self.renew_shown_token(&session)?;
        }
        Ok(())
    }
}
