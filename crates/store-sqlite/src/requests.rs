//! The verbs of what was begun.

use crate::people_rows as rows;
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_store::fault::Answer;
use cloakroom_store::requests::{Asked, Asking, Redeemed, Requests, Withdrawn};

#[async_trait]
impl Requests for SqliteStore {
    async fn ask(&self, Asking { void, ask, post }: Asking, trail: &Trail) -> Answer<Asked> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                for request in &ask {
                    if rows::request_is_taken(work.connection, &request.look_up)? {
                        return Ok(Ok(Asked::Taken));
                    }
                }
                for user in &void {
                    rows::void(work.connection, *user)?;
                }
                for request in &ask {
                    rows::begin(work.connection, request)?;
                }
                for letter in &post {
                    rows::post(work.connection, letter)?;
                }
                Ok(Ok(Asked::Done(work.done(&trail)?)))
            })
            .await
    }

    async fn pending(&self, look_up: &LookUp) -> Answer<Option<Request>> {
        let now = self.clock.now();
        self.readers.read(|connection| rows::live(&*connection.unchecked_transaction()?, look_up, now))
    }

    async fn redeem(&self, look_up: &LookUp, trail: &Trail) -> Answer<Redeemed> {
        let (look_up, trail) = (*look_up, trail.clone());
        self.writer
            .run(move |work| {
                let Some(request) = rows::live(work.connection, &look_up, work.now)? else {
                    return Ok(Ok(Redeemed::Gone));
                };
                rows::finish(work.connection, &look_up)?;
                Ok(Ok(Redeemed::Done(work.done(&trail)?, Box::new(request))))
            })
            .await
    }

    async fn withdraw(&self, user: UserId, trail: &Trail) -> Answer<Withdrawn> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                Ok(Ok(match rows::void(work.connection, user)? {
                    0 => Withdrawn::Nothing,
                    ended => Withdrawn::Done(work.done(&trail)?, ended),
                }))
            })
            .await
    }

    async fn forget_requests(&self, at_most: usize) -> Answer<usize> {
        const OVER: &str = "DELETE FROM ck_request WHERE look_up IN \
                            (SELECT look_up FROM ck_request WHERE expires <= ?1 LIMIT ?2)";
        self.writer.run(move |work| rows::forget(work.connection, OVER, work.now, at_most).map(Ok)).await
    }
}
