//! Looking at the session: in memory where it is known, else in the store, or in the cookie itself.

use super::state::{Handle, Live, Own, Seen, Shared};
use crate::cookies::Presented;
use crate::lane::Keeps;
use cloakroom_authority::Denied;
use cloakroom_authority::carried::{Opened, Presented as ShowingCarried};
use cloakroom_authority::session::Presented as Showing;
use cloakroom_model::records::event::Reason;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::check::Purpose;

/// The cookie that counts: its name, what is in it, and what it is when it opens nothing.
struct Shown<'a> {
    name: &'a str,
    presented: &'a Presented,
    refused: fn(Refusal) -> Seen,
}

impl Shown<'_> {
    fn seen(&self, answer: Result<Own, Denied>) -> Result<Seen, Denied> {
        match answer {
            Ok(own) => Ok(Live::seen(own)),
            // Nobody has looked: that says nothing of the ticket.
            Err(Denied::Refused(refusal @ (Refusal::TooMany | Refusal::Conflict))) => Err(refusal.into()),
            Err(Denied::Refused(refusal)) => Ok((self.refused)(refusal)),
            Err(denied) => Err(denied),
        }
    }
}

/// Two tickets of one session are that session. Two cookies that carry one say two things of it, and nobody knows which of
/// them the browser holds.
fn is_another(one: &Own, other: &Own) -> bool {
    match (one, other) {
        (Own::Stored(one), Own::Stored(other)) => one.session_id() != other.session_id(),
        _ => true,
    }
}

/// Whether a session opens nothing here any more, whatever is proven: who wants in signs in anew.
const fn is_over(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotSignedIn
            | Refusal::Expired(_)
            | Refusal::Ended
            | Refusal::TwoHolders
            | Refusal::ClientChanged
            | Refusal::Tampered
            | Refusal::Conflict
    )
}

/// Of two refusals the one that says more: that nobody has looked, or what can be done; junk says nothing.
fn weightier(one: Refusal, other: Option<Refusal>) -> Refusal {
    let weight = |refusal: &Refusal| match refusal {
        Refusal::TooMany => 3,
        Refusal::StepUpRequired => 2,
        Refusal::NotSignedIn => 0,
        _ => 1,
    };
    other.filter(|other| weight(other) >= weight(&one)).unwrap_or(one)
}

impl Handle {
    /// Looks at the session, once: in memory where it is known, else in the store.
    pub async fn look(&self) -> Result<(), Denied> {
        if !matches!(self.0.state.lock().seen, Seen::Unseen) {
            return Ok(());
        }
        let shown = self.shown();
        let mut seen = match self.known(&shown) {
            Some(known) => known?,
            // In a box of its own, so that nobody else's future has to have room for it.
            None => match Box::pin(self.asked(&shown, Purpose::Use)).await {
                Err(Denied::Refused(Refusal::Conflict)) if self.is_entrance() => {
                    Seen::Dead(Refusal::Conflict)
                }
                asked => asked?,
            },
        };
        seen = match seen {
            Seen::Dead(refusal) if is_over(refusal) && self.is_entrance() => {
                // Whose session is over must be able to get in again: here they are a visitor.
                Box::pin(self.asked(&self.of_visitor(), Purpose::Use)).await?
            }
            Seen::Dead(Refusal::StepUpRequired) if self.is_confirm_page() => {
                Box::pin(self.asked(&shown, Purpose::StepUp)).await?
            }
            seen => seen,
        };
        self.0.state.lock().seen = seen;
        Ok(())
    }

    /// Looks at the session to confirm who it is: one whose client has changed opens nothing else (`BindingPolicy::StepUp`).
    /// For the page that asks for the fresh proof, and for nothing beside it.
    pub async fn look_to_confirm(&self) -> Result<(), Denied> {
        self.look().await?;
        if self.dead() == Some(Refusal::StepUpRequired) {
            let seen = Box::pin(self.asked(&self.shown(), Purpose::StepUp)).await?;
            self.0.state.lock().seen = seen;
        }
        Ok(())
    }

    fn shown(&self) -> Shown<'_> {
        match &self.0.cookies.ticket {
            Presented::Nothing => self.of_visitor(),
            presented => Shown { name: &self.0.site.0.names.ticket, presented, refused: Seen::Dead },
        }
    }

    /// A visitor loses nothing that was theirs alone: the next write opens a new session.
    fn of_visitor(&self) -> Shown<'_> {
        let (name, presented) = (&self.0.site.0.names.visitor, &self.0.cookies.visitor);
        let refused = |refusal| match refusal {
            Refusal::Ambiguous => Seen::Dead(refusal),
            _ => Seen::Nobody,
        };
        Shown { name, presented, refused }
    }

    /// What memory says at once, if it knows.
    fn known(&self, shown: &Shown<'_>) -> Option<Result<Seen, Denied>> {
        let Shared { site, .. } = &*self.0;
        let (client, host) = (self.client(), &site.0.host);
        let known = match shown.presented {
            Presented::Ticket(ticket) => site.authority().known(ticket, host, client)?.map(Own::Stored),
            Presented::Carried(value) if self.is_by_token(shown.name) => {
                return self.known_by_access(value);
            }
            Presented::Carried(value) => {
                Ok(self.carried(site.carrier()?.known(shown.name, value, host, client)?))
            }
            Presented::Several(_) => return None,
            Presented::Nothing | Presented::Garbage => Err(Refusal::NotSignedIn.into()),
        };
        Some(shown.seen(known))
    }

    fn is_by_token(&self, name: &str) -> bool {
        self.keeps() == Keeps::InCookies && name == self.0.site.0.names.ticket
    }

    /// What the truth says. Of several cookies exactly one may be live: which one is meant cannot be told otherwise.
    async fn asked(&self, shown: &Shown<'_>, purpose: Purpose) -> Result<Seen, Denied> {
        if self.is_by_token(shown.name) && !matches!(shown.presented, Presented::Nothing) {
            let asked = self.ask_refresh().await;
            return match asked {
                Ok(session) => Ok(Live::written(Own::Token, session)),
                Err(denied) => shown.seen(Err(denied)),
            };
        }
        let (mut live, mut refused) = (None, None);
        for candidate in shown.presented.candidates() {
            match self.ask(shown.name, candidate, purpose).await {
                Ok(own) => match &live {
                    Some(first) if is_another(first, &own) => {
                        self.0.site.authority().tell_of_cookie(Reason::Duplicate, &self.origin()).await?;
                        return shown.seen(Err(Refusal::Ambiguous.into()));
                    }
                    Some(_) => {}
                    None => live = Some(own),
                },
                Err(Denied::Refused(refusal)) => refused = Some(weightier(refusal, refused)),
                Err(denied) => return Err(denied),
            }
        }
        let is_guess =
            !matches!(shown.presented, Presented::Nothing) && refused == Some(Refusal::NotSignedIn);
        if live.is_none() && is_guess {
            self.count_a_guess();
        }
        shown.seen(live.ok_or_else(|| refused.unwrap_or(Refusal::NotSignedIn).into()))
    }

    /// Asks the store, or opens the cookie itself.
    async fn ask(&self, name: &str, presented: &Presented, purpose: Purpose) -> Result<Own, Denied> {
        let Shared { site, renewable, .. } = &*self.0;
        let (client, host, origin, renewable) = (self.client(), &site.0.host, &self.origin(), *renewable);
        match presented {
            Presented::Ticket(ticket) => {
                self.may_guess()?;
                let showing = Showing { ticket, host, client, origin, renewable, purpose };
                site.authority().check(&showing).await.map(Own::Stored)
            }
            Presented::Carried(value) => {
                let carrier = site.carrier().ok_or(Refusal::NotSignedIn)?;
                let showing = ShowingCarried { name, value, host, client, origin, purpose };
                carrier.open(&showing).await.map(|opened| self.carried(opened))
            }
            Presented::Nothing | Presented::Garbage | Presented::Several(_) => {
                Err(Refusal::NotSignedIn.into())
            }
        }
    }

    /// A network that has guessed too often is let in with what is known already, and nothing is looked up for it.
    pub fn may_guess(&self) -> Result<(), Denied> {
        let (site, network) = (&self.0.site, self.client().address.as_deref());
        let now = site.settings().clock.now();
        if network.is_some_and(|network| site.0.guesses.lock().are_too_many(network, now)) {
            return Err(Refusal::TooMany.into());
        }
        Ok(())
    }

    /// What was presented opens nothing, and nobody was ever given it.
    pub fn count_a_guess(&self) {
        if let Some(network) = self.client().address.as_deref() {
            let now = self.0.site.settings().clock.now();
            self.0.site.0.guesses.lock().count(network, now);
        }
    }

    fn carried(&self, opened: Opened) -> Own {
        self.0.state.lock().is_due = opened.is_due && self.0.renewable;
        Own::Carried(opened.session)
    }
}

#[cfg(test)]
mod tests;
