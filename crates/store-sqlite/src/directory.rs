//! The verbs of people.

use crate::intents;
use crate::people_rows as rows;
use crate::store::SqliteStore;
use crate::writer::Work;
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_store::directory::{Change, Changed, Directory, Edit, Found};
use cloakroom_store::fault::Answer;
use rusqlite::Result;

#[async_trait]
impl Directory for SqliteStore {
    async fn by_name(&self, name: &LoginName) -> Answer<Option<Found>> {
        self.readers.read(|connection| rows::by_name(&*connection.unchecked_transaction()?, name.key()))
    }

    async fn by_id(&self, user: UserId) -> Answer<Option<Found>> {
        self.readers.read(|connection| rows::by_id(&*connection.unchecked_transaction()?, user))
    }

    async fn people(&self, after: Option<UserId>, at_most: usize) -> Answer<Vec<Account>> {
        self.readers.read(|connection| rows::people(connection, after, at_most))
    }

    async fn count(&self) -> Answer<u64> {
        self.readers.read(|connection| rows::count(connection, "SELECT count(*) FROM ck_user"))
    }

    async fn change(&self, change: Change, trail: &Trail) -> Answer<Changed> {
        let trail = trail.clone();
        self.writer.run(move |work| work.change(change, &trail).map(Ok)).await
    }
}

impl Work<'_> {
    /// What stands in the way of a change, before anything of it is done. What hinders its raising is found there.
    fn hinders(&self, change: &Change) -> Result<Option<Changed>> {
        let connection = self.connection;
        let found = rows::version(connection, change.edit.user())?;
        let of_account = match (&change.edit, found) {
            (Edit::Create(_), Some(_)) => Some(Changed::Taken),
            (Edit::Replace { .. } | Edit::Remove { .. }, None) => Some(Changed::Gone),
            (Edit::Replace { expect, .. } | Edit::Remove { expect, .. }, Some(found)) if found != *expect => {
                Some(Changed::Stale)
            }
            (Edit::Create(account) | Edit::Replace { account, .. }, _) => {
                (!rows::may_have_names(connection, account)?).then_some(Changed::Taken)
            }
            (Edit::Remove { .. }, Some(_)) => None,
        };
        if of_account.is_some() {
            return Ok(of_account);
        }
        if let Some(look_up) = &change.redeem
            && rows::live(connection, look_up, self.now)?.is_none()
        {
            return Ok(Some(Changed::LinkGone));
        }
        for request in &change.ask {
            if rows::request_is_taken(connection, &request.look_up)? {
                return Ok(Some(Changed::Taken));
            }
        }
        Ok(None)
    }

    fn change(&mut self, change: Change, trail: &Trail) -> Result<Changed> {
        if let Some(why) = self.hinders(&change)? {
            return Ok(why);
        }
        if let Some(intent) = change.intent
            && !intents::decide(self, intent, true)?
        {
            return Ok(Changed::Stale);
        }
        let ended = match change.raise {
            None => 0,
            Some(raise) => match self.raise(raise)? {
                Ok(ended) => ended,
                Err(why) => {
                    change.intent.map_or(Ok(()), |intent| intents::undecide(self, intent))?;
                    return Ok(why.of_change());
                }
            },
        };
        let (connection, user) = (self.connection, change.edit.user());
        if let Some(look_up) = &change.redeem {
            rows::finish(connection, look_up)?;
        }
        if change.void {
            rows::void(connection, user)?;
        }
        for user in &change.void_of {
            rows::void(connection, *user)?;
        }
        match &change.edit {
            Edit::Create(account) | Edit::Replace { account, .. } => rows::put(connection, account)?,
            Edit::Remove { .. } => rows::take(connection, user)?,
        }
        for request in &change.ask {
            rows::begin(connection, request)?;
        }
        for letter in &change.post {
            rows::post(connection, letter)?;
        }
        Ok(Changed::Done(self.done(trail)?, ended))
    }
}
