//! The verbs of what was begun.

use super::state::MemoryStore;
use crate::fault::Answer;
use crate::requests::{Asked, Asking, Redeemed, Requests, Withdrawn};
use async_trait::async_trait;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;

#[async_trait]
impl Requests for MemoryStore {
    async fn ask(&self, Asking { void, ask, post }: Asking, trail: &Trail) -> Answer<Asked> {
        let mut verb = self.verb();
        if ask.iter().any(|request| verb.book.people.requests.contains_key(&request.look_up)) {
            return Ok(Asked::Taken);
        }
        for user in void {
            verb.book.people.void(user);
        }
        ask.into_iter().for_each(|request| verb.book.people.begin(request));
        verb.book.people.letters.extend(post.into_iter().map(|letter| (letter.id, letter)));
        Ok(Asked::Done(verb.done(trail)))
    }

    async fn pending(&self, look_up: &LookUp) -> Answer<Option<Request>> {
        let (book, now) = (self.book.read(), self.clock.now());
        Ok(book.people.live(look_up, |user| book.generations_of(user), now).cloned())
    }

    async fn redeem(&self, look_up: &LookUp, trail: &Trail) -> Answer<Redeemed> {
        let mut verb = self.verb();
        if verb.book.people.live(look_up, |user| verb.book.generations_of(user), verb.now).is_none() {
            return Ok(Redeemed::Gone);
        }
        Ok(match verb.book.people.finish(look_up) {
            Some(request) => Redeemed::Done(verb.done(trail), Box::new(request)),
            None => Redeemed::Gone,
        })
    }

    async fn withdraw(&self, user: UserId, trail: &Trail) -> Answer<Withdrawn> {
        let mut verb = self.verb();
        Ok(match verb.book.people.void(user) {
            0 => Withdrawn::Nothing,
            ended => Withdrawn::Done(verb.done(trail), ended),
        })
    }

    async fn forget_requests(&self, at_most: usize) -> Answer<usize> {
        let mut verb = self.verb();
        let over = verb.book.people.over(verb.now, at_most);
        for look_up in &over {
            verb.book.people.finish(look_up);
        }
        Ok(over.len())
    }
}
