//! In place of people, where a store keeps none: nobody is found, and nothing of anybody can be written down.

use crate::directory::{Change, Changed, Directory, Found};
use crate::fault::{Answer, Fault, FaultKind};
use crate::outbox::{Outbox, Settled};
use crate::requests::{Asked, Asking, Redeemed, Requests, Withdrawn};
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::time::Span;

/// No people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nobody;

#[derive(Debug, thiserror::Error)]
#[error("this store keeps no people: SQLite and PostgreSQL do")]
struct KeepsNobody;

fn keeps_nobody<T>() -> Answer<T> {
    Err(Fault::from_source(FaultKind::Unavailable, KeepsNobody))
}

#[async_trait]
impl Directory for Nobody {
    async fn by_name(&self, _name: &LoginName) -> Answer<Option<Found>> {
        Ok(None)
    }

    async fn by_id(&self, _user: UserId) -> Answer<Option<Found>> {
        Ok(None)
    }

    async fn people(&self, _after: Option<UserId>, _at_most: usize) -> Answer<Vec<Account>> {
        Ok(Vec::new())
    }

    async fn count(&self) -> Answer<u64> {
        Ok(0)
    }

    async fn change(&self, _change: Change, _trail: &Trail) -> Answer<Changed> {
        keeps_nobody()
    }
}

#[async_trait]
impl Requests for Nobody {
    async fn ask(&self, _asking: Asking, _trail: &Trail) -> Answer<Asked> {
        keeps_nobody()
    }

    async fn pending(&self, _look_up: &LookUp) -> Answer<Option<Request>> {
        Ok(None)
    }

    async fn redeem(&self, _look_up: &LookUp, _trail: &Trail) -> Answer<Redeemed> {
        Ok(Redeemed::Gone)
    }

    async fn withdraw(&self, _user: UserId, _trail: &Trail) -> Answer<Withdrawn> {
        Ok(Withdrawn::Nothing)
    }

    async fn forget_requests(&self, _at_most: usize) -> Answer<usize> {
        Ok(0)
    }
}

#[async_trait]
impl Outbox for Nobody {
    async fn due(&self, _at_most: usize, _keep: Span) -> Answer<Vec<Letter>> {
        Ok(Vec::new())
    }

    async fn settle(&self, _letter: [u8; 16], _settled: Settled) -> Answer<bool> {
        Ok(false)
    }

    async fn waiting(&self) -> Answer<u64> {
        Ok(0)
    }
}
