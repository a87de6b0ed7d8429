//! What changes make of an account. Each makes the next version of it.

use cloakroom_model::records::account::{Account, AccountState, KnownName, Password, PasswordHash, Undoable};
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Time;

/// Somebody who has just come.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// What they sign in with.
    pub names: Vec<KnownName>,
    /// What they want to be called.
    pub called: String,
    /// The hash of their password.
    pub password: Option<PasswordHash>,
    /// What they are in.
    pub groups: Vec<Group>,
    /// The language they read.
    pub language: String,
}

impl Newcomer {
    /// The account that begins.
    #[must_use]
    pub fn account(self, id: UserId, now: Time) -> Account {
        Account {
            id,
            state: AccountState::Active,
            called: self.called,
            language: self.language,
            groups: in_order(self.groups),
            names: self.names,
            undoable: Vec::new(),
            password: self.password.map(|hash| Password { hash, changed: now }),
            created: now,
            version: 1,
        }
    }
}

fn in_order(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort();
    groups.dedup();
    groups
}

fn next(account: &Account) -> Account {
    Account { version: account.version.saturating_add(1), ..account.clone() }
}

/// Another password.
#[must_use]
pub fn with_password(account: &Account, hash: PasswordHash, now: Time) -> Account {
    Account { password: Some(Password { hash, changed: now }), ..next(account) }
}

/// The same password under a better hash. It was not chosen anew.
#[must_use]
pub fn rehashed(account: &Account, hash: PasswordHash) -> Account {
    let changed = account.password.as_ref().map_or(account.created, |password| password.changed);
    Account { password: Some(Password { hash, changed }), ..next(account) }
}

/// An address was shown to be theirs.
#[must_use]
pub fn verified(account: &Account, email: &LoginName, now: Time) -> Account {
    let mut next = next(account);
    for known in next.names.iter_mut().filter(|known| known.name == *email) {
        known.verified = Some(now);
    }
    next
}

/// Whether an address of theirs was ever shown to be theirs.
#[must_use]
pub fn is_verified(account: &Account, email: &LoginName) -> bool {
    account.names.iter().any(|known| known.name == *email && known.verified.is_some())
}

/// Another address in place of the one they are written to.
#[must_use]
pub fn with_address(account: &Account, to: &LoginName, now: Time) -> Account {
    let mut next = next(account);
    next.names.retain(|known| known.name != *to);
    let new = KnownName { name: to.clone(), verified: Some(now) };
    match next.names.iter_mut().find(|known| known.name.is_email()) {
        Some(known) => *known = new,
        None => next.names.push(new),
    }
    next
}

/// How many changes of address can be undone at one time. Nobody moves so often in a week.
pub const UNDOABLE_AT_MOST: usize = 16;

/// Another address, which the old one can undo until then. `None`: too many can be undone already.
#[must_use]
pub fn with_undoable_address(account: &Account, to: &LoginName, now: Time, until: Time) -> Option<Account> {
    let mut next = with_address(account, to, now);
    next.undoable.retain(|undoable| undoable.until > now);
    next.undoable.push(Undoable { version: next.version, until });
    (next.undoable.len() <= UNDOABLE_AT_MOST).then_some(next)
}

/// The old address back, and no password: whoever changed the address may know it. Changes that came after this one cannot be undone any
/// more: whoever made this one made them too, and holds what undoes them. `None`: it is none of those that can be undone.
#[must_use]
pub fn undone(account: &Account, version: u64, back_to: &LoginName, now: Time) -> Option<Account> {
    account.undoable.iter().find(|undoable| undoable.version == version)?;
    let mut next = Account { password: None, ..with_address(account, back_to, now) };
    next.undoable.retain(|undoable| undoable.version < version);
    Some(next)
}

/// Until when a change of address can be undone. An account must not end before: its owner may be the old address.
#[must_use]
pub fn undoable_until(account: &Account, now: Time) -> Option<Time> {
    account.undoable.iter().map(|undoable| undoable.until).filter(|until| *until > now).max()
}

/// What somebody wants to be called.
#[must_use]
pub fn called(account: &Account, called: String) -> Account {
    Account { called, ..next(account) }
}

/// Whether they may sign in.
#[must_use]
pub fn in_state(account: &Account, state: AccountState) -> Account {
    Account { state, ..next(account) }
}

/// What they are in.
#[must_use]
pub fn in_groups(account: &Account, groups: Vec<Group>) -> Account {
    Account { groups: in_order(groups), ..next(account) }
}

/// Whether something was taken from them: every older session and token of theirs is over then.
#[must_use]
pub fn is_demotion(before: &Account, after: &Account) -> bool {
    before.groups.iter().any(|group| !after.groups.contains(group))
}

#[cfg(test)]
mod tests;
