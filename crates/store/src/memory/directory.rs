//! The verbs of people.

use super::book::Book;
use super::state::{MemoryStore, Verb};
use crate::directory::{Change, Changed, Directory, Edit, Found};
use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;

impl Book {
    /// The counters of a person.
    pub(super) fn generations_of(&self, user: Option<UserId>) -> Generations {
        self.generations(user.and_then(|user| user.to_string().parse().ok()).as_ref())
    }

    fn found(&self, user: UserId) -> Option<Found> {
        let account = self.people.accounts.get(&user)?.clone();
        Some(Found { truth: self.generations_of(Some(user)), account })
    }
}

#[async_trait]
impl Directory for MemoryStore {
    async fn by_name(&self, name: &LoginName) -> Answer<Option<Found>> {
        let book = self.book.read();
        Ok(book.people.names.get(name.key()).and_then(|user| book.found(*user)))
    }

    async fn by_id(&self, user: UserId) -> Answer<Option<Found>> {
        Ok(self.book.read().found(user))
    }

    async fn people(&self, after: Option<UserId>, at_most: usize) -> Answer<Vec<Account>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let book = self.book.read();
        let people = book.people.accounts.range((after.map_or(Unbounded, Excluded), Unbounded));
        Ok(people.take(at_most).map(|(_, account)| account.clone()).collect())
    }

    async fn count(&self) -> Answer<u64> {
        Ok(self.book.read().people.accounts.len() as u64)
    }

    async fn change(&self, change: Change, trail: &Trail) -> Answer<Changed> {
        let mut verb = self.verb();
        if let Some(why) = verb.hinders(&change) {
            return Ok(why);
        }
        let now = verb.now;
        if change.intent.is_some_and(|intent| !verb.book.decide(intent, true, now)) {
            return Ok(Changed::Stale);
        }
        let ended = match change.raise {
            None => 0,
            Some(raise) => match verb.raise(raise) {
                Ok(ended) => ended,
                Err(why) => {
                    change.intent.into_iter().for_each(|intent| verb.book.undecide(intent));
                    return Ok(why.of_change());
                }
            },
        };
        let user = change.edit.user();
        if let Some(look_up) = &change.redeem {
            verb.book.people.finish(look_up);
        }
        if change.void {
            verb.book.people.void(user);
        }
        for user in change.void_of {
            verb.book.people.void(user);
        }
        match change.edit {
            Edit::Create(account) | Edit::Replace { account, .. } => verb.book.people.put(account),
            Edit::Remove { .. } => verb.book.people.take(user),
        }
        change.ask.into_iter().for_each(|request| verb.book.people.begin(request));
        let letters = change.post.into_iter().map(|letter| (letter.id, letter));
        verb.book.people.letters.extend(letters);
        Ok(Changed::Done(verb.done(trail), ended))
    }
}

impl Verb<'_> {
    /// What stands in the way of a change, before anything of it is done. What hinders its raising is found there.
    fn hinders(&self, change: &Change) -> Option<Changed> {
        let people = &self.book.people;
        let user = change.edit.user();
        let is_at = |expect: u64| match people.accounts.get(&user) {
            None => Some(Changed::Gone),
            Some(account) if account.version != expect => Some(Changed::Stale),
            Some(_) => None,
        };
        let of_account = match &change.edit {
            Edit::Create(account) => (people.accounts.contains_key(&user) || !people.may_have_names(account))
                .then_some(Changed::Taken),
            Edit::Replace { expect, account } => {
                is_at(*expect).or_else(|| (!people.may_have_names(account)).then_some(Changed::Taken))
            }
            Edit::Remove { expect, .. } => is_at(*expect),
        };
        let of_link = || {
            let look_up = change.redeem.as_ref()?;
            let live = people.live(look_up, |user| self.book.generations_of(user), self.now);
            live.is_none().then_some(Changed::LinkGone)
        };
        let is_taken = || change.ask.iter().any(|request| people.requests.contains_key(&request.look_up));
        of_account.or_else(of_link).or_else(|| is_taken().then_some(Changed::Taken))
    }
}
