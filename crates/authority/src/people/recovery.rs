//! A forgotten password.

use super::changing::{Plan, replace};
use super::links::Asker;
use super::message::Says;
use super::{NotDone, People};
use crate::ports::hasher::Visitor;
use cloakroom_model::records::account::{Account, AccountState};
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::About;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::people::edits::{verified, with_password};
use cloakroom_rules::session::raise::Why;
use cloakroom_store::directory::Change;
use cloakroom_store::requests::Asking;

impl People {
    /// Sends a link to an address that has an account. What is answered, and when, is the same if it has none.
    pub async fn recover(&self, email: &LoginName, asker: &Asker<'_>) -> Result<(), NotDone> {
        self.may_send(asker, email.key()).await?;
        let began = self.began();
        let stores = &self.0.authority.0.stores;
        let found = stores.directory.by_name(email).await?;
        let found = found.filter(|found| found.account.state == AccountState::Active);
        if let Some(found) = found {
            let of = Some((found.account.id, found.truth));
            let about = About::Recovery { email: email.clone() };
            let (link, request) = self.begin(Some(asker), of, about, self.0.policy.links)?;
            let (to, until) = (self.as_typed(&found.account, email), Some(request.expires));
            let letter =
                self.letter(to, &found.account.called, &found.account.language, Says::Recovery(link), until)?;
            let subject = found.account.subject().map_err(|_| NotDone::Nobody)?;
            let engine = &self.0.authority;
            let event = asker.by.tells_of_subject(
                &subject,
                EventName::LinkAsked,
                Reason::Recovery,
                engine.now(),
                &*engine.0.entropy,
            )?;
            let trail = Trail { facts: Vec::new(), events: vec![event] };
            stores
                .requests
                .ask(Asking { ask: vec![request], post: vec![letter], ..Asking::default() }, &trail)
                .await?;
        } else {
            let trail = self.tells_of_name(email, EventName::LinkAsked, Reason::NoAccount, asker)?;
            stores.ledger.publish(&trail).await?;
        }
        self.wait_out(began).await;
        Ok(())
    }

    /// Mail goes to an address as its owner wrote it, and never as somebody else typed it.
    fn as_typed<'a>(&self, account: &'a Account, email: &'a LoginName) -> &'a LoginName {
        account.names.iter().map(|known| &known.name).find(|name| *name == email).unwrap_or(email)
    }

    /// A new password for whoever reads the mail of the account. Every session and every other link of theirs ends with it.
    pub async fn finish_recovery(
        &self,
        link: &str,
        password: Secret<String>,
        asker: &Asker<'_>,
        code: &str,
    ) -> Result<(), NotDone> {
        let opened = self.use_link(link, asker, code).await?;
        let (About::Recovery { email }, Some(user)) = (&opened.request.about, opened.request.user) else {
            return Err(NotDone::LinkGone);
        };
        let account = self.read(user).await?.account;
        self.may_choose(password.expose(), &known_of(&account)).await?;
        let visitor = Visitor { prefix: asker.network.to_owned(), known_browser: false };
        let hash = self.hash(password, visitor).await?;
        let now = self.0.authority.now();
        self.change(user, None, |found| {
            // It went to an address of theirs. If it is one no more, whoever reads mail there is nobody now.
            if found.account.names.iter().all(|known| known.name != *email) {
                return Err(NotDone::LinkGone);
            }
            let account = verified(&with_password(&found.account, hash.clone(), now), email, now);
            let account = Account { version: found.account.version + 1, ..account };
            let change = Change {
                redeem: Some(opened.request.look_up),
                void: true,
                post: self.told(&account, Says::PasswordChanged)?.into_iter().collect(),
                ..Change::of(replace(&found.account, account))
            };
            Ok(Plan { change, trail: Trail::none(), raise: Some((Why::CredentialChanged, asker.by)) })
        })
        .await
        .map(drop)
    }

    /// A letter to somebody about their account, if they can be written to.
    pub(super) fn told(&self, account: &Account, says: Says) -> Result<Option<Letter>, NotDone> {
        let to = account.verified_email();
        Ok(to.map(|to| self.letter(to, &account.called, &account.language, says, None)).transpose()?)
    }
}

/// What everybody knows of an account.
pub(super) fn known_of(account: &Account) -> Vec<&str> {
    account.names.iter().map(|known| known.name.as_str()).chain([account.called.as_str()]).collect()
}
