//! People are the durable store's. What ends their sessions is a change of both.

use crate::draft::Draft;
use crate::front::Front;
use crate::halt::Step;
use crate::store::SplitStore;
use crate::verbs::{Plan, Verb};
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_store::directory::{Change, Changed, Directory, Found};
use cloakroom_store::fault::Answer;
use cloakroom_store::sessions::Raise;

#[async_trait]
impl Directory for SplitStore {
    async fn by_name(&self, name: &LoginName) -> Answer<Option<Found>> {
        self.front.durable.directory.by_name(name).await
    }

    async fn by_id(&self, user: UserId) -> Answer<Option<Found>> {
        self.front.durable.directory.by_id(user).await
    }

    async fn people(&self, after: Option<UserId>, at_most: usize) -> Answer<Vec<Account>> {
        self.front.durable.directory.people(after, at_most).await
    }

    async fn count(&self) -> Answer<u64> {
        self.front.durable.directory.count().await
    }

    async fn change(&self, mut change: Change, trail: &Trail) -> Answer<Changed> {
        match change.raise.take() {
            None => self.front.durable.directory.change(change, trail).await,
            Some(raise) => self.front.run(Changing(change, raise, trail.clone())).await,
        }
    }
}

struct Changing(Change, Raise, Trail);

impl Verb for Changing {
    type Answer = Changed;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Changed>> {
        let Self(change, raise, trail) = self;
        let ended = match draft.raise(raise).await? {
            Ok(ended) => ended,
            Err(why) => return Ok(Plan::Nothing(why.of_change())),
        };
        // There it has no sessions to end; but the counter it rises from is looked at again.
        let raise = Raise { keep: None, ..raise.clone() };
        draft.person = Some(Change { raise: Some(raise), ..change.clone() });
        draft.leaves(trail);
        Ok(Plan::commit(move |receipt| Changed::Done(receipt, ended)))
    }

    /// How many sessions that ends cannot be told.
    async fn alone(&self, front: &Front) -> Option<Answer<Changed>> {
        let Self(change, raise @ Raise { keep: None, .. }, trail) = self else { return None };
        let change = Change { raise: Some(raise.clone()), ..change.clone() };
        Some(front.durable.directory.change(change, trail).await)
    }

    fn refused(&self, why: Changed) -> Option<Changed> {
        Some(why)
    }
}
