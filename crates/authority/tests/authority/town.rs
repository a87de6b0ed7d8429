//! People of a world, and short words for what they do.

use crate::world::{World, admin, groups, worlds};
use cloakroom_authority::Denied;
use cloakroom_authority::people::{Asker, Attempt, Import, NotDone, People, SignedInAs, WantsIn};
use cloakroom_authority::ports::breaches::Breaches;
use cloakroom_authority::ports::hasher::{Hasher, Shape};
use cloakroom_authority::session::{Checked, SignedIn};
use cloakroom_crypto::password::argon2id::Cost;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::account::{Account, AccountState};
use cloakroom_model::records::event::{Actor, EventName, Origin, Reason};
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::people::policy::PeoplePolicy;
use std::sync::Arc;

pub(crate) const PASSWORD: &str = "correct horse";

/// A password that somebody has lost.
pub(crate) const STOLEN: &str = "trombone-kestrel";

/// The list of them.
#[derive(Debug)]
struct Stolen;

#[async_trait::async_trait]
impl Breaches for Stolen {
    async fn knows(&self, sha1: [u8; 20]) -> Result<bool, Denied> {
        Ok(sha1 == cloakroom_crypto::password::fast::sha1(STOLEN.as_bytes()))
    }
}

/// People of a world, cheap to hash for, who are answered at once.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) people: People,
    pub(crate) by: By,
    runtime: tokio::runtime::Runtime,
}

pub(crate) fn town(world: World, policy: PeoplePolicy) -> Town {
    let cost = Cost { memory: 64, passes: 1, lanes: 1 };
    let entropy = Arc::new(SeededEntropy::new(5));
    let hasher = Arc::new(Hasher::start(Shape { cost, ..Shape::default() }, entropy).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let policy = PeoplePolicy { deadline: Span::ZERO, ..policy };
    let people = runtime
        .block_on(People::open(world.authority.clone(), hasher, policy, Some(Arc::new(Stolen))))
        .unwrap();
    Town { world, people, by: By { actor: Actor::Nobody, origin: Origin::default() }, runtime }
}

pub(crate) fn towns() -> Vec<Town> {
    let with_people = worlds().into_iter().filter(|world| world.stores.guarantees.people);
    with_people.map(|world| town(world, PeoplePolicy::default())).collect()
}

pub(crate) fn email(text: &str) -> LoginName {
    LoginName::email(text).unwrap()
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

impl Town {
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn asker<'a>(&'a self, browser: &'a str) -> Asker<'a> {
        Asker { browser, network: "192.0.2.0/24", by: &self.by, language: "en" }
    }

    pub(crate) fn import(&self, names: &[(&str, bool)], password: Option<&str>, of: &[&str]) -> Account {
        let hash = password.map(|password| self.wait(self.people.hash_for(secret(password))).unwrap());
        let import = Import {
            names: names.iter().map(|(name, is)| (name.parse().unwrap(), *is)).collect(),
            called: "Anna".to_owned(),
            password: hash,
            groups: groups(of),
            state: AccountState::Active,
        };
        self.wait(self.people.create(import, Reason::Imported, &admin())).unwrap()
    }

    pub(crate) fn anna(&self) -> Account {
        self.import(&[("anna@example.com", true), ("anna", true)], Some(PASSWORD), &["staff"])
    }

    pub(crate) fn try_from(
        &self,
        network: &str,
        browser: Option<&str>,
        name: &str,
        password: &str,
    ) -> Result<SignedInAs, NotDone> {
        let device = &self.world.device;
        let password = secret(password);
        self.wait(self.people.sign_in(Attempt { name, password, network, browser, by: &self.by, device }))
    }

    pub(crate) fn try_sign_in(&self, name: &str, password: &str) -> Result<SignedInAs, NotDone> {
        self.try_from("192.0.2.0/24", None, name, password)
    }

    pub(crate) fn session(&self, name: &str, password: &str) -> SignedIn {
        let proven = self.try_sign_in(name, password).unwrap();
        self.world.sign_in_with(&proven.proof, None).unwrap()
    }

    pub(crate) fn checked(&self, signed_in: &SignedIn) -> Checked {
        self.world.check(&signed_in.ticket).unwrap()
    }

    /// The letters that are due, as their readers read them: to whom, what, and the link.
    pub(crate) fn letters(&self) -> Vec<(String, &'static str, String)> {
        let mut read = Vec::new();
        for posted in self.wait(self.people.letters(100)).unwrap() {
            let link = posted.message.says.link().map(|link| link.to_text().expose().clone());
            read.push((
                posted.message.to.to_string(),
                posted.message.says.as_str(),
                link.unwrap_or_default(),
            ));
            self.wait(self.people.was_posted(posted.id)).unwrap();
        }
        read.sort();
        read
    }

    pub(crate) fn link(&self, says: &str) -> String {
        let letters = self.letters();
        let found = letters.iter().find(|(_, said, _)| *said == says);
        found.unwrap_or_else(|| panic!("no {says} in {letters:?}")).2.clone()
    }

    pub(crate) fn signs_up(&self, address: &str, browser: &str) -> Result<(), NotDone> {
        let wants = WantsIn { email: email(address), called: "Anna", password: secret(PASSWORD) };
        self.wait(self.people.sign_up(wants, &self.asker(browser)))
    }

    pub(crate) fn told(&self) -> Vec<(EventName, Option<Reason>)> {
        self.world.events().into_iter().map(|event| (event.name, event.reason)).collect()
    }
}
