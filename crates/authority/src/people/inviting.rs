//! Asking somebody to join, and thinking better of it.

use super::message::Says;
use super::{NotDone, People};
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::request::About;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::link::Link;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::subject::Group;
use cloakroom_rules::audit::tell::By;
use cloakroom_store::requests::{Asking, Withdrawn};

impl People {
    /// Asks somebody to join. Answers the link, which goes to them by mail too. Earlier ones to that address are void.
    pub async fn invite(&self, email: &LoginName, groups: Vec<Group>, by: &By) -> Result<Link, NotDone> {
        let stores = &self.0.authority.0.stores;
        if stores.directory.by_name(email).await?.is_some() {
            return Err(NotDone::Taken);
        }
        let about = About::Invitation { email: email.clone(), groups };
        let guest = self.guest(self.active(), email)?;
        let (link, request) =
            self.begin(None, Some((guest, self.epoch().await?)), about, self.0.policy.invitations)?;
        let sent = Link::parse(link.to_text().expose()).map_err(|_| NotDone::LinkGone)?;
        let letter = self.letter(email, "", "", Says::Invitation(sent), Some(request.expires))?;
        let trail = self.tells_of_guest(email, EventName::LinkAsked, by)?;
        let asking = Asking { void: self.guests(email)?, ask: vec![request], post: vec![letter] };
        stores.requests.ask(asking, &trail).await?;
        Ok(link)
    }

    /// Takes back that somebody was asked to join. Answers how many links are void now.
    pub async fn uninvite(&self, email: &LoginName, by: &By) -> Result<u32, NotDone> {
        let trail = self.tells_of_guest(email, EventName::LinkWithdrawn, by)?;
        let mut ended = 0;
        for guest in self.guests(email)? {
            if let Withdrawn::Done(_, some) =
                self.0.authority.0.stores.requests.withdraw(guest, &trail).await?
            {
                ended += some;
            }
        }
        Ok(ended)
    }

    /// Whose an invitation is: nobody's yet, so that of an address, which does not stand in the store by itself.
    fn guest(&self, kid: u16, email: &LoginName) -> Result<UserId, NotDone> {
        let mut id = [0; 16];
        let digest = self.guest_digest(kid, email)?;
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Ok(UserId::from_bytes(id))
    }

    /// The same under every root key.
    pub(super) fn guests(&self, name: &LoginName) -> Result<Vec<UserId>, NotDone> {
        self.0.authority.0.ring.kids().map(|kid| self.guest(kid, name)).collect()
    }

    fn tells_of_guest(&self, email: &LoginName, name: EventName, by: &By) -> Result<Trail, NotDone> {
        let engine = &self.0.authority;
        let subject = self.pseudonym(email.key())?.ok_or(NotDone::Nobody)?;
        let event = by.tells_of_subject(&subject, name, Reason::Invited, engine.now(), &*engine.0.entropy)?;
        Ok(Trail { facts: Vec::new(), events: vec![event] })
    }
}
