//! The verbs of refresh families.

use crate::error::Result;
use crate::family_rows;
use crate::rows;
use crate::store::PostgresStore;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::families::{Families, Held, How, Present, Presented, Standing, Worth, follows, weigh};
use cloakroom_store::fault::Answer;

#[async_trait]
impl Families for PostgresStore {
    async fn find(&self, id: FamilyId) -> Answer<Option<Held>> {
        self.read(move |connection| async move {
            let found = family_rows::with_session(&connection, id).await?;
            Ok(found.map(|(family, kept)| Held { family, session: kept.row.session }))
        })
        .await
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        self.read(move |connection| async move { family_rows::of_session(&connection, session).await }).await
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        self.writer.run(Presenting(present)).await
    }
}

struct Presenting(Present);

impl Verb for Presenting {
    type Answer = Presented;

    async fn run(&self, work: &mut Work<'_>) -> Result<Presented> {
        let (present, connection) = (&self.0, work.connection);
        let Some((family, kept)) = family_rows::held(connection, present.family).await? else {
            return Ok(Presented::Absent);
        };
        let session = kept.row.session;
        // Read after the rows were held: what waited for them waited for what has ended them.
        let truth = rows::generations(connection, session.subject.as_ref()).await?;
        let [of_family, of_client] = family_rows::facts(connection, &family).await?;
        let is_dead = session.expires() <= work.now || session.generations.superseded_by(truth);
        let is_taken_back = of_family > 0 || of_client > family.client_generation;
        let is_live = !is_dead && !is_taken_back && session.ticket == family.ticket;
        let standing = Standing { is_live, may_be_behind: false, now: work.now };
        let renewed = |how, family| Presented::Renewed(how, Box::new(Held { family, session }));
        Ok(match weigh(&family, &present.asked, &standing) {
            Worth::Expired => Presented::Expired,
            Worth::Denied => Presented::Denied,
            Worth::Overtaken => Presented::Overtaken,
            Worth::Same => renewed(How::Repeated, family),
            Worth::Next(next, how) => {
                family_rows::update(connection, &next).await?;
                work.done(&present.renewed).await?;
                renewed(how, *next)
            }
            Worth::WentBack => Presented::WentBack(work.done(&present.went_back).await?),
            Worth::Theft => {
                work.remove(family.session).await?;
                Presented::Theft(work.done(&present.theft).await?)
            }
        })
    }
}

impl Work<'_> {
    /// Whether a family goes on as it shall: nobody else has renewed it.
    pub(crate) async fn may_go_on(&self, next: Option<&Family>) -> Result<bool> {
        let Some(next) = next else { return Ok(true) };
        let current = family_rows::held(self.connection, next.id).await?;
        Ok(current.is_some_and(|(current, _)| follows(next, &current)))
    }

    pub(crate) async fn go_on(&self, next: Option<&Family>) -> Result<()> {
        match next {
            Some(next) => family_rows::update(self.connection, next).await,
            None => Ok(()),
        }
    }
}
