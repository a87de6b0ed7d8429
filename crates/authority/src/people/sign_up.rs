//! Somebody new. There is no account before its address was shown to be theirs.

use super::links::{Asker, Opened};
use super::message::Says;
use super::{NotDone, People, SignedInAs};
use crate::ports::hasher::Visitor;
use cloakroom_model::records::account::{KnownName, PasswordHash};
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::request::About;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::people::edits::Newcomer;
use cloakroom_rules::people::link::signs_in;
use cloakroom_rules::people::policy::SignUp;
use cloakroom_store::directory::{Change, Edit};
use cloakroom_store::requests::Asking;

/// Somebody wants an account.
#[derive(Debug)]
pub struct WantsIn<'a> {
    /// Their address.
    pub email: LoginName,
    /// What they want to be called.
    pub called: &'a str,
    /// The password they choose.
    pub password: Secret<String>,
}

impl People {
    /// Sends a link to whoever wants an account. Whether the address has one already is told to the address only, and takes as long.
    pub async fn sign_up(&self, wants: WantsIn<'_>, asker: &Asker<'_>) -> Result<(), NotDone> {
        if self.0.policy.sign_up != SignUp::Open {
            return Err(NotDone::Closed);
        }
        self.is_fit(wants.password.expose(), &[wants.email.as_str(), wants.called])?;
        self.may_send(asker, wants.email.key()).await?;
        self.was_not_lost(wants.password.expose()).await?;
        let began = self.began();
        let visitor = Visitor { prefix: asker.network.to_owned(), known_browser: false };
        let password = self.hash(wants.password, visitor).await?;
        let stores = &self.0.authority.0.stores;
        let found = stores.directory.by_name(&wants.email).await?;
        let (ask, letter) = match found {
            Some(found) => {
                let (called, language) = (&found.account.called, &found.account.language);
                (Vec::new(), self.letter(&wants.email, called, language, Says::AlreadyHere, None)?)
            }
            None => {
                let about =
                    About::SignUp { email: wants.email.clone(), called: wants.called.to_owned(), password };
                let (link, mut request) = self.begin(Some(asker), None, about, self.0.policy.links)?;
                request.generations = self.epoch().await?;
                let says = Says::ConfirmSignUp(link);
                // Whoever reads mail there may be anybody: nothing that somebody else wrote is in it.
                let letter = self.letter(&wants.email, "", asker.language, says, Some(request.expires))?;
                (vec![request], letter)
            }
        };
        let trail = self.tells_of_name(&wants.email, EventName::LinkAsked, Reason::Joined, asker)?;
        stores.requests.ask(Asking { ask, post: vec![letter], ..Asking::default() }, &trail).await?;
        self.wait_out(began).await;
        Ok(())
    }

    /// What is told of an address that may be nobody's.
    pub(super) fn tells_of_name(
        &self,
        name: &LoginName,
        event: EventName,
        reason: Reason,
        asker: &Asker<'_>,
    ) -> Result<Trail, NotDone> {
        let engine = &self.0.authority;
        let subject = self.pseudonym(name.key())?;
        let events = subject
            .map(|subject| {
                asker.by.tells_of_subject(&subject, event, reason, engine.now(), &*engine.0.entropy)
            })
            .transpose()?;
        Ok(Trail { facts: Vec::new(), events: events.into_iter().collect() })
    }

    /// The address was shown to be theirs: the account begins. Answers who they are if this browser signs in with it.
    pub async fn finish_sign_up(
        &self,
        link: &str,
        asker: &Asker<'_>,
        code: &str,
    ) -> Result<Option<SignedInAs>, NotDone> {
        let opened = self.use_link(link, asker, code).await?;
        let About::SignUp { email, called, password } = opened.request.about.clone() else {
            return Err(NotDone::LinkGone);
        };
        self.joins(&opened, email, called, password, Vec::new(), asker).await
    }

    /// Somebody who was asked to join chooses a password, and the account begins.
    pub async fn accept_invitation(
        &self,
        link: &str,
        called: &str,
        password: Secret<String>,
        asker: &Asker<'_>,
    ) -> Result<Option<SignedInAs>, NotDone> {
        let opened = self.use_link(link, asker, "").await?;
        let About::Invitation { email, groups } = opened.request.about.clone() else {
            return Err(NotDone::LinkGone);
        };
        self.may_choose(password.expose(), &[email.as_str(), called]).await?;
        let visitor = Visitor { prefix: asker.network.to_owned(), known_browser: false };
        let password = self.hash(password, visitor).await?;
        self.joins(&opened, email, called.to_owned(), password, groups, asker).await
    }

    async fn joins(
        &self,
        opened: &Opened,
        email: LoginName,
        called: String,
        password: PasswordHash,
        groups: Vec<cloakroom_model::words::subject::Group>,
        asker: &Asker<'_>,
    ) -> Result<Option<SignedInAs>, NotDone> {
        let engine = &self.0.authority;
        let (now, entropy) = (engine.now(), &*engine.0.entropy);
        let names = vec![KnownName { name: email, verified: Some(now) }];
        let newcomer =
            Newcomer { names, called, password: Some(password), groups, language: asker.language.to_owned() };
        let account = newcomer.account(UserId::draw(now, entropy)?, now);
        let subject = account.subject().map_err(|_| NotDone::Nobody)?;
        let event =
            asker.by.tells_of_subject(&subject, EventName::UserCreated, Reason::Joined, now, entropy)?;
        let change =
            Change { redeem: Some(opened.request.look_up), ..Change::of(Edit::Create(account.clone())) };
        self.commit(change, &Trail { facts: Vec::new(), events: vec![event] }).await?;
        if !signs_in(&opened.request.about, opened.standing) {
            return Ok(None);
        }
        self.proven(&self.read(account.id).await?, true).map(Some)
    }
}
