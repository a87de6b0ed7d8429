//! Passwords: verified in a queue of their own, and answered at a time that tells nothing.

use super::{NotDone, People};
use crate::ports::hasher::{Verdict, Visitor};
use cloakroom_crypto::password::fast::sha1;
use cloakroom_model::records::account::{Account, PasswordHash};
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::people::new_password::{AT_MOST, Request, Weak, decide};
use core::time::Duration;

/// How a password turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is theirs. Its hash may be one that should be better.
    Right { outdated: bool },
    /// It is not, or they have none, or there is nobody.
    Wrong,
}

impl People {
    /// Verifies a password. Where there is none to compare with, it takes as long and is wrong.
    pub(super) async fn verify(
        &self,
        account: Option<&Account>,
        password: Secret<String>,
        visitor: Visitor,
    ) -> Result<Answer, NotDone> {
        let stored =
            account.and_then(|account| account.password.as_ref()).map(|password| password.hash.0.clone());
        let (is_known, stored) = (stored.is_some(), stored.unwrap_or_else(|| self.0.nobody.clone()));
        // What nobody can have chosen is not hashed as it is.
        let is_short = password.expose().len() <= AT_MOST;
        let password = if is_short { password } else { Secret::new(String::new()) };
        match self.0.hasher.verify(stored, password, visitor.clone()).await {
            Ok(Verdict::Match { outdated }) if is_known && is_short => Ok(Answer::Right { outdated }),
            Ok(_) => Ok(Answer::Wrong),
            Err(not) => match NotDone::from(not) {
                // A stored hash that is none: it takes as long as any other.
                NotDone::WrongPassword => {
                    self.0.hasher.verify(self.0.nobody.clone(), Secret::new(String::new()), visitor).await?;
                    Ok(Answer::Wrong)
                }
                not => Err(not),
            },
        }
    }

    /// Whether somebody may choose a password, by what is known of them.
    pub async fn may_choose(&self, password: &str, known: &[&str]) -> Result<(), NotDone> {
        self.is_fit(password, known)?;
        self.was_not_lost(password).await
    }

    /// What can be said of a password at once.
    pub(super) fn is_fit(&self, password: &str, known: &[&str]) -> Result<(), Weak> {
        decide(&Request { password, known }, &self.0.policy)
    }

    /// What is looked up: after whoever asks was counted.
    pub(super) async fn was_not_lost(&self, password: &str) -> Result<(), NotDone> {
        match &self.0.breaches {
            Some(list) if list.knows(sha1(password.as_bytes())).await? => Err(Weak::Lost.into()),
            _ => Ok(()),
        }
    }

    pub(super) async fn hash(
        &self,
        password: Secret<String>,
        visitor: Visitor,
    ) -> Result<PasswordHash, NotDone> {
        Ok(PasswordHash(self.0.hasher.hash(password, visitor).await?))
    }

    /// The time since the machine started, in milliseconds: what deadlines are counted from.
    pub(super) fn began(&self) -> i64 {
        self.0.authority.0.clock.since_boot().as_millis()
    }

    /// Waits until a failure may be answered: at the next multiple of the deadline since it began.
    pub(super) async fn wait_out(&self, began: i64) {
        let every = self.0.policy.deadline.as_millis();
        if every > 0 {
            let took = (self.began() - began).max(0);
            let left = every - took % every;
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
        }
    }
}
