//! What an operator does with people.

use super::changing::{Plan, replace, subject_of, user_of};
use super::message::Says;
use super::{NotDone, People};
use crate::ports::hasher::Visitor;
use cloakroom_crypto::password::fast::Bare;
use cloakroom_model::records::account::{Account, AccountState, KnownName, PasswordHash};
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::request::About;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::link::Link;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::people::edits::{self, Newcomer};
use cloakroom_rules::session::raise::Why;
use cloakroom_store::directory::{Change, Edit, Found};
use cloakroom_store::requests::Asking;

/// The operator's way in lives this long.
const ADMIN_LINK: Span = Span::minutes(10);

/// Somebody who comes from another system, or is made by an operator.
#[derive(Debug, Clone)]
pub struct Import {
    /// What they sign in with, and whether the other system had it shown to be theirs.
    pub names: Vec<(LoginName, bool)>,
    /// What they are called.
    pub called: String,
    /// The hash of their password, as the other system kept it.
    pub password: Option<PasswordHash>,
    /// What they are in.
    pub groups: Vec<Group>,
    /// Whether they may sign in.
    pub state: AccountState,
}

impl People {
    /// Somebody by what they sign in with, or by their id.
    pub async fn find(&self, who: &str) -> Result<Account, NotDone> {
        if let Ok(user) = who.parse::<UserId>() {
            return self.read(user).await.map(|found| found.account);
        }
        let name = who.parse().map_err(|_| NotDone::Nobody)?;
        let found = self.0.authority.0.stores.directory.by_name(&name).await?;
        found.map(|found| found.account).ok_or(NotDone::Nobody)
    }

    /// Some people, after one of them.
    pub async fn list(&self, after: Option<UserId>, at_most: usize) -> Result<Vec<Account>, NotDone> {
        Ok(self.0.authority.0.stores.directory.people(after, at_most).await?)
    }

    /// How many there are.
    pub async fn count(&self) -> Result<u64, NotDone> {
        Ok(self.0.authority.0.stores.directory.count().await?)
    }

    /// Makes somebody as they are given.
    pub async fn create(&self, import: Import, reason: Reason, by: &By) -> Result<Account, NotDone> {
        let engine = &self.0.authority;
        let (now, entropy) = (engine.now(), &*engine.0.entropy);
        let verified = |is: bool| is.then_some(now);
        let names = import.names.into_iter();
        let newcomer = Newcomer {
            names: names.map(|(name, is)| KnownName { name, verified: verified(is) }).collect(),
            called: import.called,
            password: import.password,
            groups: import.groups,
            language: String::new(),
        };
        let account = Account { state: import.state, ..newcomer.account(UserId::draw(now, entropy)?, now) };
        let trail = self.tells(&subject_of(account.id)?, EventName::UserCreated, reason, by)?;
        self.commit(Change::of(Edit::Create(account.clone())), &trail).await?;
        Ok(account)
    }

    /// Hashes a password that an operator gives to somebody they make.
    pub async fn hash_for(&self, password: Secret<String>) -> Result<PasswordHash, NotDone> {
        self.hash(password, Visitor { prefix: "operator".to_owned(), known_browser: true }).await
    }

    /// What is kept of a hash that another system made. One that is made too fast is wrapped in one that is not.
    pub async fn taken_over(&self, hash: String) -> Result<PasswordHash, NotDone> {
        match Bare::parse(&hash) {
            Some(bare) => {
                let inner = self.hash_for(Secret::new(bare.inner())).await?;
                Ok(PasswordHash(bare.how.around(&inner.0)))
            }
            None => Ok(PasswordHash(hash)),
        }
    }

    /// Sends somebody the way back in, as if they had asked for it. An operator never sees it.
    pub async fn send_recovery(&self, user: UserId, by: &By) -> Result<(), NotDone> {
        let found = self.read(user).await?;
        let account = &found.account;
        let to = account.email().map(|known| known.name.clone()).ok_or(NotDone::Nobody)?;
        let about = About::Recovery { email: to.clone() };
        let (link, request) = self.begin(None, Some((user, found.truth)), about, self.0.policy.links)?;
        let says = Says::Recovery(link);
        let letter = self.letter(&to, &account.called, &account.language, says, Some(request.expires))?;
        let trail = self.tells(&subject_of(user)?, EventName::LinkAsked, Reason::ByAdmin, by)?;
        self.0
            .authority
            .0
            .stores
            .requests
            .ask(Asking { ask: vec![request], post: vec![letter], ..Asking::default() }, &trail)
            .await?;
        Ok(())
    }

    /// Whether somebody may sign in. Who may not has nothing left.
    pub async fn set_state(&self, user: UserId, state: AccountState, by: &By) -> Result<u32, NotDone> {
        let subject = subject_of(user)?;
        let enabled = self.tells(&subject, EventName::UserChanged, Reason::ByAdmin, by)?;
        let plan = |found: &Found| {
            let change = Change::of(replace(&found.account, edits::in_state(&found.account, state)));
            Ok(match state {
                AccountState::Disabled => Plan {
                    change: Change { void: true, ..change },
                    trail: Trail::none(),
                    raise: Some((Why::Disabled, by)),
                },
                AccountState::Active => Plan { change, trail: enabled.clone(), raise: None },
            })
        };
        self.change(user, None, plan).await.map(|done| done.ended)
    }

    /// What somebody is in. If something is taken away, everything of theirs that is older ends.
    pub async fn set_groups(&self, user: UserId, groups: Vec<Group>, by: &By) -> Result<u32, NotDone> {
        let subject = subject_of(user)?;
        let trail = self.tells(&subject, EventName::UserChanged, Reason::GroupsChanged, by)?;
        let mut gained = Vec::new();
        let plan = |found: &Found| {
            let next = edits::in_groups(&found.account, groups.clone());
            gained =
                next.groups.iter().filter(|group| !found.account.groups.contains(group)).cloned().collect();
            let raise =
                edits::is_demotion(&found.account, &next).then(|| (Why::Demoted(next.groups.clone()), by));
            Ok(Plan { change: Change::of(replace(&found.account, next)), trail: trail.clone(), raise })
        };
        let done = self.change(user, None, plan).await?;
        if done.ended == 0 && !gained.is_empty() {
            self.0.authority.gain_groups(&subject, &gained, by).await?;
        }
        Ok(done.ended)
    }

    /// The account ends, and everything of it.
    pub async fn delete_user(&self, user: UserId, by: &By) -> Result<(), NotDone> {
        self.remove(user, Reason::ByAdmin, by).await
    }

    /// The operator's way in, once. Every earlier one is void.
    pub async fn admin_link(&self, operator: UserId, by: &By) -> Result<Link, NotDone> {
        let found = self.read(operator).await?;
        let of = Some((operator, found.truth));
        let (link, request) = self.begin(None, of, About::AdminLink, ADMIN_LINK)?;
        let next = edits::called(&found.account, found.account.called.clone());
        let trail = self.tells(&subject_of(operator)?, EventName::LinkAsked, Reason::ByAdmin, by)?;
        let change = Change { void: true, ask: vec![request], ..Change::of(replace(&found.account, next)) };
        self.commit(change, &trail).await?;
        Ok(link)
    }

    /// Whoever follows the operator's link is the operator.
    pub async fn follow_admin_link(&self, link: &str, browser: &str) -> Result<super::SignedInAs, NotDone> {
        let opened = self.open_link(link, browser).await?;
        let (About::AdminLink, Some(user)) = (&opened.request.about, opened.request.user) else {
            return Err(NotDone::LinkGone);
        };
        let found = self.read(user).await?;
        let redeemed =
            self.0.authority.0.stores.requests.redeem(&opened.request.look_up, &Trail::none()).await?;
        match redeemed {
            cloakroom_store::requests::Redeemed::Done(..) => self.proven(&found, true),
            cloakroom_store::requests::Redeemed::Gone => Err(NotDone::LinkGone),
        }
    }

    /// Whose sessions these are.
    pub async fn of_subject(
        &self,
        subject: &cloakroom_model::words::subject::SubjectId,
    ) -> Result<Account, NotDone> {
        self.read(user_of(subject)?).await.map(|found| found.account)
    }
}
