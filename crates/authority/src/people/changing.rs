//! One person is changed: read, decided, committed, and read again when somebody was faster.

use super::{NotDone, People};
use crate::denied::Denied;
use crate::session::{Checked, Own, SignedIn, TRIES};
use cloakroom_model::records::account::Account;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::raise::Why;
use cloakroom_store::directory::{Change, Changed, Edit, Found};

/// What shall become of somebody, from what was read.
pub(super) struct Plan<'a> {
    /// The change.
    pub(super) change: Change,
    /// What is told of it.
    pub(super) trail: Trail,
    /// Why their sessions end, if they do.
    pub(super) raise: Option<(Why, &'a By)>,
}

/// What became of somebody.
#[derive(Debug)]
pub(super) struct Done {
    /// The session that asked, under its new ticket.
    pub(super) kept: Option<SignedIn>,
    /// How many sessions ended.
    pub(super) ended: u32,
}

pub(super) fn subject_of(user: UserId) -> Result<SubjectId, NotDone> {
    user.to_string().parse().map_err(|_| NotDone::Nobody)
}

/// The id of whoever a session is about, if they are one of the people here.
pub(super) fn user_of(subject: &SubjectId) -> Result<UserId, NotDone> {
    subject.as_str().parse().map_err(|_| NotDone::Nobody)
}

pub(super) fn replace(before: &Account, account: Account) -> Edit {
    Edit::Replace { expect: before.version, account }
}

impl People {
    /// Somebody by their id.
    pub(super) async fn read(&self, user: UserId) -> Result<Found, NotDone> {
        self.0.authority.0.stores.directory.by_id(user).await?.ok_or(NotDone::Nobody)
    }

    /// Changes somebody as planned from what is there, perhaps keeping the session that asked.
    pub(super) async fn change<'a>(
        &self,
        user: UserId,
        keep: Option<&Checked>,
        mut plan: impl FnMut(&Found) -> Result<Plan<'a>, NotDone>,
    ) -> Result<Done, NotDone> {
        for _ in 0..TRIES {
            let found = self.read(user).await?;
            let Plan { mut change, mut trail, raise } = plan(&found)?;
            let mut kept = None;
            if let Some((why, by)) = raise {
                let planned =
                    self.0.authority.plan_raise(&subject_of(user)?, keep.map(Own::Ticket), &why, by).await?;
                trail.facts.extend(planned.trail.facts);
                trail.events.extend(planned.trail.events);
                (change.raise, kept) = (Some(planned.raise), planned.kept);
            }
            match self.commit(change, &trail).await {
                Ok(ended) => return Ok(Done { kept: kept.map(|(kept, _)| kept), ended }),
                Err(NotDone::Denied(Denied::Refused(Refusal::Conflict))) => {}
                Err(not) => return Err(not),
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// Commits one change. `Conflict`: somebody was faster. Nobody is asked to join any more by a name that somebody has from now on.
    pub(super) async fn commit(&self, mut change: Change, trail: &Trail) -> Result<u32, NotDone> {
        if let Edit::Create(account) | Edit::Replace { account, .. } = &change.edit {
            for known in &account.names {
                change.void_of.extend(self.guests(&known.name)?);
            }
        }
        match self.0.authority.0.stores.directory.change(change, trail).await? {
            Changed::Done(_, ended) => Ok(ended),
            Changed::Stale => Err(Refusal::Conflict.into()),
            Changed::Gone => Err(NotDone::Nobody),
            Changed::Taken => Err(NotDone::Taken),
            Changed::LinkGone => Err(NotDone::LinkGone),
        }
    }
}
