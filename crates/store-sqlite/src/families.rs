//! The verbs of refresh families.

use crate::family_rows;
use crate::store::SqliteStore;
use crate::writer::Work;
use async_trait::async_trait;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Generations, Session};
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::families::{Families, Held, How, Present, Presented, Standing, Worth, follows, weigh};
use cloakroom_store::fault::Answer;
use rusqlite::Result;

#[async_trait]
impl Families for SqliteStore {
    async fn find(&self, id: FamilyId) -> Answer<Option<Held>> {
        self.readers.read(|connection| {
            let found = family_rows::with_session(connection, id)?;
            Ok(found.map(|(family, kept)| Held { family, session: kept.row.session }))
        })
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        self.readers.read(|connection| family_rows::of_session(connection, session))
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        self.writer.run(move |work| work.present(&present).map(Ok)).await
    }
}

impl Work<'_> {
    /// A family with its session as they stand now, and whether anything has ended them.
    fn standing(&self, id: FamilyId) -> Result<Option<(Family, Session, bool)>> {
        let Some((family, kept)) = family_rows::with_session(self.connection, id)? else { return Ok(None) };
        let [of_family, of_client, epoch] = family_rows::facts(self.connection, &family)?;
        let session = kept.row.session;
        let truth = Generations { user: kept.user, epoch };
        let is_dead = session.expires() <= self.now || session.generations.superseded_by(truth);
        let is_taken_back = of_family > 0 || of_client > family.client_generation;
        Ok(Some((family, session, !is_dead && !is_taken_back)))
    }

    fn present(&mut self, present: &Present) -> Result<Presented> {
        let Some((family, session, is_good)) = self.standing(present.family)? else {
            return Ok(Presented::Absent);
        };
        let is_live = is_good && session.ticket == family.ticket;
        let standing = Standing { is_live, may_be_behind: false, now: self.now };
        let renewed = |how, family| Presented::Renewed(how, Box::new(Held { family, session }));
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

    /// Whether a family goes on as it shall: nobody else has renewed it.
    pub(crate) fn may_go_on(&self, next: Option<&Family>) -> Result<bool> {
        let Some(next) = next else { return Ok(true) };
        let current = family_rows::with_session(self.connection, next.id)?;
        Ok(current.is_some_and(|(current, _)| follows(next, &current)))
    }

    pub(crate) fn go_on(&self, next: Option<&Family>) -> Result<()> {
        next.map_or(Ok(()), |next| family_rows::update(self.connection, next))
    }
}
