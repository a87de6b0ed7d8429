//! What the bank knows.

use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Account {
    #[serde(skip)]
    pub(crate) hash: String,
    pub(crate) balance: i64,
    pub(crate) payees: Vec<String>,
    pub(crate) closed: bool,
}

/// Everything that an attack could change.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    people: Mutex<BTreeMap<String, Account>>,
    /// Letters that were sent.
    pub(crate) mail: Mutex<Vec<String>>,
}

impl Accounts {
    /// Three customers, all with the same password.
    pub(crate) fn with_customers(hash: &str) -> Self {
        let account = |balance| Account { hash: hash.to_owned(), balance, payees: Vec::new(), closed: false };
        let people = [("anna", 100), ("boss", 0), ("mallory", 0)];
        let people = people.map(|(name, balance)| (name.to_owned(), account(balance))).into();
        Self { people: Mutex::new(people), mail: Mutex::default() }
    }

    pub(crate) fn of(&self, name: &str) -> Option<Account> {
        self.people.lock().get(name).cloned()
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Account> {
        self.people.lock().clone()
    }

    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Account)) {
        if let Some(account) = self.people.lock().get_mut(name) {
            change(account);
        }
    }

    pub(crate) fn transfer(&self, from: &str, to: &str, amount: i64) {
        let mut people = self.people.lock();
        if people.contains_key(to) && amount > 0 {
            for (name, by) in [(from, -amount), (to, amount)] {
                if let Some(account) = people.get_mut(name) {
                    account.balance += by;
                }
            }
        }
    }
}
