//! The verbs of what was begun.

use crate::error::Result;
use crate::people_rows as rows;
use crate::store::PostgresStore;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_store::fault::Answer;
use cloakroom_store::requests::{Asked, Asking, Redeemed, Requests, Withdrawn};

#[async_trait]
impl Requests for PostgresStore {
    async fn ask(&self, asking: Asking, trail: &Trail) -> Answer<Asked> {
        self.writer.run(Beginning(asking, trail.clone())).await
    }

    async fn pending(&self, look_up: &LookUp) -> Answer<Option<Request>> {
        let (look_up, now) = (*look_up, self.clock.now());
        self.read(move |connection| async move { rows::live(&connection, &look_up, now).await }).await
    }

    async fn redeem(&self, look_up: &LookUp, trail: &Trail) -> Answer<Redeemed> {
        self.writer.run(Redeeming(*look_up, trail.clone())).await
    }

    async fn withdraw(&self, user: UserId, trail: &Trail) -> Answer<Withdrawn> {
        self.writer.run(Withdrawing(user, trail.clone())).await
    }

    async fn forget_requests(&self, at_most: usize) -> Answer<usize> {
        self.writer.run(Forgetting(at_most)).await
    }
}

struct Beginning(Asking, Trail);
struct Redeeming(LookUp, Trail);
struct Withdrawing(UserId, Trail);
struct Forgetting(usize);

impl Verb for Beginning {
    type Answer = Asked;

    async fn run(&self, work: &mut Work<'_>) -> Result<Asked> {
        let Self(Asking { void, ask, post }, trail) = self;
        let connection = work.connection;
        rows::hold_users(connection, void).await?;
        for request in ask {
            if rows::request_is_taken(connection, &request.look_up).await? {
                return Ok(Asked::Taken);
            }
        }
        for user in void {
            rows::void(connection, *user).await?;
        }
        for request in ask {
            rows::begin(connection, request).await?;
        }
        for letter in post {
            rows::post(connection, letter).await?;
        }
        Ok(Asked::Done(work.done(trail).await?))
    }
}

impl Verb for Redeeming {
    type Answer = Redeemed;

    async fn run(&self, work: &mut Work<'_>) -> Result<Redeemed> {
        let Self(look_up, trail) = self;
        let Some(request) = rows::held(work.connection, look_up, work.now).await? else {
            return Ok(Redeemed::Gone);
        };
        rows::finish(work.connection, look_up).await?;
        Ok(Redeemed::Done(work.done(trail).await?, Box::new(request)))
    }
}

impl Verb for Withdrawing {
    type Answer = Withdrawn;

    async fn run(&self, work: &mut Work<'_>) -> Result<Withdrawn> {
        let Self(user, trail) = self;
        Ok(match rows::void(work.connection, *user).await? {
            0 => Withdrawn::Nothing,
            ended => Withdrawn::Done(work.done(trail).await?, ended),
        })
    }
}

impl Verb for Forgetting {
    type Answer = usize;

    async fn run(&self, work: &mut Work<'_>) -> Result<usize> {
        const OVER: &str = "DELETE FROM ck_request WHERE look_up IN \
                            (SELECT look_up FROM ck_request WHERE expires <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
        rows::forget(work.connection, OVER, work.now, self.0).await
    }
}
