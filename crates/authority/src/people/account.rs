//! What somebody changes of their own account.

use super::changing::{Done, Plan, replace, subject_of, user_of};
use super::links::Asker;
use super::message::Says;
use super::password::Answer;
use super::recovery::known_of;
use super::{NotDone, People};
use crate::denied::Denied;
use crate::ports::hasher::Visitor;
use crate::session::{Checked, SignedIn};
use cloakroom_model::records::account::Account;
use cloakroom_model::records::event::{Event, EventName, Outcome, Reason};
use cloakroom_model::records::request::About;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::people::edits;
use cloakroom_rules::people::limits::Counted;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::raise::Why;
use cloakroom_store::directory::{Change, Edit, Found};
use cloakroom_store::requests::Asking;

/// What a link to a new address did.
#[derive(Debug)]
pub enum ChangeOfAddress {
    /// This is the address from now on.
    Changed(LoginName),
    /// The address they had was shown to be theirs.
    Verified(LoginName),
    /// The old address is back, everything else of the account ended, and it has no password.
    Undone(LoginName),
}

impl People {
    /// The account of whoever is signed in.
    pub async fn account_of(&self, subject: &SubjectId) -> Result<Account, NotDone> {
        self.read(user_of(subject)?).await.map(|found| found.account)
    }

    /// The password once more, from somebody who is signed in. The proof is about them and nobody else.
    pub async fn confirm(
        &self,
        subject: &SubjectId,
        password: Secret<String>,
        network: &str,
        by: &By,
    ) -> Result<LoginProof, NotDone> {
        let began = self.began();
        let found = self.read(user_of(subject)?).await?;
        self.may_try(&self.buckets(&[(Counted::KnownBrowser, &["confirm", subject.as_str()])])?).await?;
        let visitor = Visitor { prefix: network.to_owned(), known_browser: true };
        if let Answer::Right { .. } = self.verify(Some(&found.account), password, visitor).await? {
            let buckets = self.buckets(&[(Counted::KnownBrowser, &["confirm", subject.as_str()])])?;
            self.was_no_attack(&buckets).await?;
            return self.proven(&found, true).map(|proven| proven.proof);
        }
        let told = self.tells(subject, EventName::LoginFail, Reason::WrongPassword, by)?;
        let events = told.events.into_iter().map(|event| Event { outcome: Outcome::Refused, ..event });
        let trail = Trail { facts: Vec::new(), events: events.collect() };
        self.0.authority.0.stores.ledger.publish(&trail).await?;
        self.wait_out(began).await;
        Err(NotDone::WrongPassword)
    }

    pub(super) fn tells(
        &self,
        subject: &SubjectId,
        name: EventName,
        reason: Reason,
        by: &By,
    ) -> Result<Trail, NotDone> {
        let engine = &self.0.authority;
        let event = by.tells_of_subject(subject, name, reason, engine.now(), &*engine.0.entropy)?;
        Ok(Trail { facts: Vec::new(), events: vec![event] })
    }

    /// Another password. Every other session of theirs ends; this one goes on under a new ticket.
    pub async fn change_password(
        &self,
        own: &Checked,
        current: Secret<String>,
        new: Secret<String>,
        asker: &Asker<'_>,
    ) -> Result<SignedIn, NotDone> {
        let subject = own.session()?.subject.ok_or(Refusal::NotSignedIn)?;
        let account = self.account_of(&subject).await?;
        self.may_choose(new.expose(), &known_of(&account)).await?;
        self.confirm(&subject, current, asker.network, asker.by).await?;
        let visitor = Visitor { prefix: asker.network.to_owned(), known_browser: true };
        let (hash, now) = (self.hash(new, visitor).await?, self.0.authority.now());
        let plan = |found: &Found| {
            // The password that was confirmed is the one that is replaced.
            if found.account.password != account.password {
                return Err(NotDone::WrongPassword);
            }
            let next = edits::with_password(&found.account, hash.clone(), now);
            let change = Change {
                void: true,
                post: self.told(&next, Says::PasswordChanged)?.into_iter().collect(),
                ..Change::of(replace(&found.account, next))
            };
            Ok(Plan { change, trail: Trail::none(), raise: Some((Why::CredentialChanged, asker.by)) })
        };
        kept(self.change(account.id, Some(own), plan).await?)
    }

    /// What somebody wants to be called.
    pub async fn change_called(&self, subject: &SubjectId, called: &str, by: &By) -> Result<(), NotDone> {
        let trail = self.tells(subject, EventName::UserChanged, Reason::Address, by)?;
        let plan = |found: &Found| {
            let next = edits::called(&found.account, called.to_owned());
            Ok(Plan { change: Change::of(replace(&found.account, next)), trail: trail.clone(), raise: None })
        };
        self.change(user_of(subject)?, None, plan).await.map(drop)
    }

    /// Sends a link to the address that shall be theirs: a new one, or the one that was never shown to be theirs. If it is somebody's
    /// already, nobody is told but that address.
    pub async fn change_address(
        &self,
        own: &Session,
        to: &LoginName,
        asker: &Asker<'_>,
    ) -> Result<(), NotDone> {
        let (session, subject) = (own.id, own.subject.as_ref().ok_or(Refusal::NotSignedIn)?);
        let found = self.read(user_of(subject)?).await?;
        self.may_send(asker, to.key()).await?;
        let account = &found.account;
        let stores = &self.0.authority.0.stores;
        let trail = self.tells(subject, EventName::LinkAsked, Reason::Address, asker.by)?;
        let is_own = account.names.iter().any(|known| known.name == *to);
        if !is_own && stores.directory.by_name(to).await?.is_some() {
            let letter = self.letter(to, "", asker.language, Says::AlreadyHere, None)?;
            stores.requests.ask(Asking { post: vec![letter], ..Asking::default() }, &trail).await?;
            return Ok(());
        }
        let about = match is_own {
            true => About::Verification { email: to.clone() },
            false => About::EmailChange { to: to.clone(), session },
        };
        let of = Some((account.id, found.truth));
        let (link, request) = self.begin(Some(asker), of, about, self.0.policy.links)?;
        let says = if is_own { Says::Verify(link) } else { Says::NewAddress(link) };
        // Whoever reads mail there may be anybody: nothing that somebody else wrote is in it.
        let called = if is_own { account.called.as_str() } else { "" };
        let letter = self.letter(to, called, &account.language, says, Some(request.expires))?;
        stores
            .requests
            .ask(Asking { ask: vec![request], post: vec![letter], ..Asking::default() }, &trail)
            .await?;
        Ok(())
    }

    /// Uses a link about an address.
    pub async fn finish_address(
        &self,
        link: &str,
        asker: &Asker<'_>,
        code: &str,
    ) -> Result<ChangeOfAddress, NotDone> {
        let opened = self.use_link(link, asker, code).await?;
        let user = match &opened.request.about {
            About::EmailUndo { user, .. } => Some(*user),
            _ => opened.request.user,
        };
        let user = user.ok_or(NotDone::LinkGone)?;
        let redeem = Some(opened.request.look_up);
        let (now, subject) = (self.0.authority.now(), subject_of(user)?);
        let trail = self.tells(&subject, EventName::UserChanged, Reason::Address, asker.by)?;
        match &opened.request.about {
            About::Verification { email } => {
                let plan = |found: &Found| {
                    // What somebody else may have set up in this account before its owner came is over.
                    let raise = (!edits::is_verified(&found.account, email))
                        .then_some((Why::CredentialChanged, asker.by));
                    let change =
                        Change::of(replace(&found.account, edits::verified(&found.account, email, now)));
                    let change = Change { redeem, void: raise.is_some(), ..change };
                    Ok(Plan { change, trail: trail.clone(), raise })
                };
                self.change(user, None, plan).await?;
                Ok(ChangeOfAddress::Verified(email.clone()))
            }
            About::EmailChange { to, session } => {
                // Whoever asked may have been shown out since.
                if !self.0.authority.is_live(*session).await? {
                    return Err(NotDone::LinkGone);
                }
                let plan = |found: &Found| self.address_changes(found, to, redeem, trail.clone());
                self.change(user, None, plan).await?;
                Ok(ChangeOfAddress::Changed(to.clone()))
            }
            About::EmailUndo { back_to, version, .. } => {
                let plan = |found: &Found| {
                    let undone = edits::undone(&found.account, *version, back_to, now);
                    let next = undone.ok_or(NotDone::LinkGone)?;
                    let change = Change { redeem, void: true, ..Change::of(replace(&found.account, next)) };
                    Ok(Plan { change, trail: trail.clone(), raise: Some((Why::CredentialChanged, asker.by)) })
                };
                self.change(user, None, plan).await?;
                Ok(ChangeOfAddress::Undone(back_to.clone()))
            }
            _ => Err(NotDone::LinkGone),
        }
    }

    /// The new address takes the place of the old one, which is told and can take it back.
    fn address_changes(
        &self,
        found: &Found,
        to: &LoginName,
        redeem: Option<cloakroom_model::words::digest::LookUp>,
        trail: Trail,
    ) -> Result<Plan<'static>, NotDone> {
        let account = &found.account;
        let now = self.0.authority.now();
        let Some(old) = account.verified_email() else {
            let next = edits::with_address(account, to, now);
            return Ok(Plan {
                change: Change { redeem, ..Change::of(replace(account, next)) },
                trail,
                raise: None,
            });
        };
        let until = now.plus(self.0.policy.undo);
        let next = edits::with_undoable_address(account, to, now, until).ok_or(NotDone::TooMany(until))?;
        let version = next.version;
        let mut change = Change { redeem, ..Change::of(replace(account, next)) };
        let about = About::EmailUndo { user: account.id, back_to: old.clone(), version };
        let (link, mut request) = self.begin(None, None, about, self.0.policy.undo)?;
        request.generations.epoch = found.truth.epoch;
        let says = Says::AddressChanged(to.clone(), link);
        change.post =
            vec![self.letter(old, &account.called, &account.language, says, Some(request.expires))?];
        change.ask = vec![request];
        Ok(Plan { change, trail, raise: None })
    }

    /// The account ends, and everything of it. Whoever asks has just confirmed who they are.
    pub async fn delete(&self, subject: &SubjectId, by: &By) -> Result<(), NotDone> {
        let user = user_of(subject)?;
        let account = self.read(user).await?.account;
        if let Some(until) = edits::undoable_until(&account, self.0.authority.now()) {
            return Err(NotDone::TooSoon(until));
        }
        self.remove(user, Reason::SignOut, by).await
    }

    pub(super) async fn remove(&self, user: UserId, reason: Reason, by: &By) -> Result<(), NotDone> {
        let trail = self.tells(&subject_of(user)?, EventName::UserDeleted, reason, by)?;
        let plan = |found: &Found| {
            let remove = Edit::Remove { user, expect: found.account.version };
            let post = self.told(&found.account, Says::Deleted)?.into_iter().collect();
            // What was sent to them while they joined by another way would bring them back.
            let names = found.account.names.iter().map(|known| self.guests(&known.name));
            let void_of = names.collect::<Result<Vec<_>, _>>()?.concat();
            let change = Change { void: true, void_of, post, ..Change::of(remove) };
            Ok(Plan { change, trail: trail.clone(), raise: Some((Why::RevokedByAdmin, by)) })
        };
        self.change(user, None, plan).await.map(drop)
    }
}

/// The session that asked, under its new ticket.
fn kept(done: Done) -> Result<SignedIn, NotDone> {
    done.kept.ok_or(NotDone::Denied(Denied::Refused(Refusal::Ended)))
}
