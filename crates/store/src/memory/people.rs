//! The people a memory store knows, what they have begun, and letters to them.

use crate::requests::is_live;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::session::Generations;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::time::Time;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) accounts: BTreeMap<UserId, Account>,
    pub(super) names: BTreeMap<String, UserId>,
    pub(super) requests: BTreeMap<LookUp, Request>,
    requests_of: BTreeMap<UserId, BTreeSet<LookUp>>,
    request_ends: BTreeSet<(Time, LookUp)>,
    pub(super) buckets: BTreeMap<LookUp, Time>,
    pub(super) letters: BTreeMap<[u8; 16], Letter>,
}

impl People {
    /// Whether every name of an account is free, or its own already.
    pub(super) fn may_have_names(&self, account: &Account) -> bool {
        account
            .names
            .iter()
            .all(|known| self.names.get(known.name.key()).is_none_or(|user| *user == account.id))
    }

    pub(super) fn put(&mut self, account: Account) {
        self.take(account.id);
        self.names.extend(account.names.iter().map(|known| (known.name.key().to_owned(), account.id)));
        self.accounts.insert(account.id, account);
    }

    pub(super) fn take(&mut self, user: UserId) {
        let account = self.accounts.remove(&user);
        for known in account.iter().flat_map(|account| &account.names) {
            self.names.remove(known.name.key());
        }
    }

    pub(super) fn begin(&mut self, request: Request) {
        if let Some(user) = request.user {
            self.requests_of.entry(user).or_default().insert(request.look_up);
        }
        self.request_ends.insert((request.expires, request.look_up));
        self.requests.insert(request.look_up, request);
    }

    pub(super) fn finish(&mut self, look_up: &LookUp) -> Option<Request> {
        let request = self.requests.remove(look_up)?;
        self.request_ends.remove(&(request.expires, *look_up));
        if let Some((user, of)) = request.user.and_then(|user| Some((user, self.requests_of.get_mut(&user)?)))
        {
            of.remove(look_up);
            if of.is_empty() {
                self.requests_of.remove(&user);
            }
        }
        Some(request)
    }

    pub(super) fn void(&mut self, user: UserId) -> u32 {
        let all = self.requests_of.remove(&user).unwrap_or_default();
        all.iter().fold(0, |ended, look_up| ended + u32::from(self.finish(look_up).is_some()))
    }

    pub(super) fn over(&self, now: Time, at_most: usize) -> Vec<LookUp> {
        let over = self.request_ends.iter().take_while(|(end, _)| *end <= now);
        over.take(at_most).map(|(_, look_up)| *look_up).collect()
    }

    /// A request that is still good, where the counters of a person are known.
    pub(super) fn live(
        &self,
        look_up: &LookUp,
        truth: impl Fn(Option<UserId>) -> Generations,
        now: Time,
    ) -> Option<&Request> {
        self.requests.get(look_up).filter(|request| is_live(request, truth(request.user), now))
    }
}
