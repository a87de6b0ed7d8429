//! The verbs of refresh families.

use crate::family_rows;
use crate::rows;
use crate::store::SqliteStore;
use crate::writer::Work;
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::families::{
    Families, Held, How, Present, Presented, Rebind, Rebound, Standing, Worth, continues, weigh,
};
use cloakroom_store::fault::Answer;
use rusqlite::Result;

#[async_trait]
impl Families for SqliteStore {
    async fn find(&self, id: FamilyId) -> Answer<Option<Held>> {
        self.readers.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let Some(family) = family_rows::by_id(&snapshot, id)? else { return Ok(None) };
            let kept = rows::by_id(&snapshot, family.session)?;
            Ok(kept.map(|kept| Held { family, session: kept.row.session }))
        })
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        self.readers.read(|connection| family_rows::of_session(connection, session))
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        self.writer.run(move |work| work.present(&present).map(Ok)).await
    }

    async fn rebind(&self, rebind: Rebind, trail: &Trail) -> Answer<Rebound> {
        let trail = trail.clone();
        self.writer.run(move |work| work.rebind(&rebind, &trail).map(Ok)).await
    }
}

impl Work<'_> {
    fn is_taken_back(&self, family: &Family) -> Result<bool> {
        let at_least = |key: FactKey| {
            Ok::<_, rusqlite::Error>(rows::at_least(self.connection, &key)?.unwrap_or_default())
        };
        Ok(at_least(FactKey::Family(family.id))? > 0
            || at_least(FactKey::Client(family.client))? > family.client_generation)
    }

    fn present(&mut self, present: &Present) -> Result<Presented> {
        let Some(family) = family_rows::by_id(self.connection, present.family)? else {
            return Ok(Presented::Absent);
        };
        let session = self.live(family.session)?.map(|kept| kept.row.session);
        let is_live = session.as_ref().is_some_and(|session| session.ticket == family.ticket)
            && !self.is_taken_back(&family)?;
        let standing = Standing { is_live, may_be_behind: false, now: self.now };
        let held = |family| session.map(|session| Box::new(Held { family, session }));
        let renewed =
            |how, family| held(family).map_or(Presented::Denied, |held| Presented::Renewed(how, held));
        Ok(match weigh(&family, &present.asked, &standing) {
            Worth::Expired => Presented::Expired,
            Worth::Denied => Presented::Denied,
            Worth::Overtaken => Presented::Overtaken,
            Worth::Same => renewed(How::Repeated, family),
            Worth::Next(next, how) => {
                family_rows::update(self.connection, &next)?;
                self.done(&present.renewed)?;
                renewed(how, *next)
            }
            Worth::WentBack => Presented::WentBack(self.done(&present.went_back)?),
            Worth::Theft => {
                self.remove(family.session)?;
                Presented::Theft(self.done(&present.theft)?)
            }
        })
    }

    fn rebind(&mut self, rebind: &Rebind, trail: &Trail) -> Result<Rebound> {
        let Some(family) = family_rows::by_id(self.connection, rebind.family)? else {
            return Ok(Rebound::Gone);
        };
        let Some(kept) = self.live(family.session)? else { return Ok(Rebound::Gone) };
        if self.is_taken_back(&family)? {
            return Ok(Rebound::Gone);
        }
        let Some(next) = continues(&family, rebind, &kept.row.session, self.now) else {
            return Ok(Rebound::Stale);
        };
        family_rows::update(self.connection, &next)?;
        Ok(Rebound::Done(self.done(trail)?, next.into()))
    }
}
