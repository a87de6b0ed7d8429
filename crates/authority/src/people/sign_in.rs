//! Somebody says who they are, and a password.

use super::message::Says;
use super::password::Answer;
use super::{NotDone, People};
use crate::ports::hasher::Visitor;
use cloakroom_model::records::account::{Account, AccountState};
use cloakroom_model::records::event::{EventName, Outcome, Reason};
use cloakroom_model::records::session::Device;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::Group;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::{LoginAttempt, LoginProof};
use cloakroom_rules::people::edits::rehashed;
use cloakroom_rules::people::limits::{Counted, given_back, of_sign_in};
use cloakroom_store::directory::{Change, Edit, Found};
use cloakroom_store::requests::Asking;
use cloakroom_store::throttle::Bucket;

/// A try to sign in.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// What was typed as the name.
    pub name: &'a str,
    /// What was typed as the password.
    pub password: Secret<String>,
    /// The network it comes from.
    pub network: &'a str,
    /// The cookie of a known browser, if there is one.
    pub browser: Option<&'a str>,
    /// Who asks, in the event log.
    pub by: &'a By,
    /// What a letter shows of the browser.
    pub device: &'a Device,
}

/// Somebody who has shown who they are.
#[derive(Debug)]
pub struct SignedInAs {
    /// The proof.
    pub proof: LoginProof,
    /// What they are in.
    pub groups: Vec<Group>,
    /// Who.
    pub user: UserId,
    /// Whether this browser was known before.
    pub knew_browser: bool,
}

impl People {
    /// Signs somebody in, if this is their password. What goes wrong takes as long and says as much, whoever they are.
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignedInAs, NotDone> {
        let began = self.began();
        let tried = self.try_sign_in(attempt).await;
        self.0.counts.note(&tried);
        if matches!(tried, Err(NotDone::WrongPassword)) {
            self.wait_out(began).await;
        }
        tried
    }

    async fn try_sign_in(&self, attempt: Attempt<'_>) -> Result<SignedInAs, NotDone> {
        let name: Option<LoginName> = attempt.name.parse().ok();
        // The counters are read with the account, and so before the password is looked at.
        let found = match &name {
            Some(name) => self.0.authority.0.stores.directory.by_name(name).await?,
            None => None,
        };
        let device = match &found {
            Some(found) => self.knows_browser(attempt.browser, found)?,
            None => None,
        };
        let knows = device.is_some();
        let key = name.as_ref().map_or(attempt.name, LoginName::key).to_owned();
        let device = device.unwrap_or_default();
        let buckets = |counted: &[Counted]| self.buckets_of(counted, &key, attempt.network, &device);
        if let Err(not) = self.may_try(&buckets(of_sign_in(knows))?).await {
            if matches!(not, NotDone::TooMany(_)) {
                self.tell_of_attempt(&attempt, found.as_ref(), Reason::TooMany).await?;
            }
            return Err(not);
        }
        let (given_back, visitor) = (
            buckets(given_back(knows))?,
            Visitor { prefix: attempt.network.to_owned(), known_browser: knows },
        );
        let (by, device) = (attempt.by, attempt.device);
        let password = Secret::new(attempt.password.expose().clone());
        let account = found.as_ref().map(|found| &found.account);
        let answer = self.verify(account, password, visitor.clone()).await?;
        let (Answer::Right { outdated }, Some(found)) = (answer, &found) else {
            let reason = if found.is_some() { Reason::WrongPassword } else { Reason::NoAccount };
            self.tell_of_attempt(&attempt, found.as_ref(), reason).await?;
            return Err(NotDone::WrongPassword);
        };
        if found.account.state == AccountState::Disabled {
            self.tell_of_attempt(&attempt, Some(found), Reason::Disabled).await?;
            return Err(NotDone::WrongPassword);
        }
        self.was_no_attack(&given_back).await?;
        if outdated {
            self.hash_better(found.account.clone(), attempt.password, visitor);
        }
        if !knows {
            self.tell_them_of_new_browser(&found.account, device, by).await?;
        }
        self.proven(found, knows)
    }

    pub(super) fn proven(&self, found: &Found, knew_browser: bool) -> Result<SignedInAs, NotDone> {
        let account = &found.account;
        let subject = account.subject().map_err(|_| NotDone::Nobody)?;
        let methods = "pwd".parse().into_iter().collect();
        let proof = LoginAttempt::begin(subject, found.truth).proven(methods, self.0.authority.now());
        Ok(SignedInAs { proof, groups: account.groups.clone(), user: account.id, knew_browser })
    }

    fn buckets_of(
        &self,
        counted: &[Counted],
        key: &str,
        network: &str,
        device: &str,
    ) -> Result<Vec<Bucket>, NotDone> {
        let mut all = Vec::with_capacity(counted.len());
        for counted in counted {
            let by: &[&str] = match counted {
                Counted::Network => &[network],
                Counted::Pair => &[network, key],
                Counted::KnownBrowser => &[device, key],
                _ => &[key],
            };
            all.extend(self.buckets(&[(*counted, by)])?);
        }
        Ok(all)
    }

    /// Tells of a sign-in that was not one, once in a while for each account and reason.
    async fn tell_of_attempt(
        &self,
        attempt: &Attempt<'_>,
        found: Option<&Found>,
        reason: Reason,
    ) -> Result<(), NotDone> {
        let subject = match found {
            Some(found) => found.account.subject().ok(),
            None => self.pseudonym(attempt.name)?,
        };
        let Some(subject) = subject else { return Ok(()) };
        let name = if reason == Reason::TooMany { EventName::ThrottleHit } else { EventName::LoginFail };
        let engine = &self.0.authority;
        let event = attempt.by.tells_of_subject(&subject, name, reason, engine.now(), &*engine.0.entropy)?;
        let events = vec![cloakroom_model::records::event::Event { outcome: Outcome::Refused, ..event }];
        let trail = Trail { facts: Vec::new(), events };
        // A limit that is hit is hit again and again; each wrong password is one.
        if reason == Reason::TooMany {
            engine.tell_if_news(&trail).await?;
        } else {
            engine.0.stores.ledger.publish(&trail).await?;
        }
        Ok(())
    }

    async fn tell_them_of_new_browser(
        &self,
        account: &Account,
        device: &Device,
        by: &By,
    ) -> Result<(), NotDone> {
        let Some(to) = account.verified_email() else { return Ok(()) };
        let says = Says::NewSignIn(device.label.clone(), by.origin.address.clone());
        let letter = self.letter(to, &account.called, &account.language, says, None)?;
        self.0
            .authority
            .0
            .stores
            .requests
            .ask(Asking { post: vec![letter], ..Asking::default() }, &Trail::none())
            .await?;
        Ok(())
    }

    /// Hashes a password at today's cost, when the answer is on its way. If something else was changed meanwhile, the next sign-in tries
    /// again.
    fn hash_better(&self, account: Account, password: Secret<String>, visitor: Visitor) {
        let people = self.clone();
        tokio::spawn(async move {
            if let Ok(hash) = people.hash(password, visitor).await {
                let edit = Edit::Replace { expect: account.version, account: rehashed(&account, hash) };
                let _next_time = people.commit(Change::of(edit), &Trail::none()).await;
            }
        });
    }
}
