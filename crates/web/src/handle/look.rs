//! Looking at the session: in memory where it is known, else in the store, or in the cookie itself.

use super::state::{Handle, Live, Own, Seen, Shared};
use crate::cookies::Presented;
use crate::site::Names;
use cloakroom_authority::Denied;
use cloakroom_authority::carried::Presented as ShowingCarried;
use cloakroom_authority::session::{Checked, Presented as Showing};
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::check::Purpose;

impl Handle {
    /// Looks at the session, once: in memory where it is known, else in the store.
    pub async fn look(&self) -> Result<(), Denied> {
        if !matches!(self.0.state.lock().seen, Seen::Unseen) {
            return Ok(());
        }
        let seen = self.seen(Purpose::Use).await?;
        self.0.state.lock().seen = seen;
        Ok(())
    }

    /// Looks at the session to confirm who it is: one whose client has changed opens nothing else (`BindingPolicy::StepUp`).
    /// For the page that asks for the fresh proof, and for nothing beside it.
    pub async fn look_to_confirm(&self) -> Result<(), Denied> {
        self.look().await?;
        if self.dead() == Some(Refusal::StepUpRequired) {
            let seen = self.seen(Purpose::StepUp).await?;
            self.0.state.lock().seen = seen;
        }
        Ok(())
    }

    async fn seen(&self, purpose: Purpose) -> Result<Seen, Denied> {
        let Names { ticket, visitor, .. } = &self.0.site.0.names;
        match (&self.0.cookies.ticket, &self.0.cookies.visitor) {
            (Presented::Nothing, Presented::Nothing) => Ok(Seen::Nobody),
            // A visitor loses nothing that was theirs alone: the next write opens a new session.
            (Presented::Nothing, presented) => {
                self.opened(visitor, presented, purpose, |_| Seen::Nobody).await
            }
            (presented, _) => self.opened(ticket, presented, purpose, Seen::Dead).await,
        }
    }

    async fn opened(
        &self,
        name: &str,
        presented: &Presented,
        purpose: Purpose,
        refused: fn(Refusal) -> Seen,
    ) -> Result<Seen, Denied> {
        let seen = match presented {
            Presented::Ticket(ticket) => self.check(ticket, purpose).await,
            Presented::Carried(value) => self.open(name, value, purpose).await,
            Presented::Nothing | Presented::Garbage => Err(Refusal::NotSignedIn.into()),
        };
        match seen {
            // Nobody has looked: that says nothing of the ticket.
            Err(Denied::Refused(refusal)) if refusal != Refusal::TooMany => Ok(refused(refusal)),
            seen => seen,
        }
    }

    /// Opens a cookie that carries its session.
    async fn open(&self, name: &str, value: &str, purpose: Purpose) -> Result<Seen, Denied> {
        let Shared { site, renewable, .. } = &*self.0;
        let carrier = site.carrier().ok_or(Refusal::NotSignedIn)?;
        let (client, origin, host) = (self.client(), &self.origin(), &site.0.host);
        let showing = ShowingCarried { name, value, host, client, origin, purpose };
        let opened = carrier.open(&showing).await?;
        self.0.state.lock().is_due = opened.is_due && *renewable;
        Ok(Live::seen(Own::Carried(opened.session)))
    }

    async fn check(&self, ticket: &Ticket, purpose: Purpose) -> Result<Seen, Denied> {
        let Shared { site, renewable, .. } = &*self.0;
        let (client, host) = (self.client(), &site.0.host);
        let known = if purpose == Purpose::Use { site.authority().known(ticket, host, client) } else { None };
        let checked = match known {
            Some(answer) => answer?,
            None => {
                let (origin, renewable) = (&self.origin(), *renewable);
                self.check_unknown(&Showing { ticket, host, client, origin, renewable, purpose }).await?
            }
        };
        Ok(Live::seen(Own::Stored(checked)))
    }

    /// Asks the truth, unless the network has guessed too often: then only what is known already is let in.
    async fn check_unknown(&self, showing: &Showing<'_>) -> Result<Checked, Denied> {
        let (site, network) = (&self.0.site, self.client().address.as_deref());
        let now = site.settings().clock.now();
        if network.is_some_and(|network| site.0.guesses.lock().are_too_many(network, now)) {
            return Err(Refusal::TooMany.into());
        }
        let answer = site.authority().check(showing).await;
        if let (Err(Denied::Refused(Refusal::NotSignedIn)), Some(network)) = (&answer, network) {
            site.0.guesses.lock().count(network, now);
        }
        answer
    }
}
