//! The verbs of people.

use crate::error::Result;
use crate::intents;
use crate::people_rows as rows;
use crate::store::PostgresStore;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_store::directory::{Change, Changed, Directory, Edit, Found};
use cloakroom_store::fault::Answer;

#[async_trait]
impl Directory for PostgresStore {
    async fn by_name(&self, name: &LoginName) -> Answer<Option<Found>> {
        let key = name.key().to_owned();
        self.read(move |connection| async move { rows::by_name(&connection, &key).await }).await
    }

    async fn by_id(&self, user: UserId) -> Answer<Option<Found>> {
        self.read(move |connection| async move { rows::by_id(&connection, user).await }).await
    }

    async fn people(&self, after: Option<UserId>, at_most: usize) -> Answer<Vec<Account>> {
        self.read(move |connection| async move { rows::people(&connection, after, at_most).await }).await
    }

    async fn count(&self) -> Answer<u64> {
        self.read(|connection| async move { rows::count(&connection, "SELECT count(*) FROM ck_user").await })
            .await
    }

    async fn change(&self, change: Change, trail: &Trail) -> Answer<Changed> {
        self.writer.run(Changing(change, trail.clone())).await
    }
}

struct Changing(Change, Trail);

impl Changing {
    /// What stands in the way, before anything of it is done. What hinders its raising is found there.
    async fn hinders(&self, work: &Work<'_>) -> Result<Option<Changed>> {
        let (change, connection) = (&self.0, work.connection);
        let found = rows::version(connection, change.edit.user()).await?;
        let of_account = match (&change.edit, found) {
            (Edit::Create(_), Some(_)) => Some(Changed::Taken),
            (Edit::Replace { .. } | Edit::Remove { .. }, None) => Some(Changed::Gone),
            (Edit::Replace { expect, .. } | Edit::Remove { expect, .. }, Some(found)) if found != *expect => {
                Some(Changed::Stale)
            }
            (Edit::Create(account) | Edit::Replace { account, .. }, _) => {
                (!rows::may_have_names(connection, account).await?).then_some(Changed::Taken)
            }
            (Edit::Remove { .. }, Some(_)) => None,
        };
        if of_account.is_some() {
            return Ok(of_account);
        }
        if let Some(look_up) = &change.redeem
            && rows::held(connection, look_up, work.now).await?.is_none()
        {
            return Ok(Some(Changed::LinkGone));
        }
        for request in &change.ask {
            if rows::request_is_taken(connection, &request.look_up).await? {
                return Ok(Some(Changed::Taken));
            }
        }
        Ok(None)
    }
}

impl Verb for Changing {
    type Answer = Changed;

    async fn run(&self, work: &mut Work<'_>) -> Result<Changed> {
        let Self(change, trail) = self;
        if let Some(why) = self.hinders(work).await? {
            return Ok(why);
        }
        if let Some(intent) = change.intent
            && !intents::decide(work, intent, true).await?
        {
            return Ok(Changed::Stale);
        }
        let ended = match &change.raise {
            None => 0,
            Some(raise) => match work.raise(raise).await? {
                Ok(ended) => ended,
                Err(why) => {
                    if let Some(intent) = change.intent {
                        intents::undecide(work, intent).await?;
                    }
                    return Ok(why.of_change());
                }
            },
        };
        let (connection, user) = (work.connection, change.edit.user());
        if let Some(look_up) = &change.redeem {
            rows::finish(connection, look_up).await?;
        }
        if change.void {
            rows::void(connection, user).await?;
        }
        rows::hold_users(connection, &change.void_of).await?;
        for user in &change.void_of {
            rows::void(connection, *user).await?;
        }
        match &change.edit {
            Edit::Create(account) => rows::create(connection, account).await?,
            Edit::Replace { account, .. } => rows::replace(connection, account).await?,
            Edit::Remove { .. } => rows::take(connection, user).await?,
        }
        for request in &change.ask {
            rows::begin(connection, request).await?;
        }
        for letter in &change.post {
            rows::post(connection, letter).await?;
        }
        Ok(Changed::Done(work.done(trail).await?, ended))
    }
}
