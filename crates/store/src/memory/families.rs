//! The verbs of refresh families.

use super::state::{MemoryStore, Verb};
use crate::families::{Families, Held, How, Present, Presented, Standing, Worth, follows, weigh};
use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};

#[async_trait]
impl Families for MemoryStore {
    async fn find(&self, family: FamilyId) -> Answer<Option<Held>> {
        let book = self.book.read();
        Ok(book.families.get(&family).and_then(|family| {
            let session = self.shards.row(book.tickets.get(&family.session)?)?.session;
            Some(Held { family: family.clone(), session })
        }))
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        let book = self.book.read();
        let families = book.families_of.get(&session).into_iter().flatten();
        Ok(families.filter_map(|family| book.families.get(family)).cloned().collect())
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        let mut verb = self.verb();
        let Some(family) = verb.book.families.get(&present.family).cloned() else {
            return Ok(Presented::Absent);
        };
        let session = verb.live(family.session).map(|row| row.session);
        let is_live = session.as_ref().is_some_and(|session| session.ticket == family.ticket);
        let is_live = is_live && !verb.is_taken_back(&family);
        let standing = Standing { is_live, may_be_behind: false, now: verb.now };
        let held = |family| session.map(|session| Box::new(Held { family, session }));
        let renewed =
            |how, family| held(family).map_or(Presented::Denied, |held| Presented::Renewed(how, held));
        Ok(match weigh(&family, &present.asked, &standing) {
            Worth::Expired => Presented::Expired,
            Worth::Denied => Presented::Denied,
            Worth::Overtaken => Presented::Overtaken,
            Worth::Same => renewed(How::Repeated, family),
            Worth::Next(next, how) => {
                verb.book.families.insert(next.id, (*next).clone());
                verb.done(&present.renewed);
                renewed(how, *next)
            }
            Worth::WentBack => Presented::WentBack(verb.done(&present.went_back)),
            Worth::Theft => {
                verb.remove(family.session);
                Presented::Theft(verb.done(&present.theft))
            }
        })
    }
}

impl Verb<'_> {
    /// Whether a family goes on as it shall: nobody else has renewed it.
    pub(super) fn may_go_on(&self, next: Option<&Family>) -> bool {
        let current = |next: &Family| self.book.families.get(&next.id);
        next.is_none_or(|next| current(next).is_some_and(|current| follows(next, current)))
    }

    pub(super) fn go_on(&mut self, next: Option<Family>) {
        if let Some(next) = next {
            self.book.families.insert(next.id, next);
        }
    }

    fn is_taken_back(&self, family: &Family) -> bool {
        let at_least = |key| self.book.at_least(&key).unwrap_or_default();
        at_least(FactKey::Family(family.id)) > 0
            || at_least(FactKey::Client(family.client)) > family.client_generation
    }
}
