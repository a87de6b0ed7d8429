//! The verbs of refresh families. They lie in the cell of their session, and end with it.

use crate::draft::Draft;
use crate::halt::Step;
use crate::store::SplitStore;
use crate::verbs::{Plan, Verb};
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::text::Malformed;
use cloakroom_store::cells::CellKey;
use cloakroom_store::families::{Families, Held, How, Present, Presented, Standing, Worth, weigh};
use cloakroom_store::fault::Answer;

use crate::steps::Found;

#[async_trait]
impl Families for SplitStore {
    async fn find(&self, family: FamilyId) -> Answer<Option<Held>> {
        self.front.run(Finding(family)).await
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        self.front.run(Listing(session)).await
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        self.front.run(Presenting(present)).await
    }
}

struct Finding(FamilyId);
struct Listing(SessionId);
struct Presenting(Present);

impl Draft<'_> {
    /// A family and its session.
    async fn family(&mut self, id: FamilyId) -> Step<Option<(Family, Found)>> {
        let Some(bytes) = self.read(CellKey::Family(id)).await? else { return Ok(None) };
        let session = SessionId::from_bytes(bytes.try_into().map_err(|_| Malformed)?);
        let Some(found) = self.find(session).await? else { return Ok(None) };
        Ok(found.kept.family(id).cloned().map(|family| (family, found)))
    }
}

impl Verb for Finding {
    type Answer = Option<Held>;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let found = draft.family(self.0).await?;
        Ok(Plan::Nothing(found.map(|(family, found)| Held { family, session: found.kept.row.session })))
    }
}

impl Verb for Listing {
    type Answer = Vec<Family>;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let found = draft.find(self.0).await?;
        let mut families = found.map(|found| found.kept.families).unwrap_or_default();
        families.sort_by_key(|family| family.id);
        Ok(Plan::Nothing(families))
    }
}

impl Verb for Presenting {
    type Answer = Presented;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Presented>> {
        let present = &self.0;
        let Some((family, Found { kept, truth })) = draft.family(present.family).await? else {
            return Ok(Plan::Nothing(Presented::Absent));
        };
        let session = kept.session().clone();
        let facts = [FactKey::Family(family.id), FactKey::Client(family.client)];
        let known = draft.front.durable.ledger.known(&facts).await?;
        let at_least = |place: usize| known.get(place).copied().flatten().unwrap_or_default();
        let is_dead = session.expires() <= draft.now || session.generations.superseded_by(truth);
        let is_taken_back = at_least(0) > 0 || at_least(1) > family.client_generation;
        let is_live = !is_dead && !is_taken_back && session.ticket == family.ticket;
        // It matters for one that the store does not know yet, and for no other.
        let may_be_behind = present.asked.generation > family.generation
            && draft.front.cells.lost_at().await?.is_some_and(|lost| lost > family.last_used);
        let standing = Standing { is_live, may_be_behind, now: draft.now };
        let renewed = |how, family| Presented::Renewed(how, Box::new(Held { family, session }));
        Ok(match weigh(&family, &present.asked, &standing) {
            Worth::Expired => Plan::Nothing(Presented::Expired),
            Worth::Denied => Plan::Nothing(Presented::Denied),
            Worth::Overtaken => Plan::Nothing(Presented::Overtaken),
            Worth::Same => Plan::Nothing(renewed(How::Repeated, family)),
            Worth::Next(next, how) => {
                let mut new = kept.clone();
                new.go_on((*next).clone());
                draft.replace(&kept, new).await?;
                // The session is what it was.
                draft.changed.clear();
                draft.leaves(&present.renewed);
                let renewed = renewed(how, *next);
                Plan::commit(|_| renewed)
            }
            Worth::WentBack => {
                draft.leaves(&present.went_back);
                Plan::commit(Presented::WentBack)
            }
            Worth::Theft => {
                draft.remove(family.session).await?;
                draft.leaves(&present.theft);
                Plan::commit(Presented::Theft)
            }
        })
    }
}
