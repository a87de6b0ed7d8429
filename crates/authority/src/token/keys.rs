//! Signing keys: made, published, used, retired, wiped; sealed in the store under the root key.

use crate::authority::Authority;
use crate::denied::Denied;
use crate::issuer::{Issuer, Purpose, Signing};
use cloakroom_crypto::jwks::{KeySet, publish};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_crypto::signing_key::SigningKey;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::keys::rotation::{Step, due, next_number};
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_store::fault::Fault;
use cloakroom_store::fault::FaultKind::Corrupt;
use cloakroom_store::keys::{Added, Advanced};
use std::sync::Arc;

/// From nothing to a key in use takes three steps, a rotation as many; others may be stepping too.
const STEPS: usize = 32;

/// Where a key is sealed to: nobody can put it into another's place.
fn place(purpose: Purpose, id: KeyId) -> [Vec<u8>; 4] {
    let purpose = purpose.as_str().as_bytes().to_vec();
    [b"ck_key".to_vec(), b"sealed".to_vec(), purpose, id.to_bytes().to_vec()]
}

impl Authority {
    pub(crate) fn issuer(&self) -> Result<&Issuer, Denied> {
        self.0.tokens.as_ref().ok_or(Denied::NoTokens)
    }

    /// How this engine issues tokens.
    pub fn token_policy(&self) -> Result<&TokenPolicy, Denied> {
        Ok(self.issuer()?.policy())
    }

    /// The published keys, as the text of `/.well-known/jwks.json`.
    pub fn jwks(&self) -> Result<Arc<str>, Denied> {
        let signing = self.issuer()?.signing.load_full().ok_or(Denied::NoSecrets)?;
        Ok(signing.jwks.clone())
    }

    /// The records of all signing keys, destroyed ones too.
    pub async fn signing_keys(&self) -> Result<Vec<KeyRecord>, Denied> {
        self.keys_of(Purpose::Access).await
    }

    async fn keys_of(&self, purpose: Purpose) -> Result<Vec<KeyRecord>, Denied> {
        Ok(self.0.stores.keys.of_purpose(purpose.as_str()).await?)
    }

    /// Takes every step that is due, then believes and publishes what is there. Called at the start and in each round of the upkeep.
    pub async fn tend_keys(&self) -> Result<(), Denied> {
        for issuer in [&self.0.tokens, &self.0.assertions].into_iter().flatten() {
            self.tend_keys_of(issuer).await?;
        }
        Ok(())
    }

    async fn tend_keys_of(&self, issuer: &Issuer) -> Result<(), Denied> {
        // One at a time: what was read first must not be believed last.
        let _alone = issuer.tending.lock().await;
        for _ in 0..STEPS {
            let records = self.keys_of(issuer.purpose).await?;
            if let Some(step) = self.outlived(&records) {
                self.step(issuer, step, &records).await?;
                continue;
            }
            let Some(step) = due(&records, &issuer.policy().keys, self.now()) else {
                return self.believe(issuer, records);
            };
            self.step(issuer, step, &records).await?;
        }
        Err(Denied::Down(Fault::of(Corrupt)))
    }

    /// A key that no root key opens any more is over, and one that an older root key seals is replaced before that one goes.
    fn outlived(&self, records: &[KeyRecord]) -> Option<Step> {
        let living = || records.iter().filter(|key| key.state != KeyState::Destroyed);
        let root_of = |key: &KeyRecord| KeyRing::root_of(&key.sealed);
        // Only an older one is gone; a newer one is known to others already.
        let is_gone = |key: &&KeyRecord| {
            let ring = &self.0.ring;
            root_of(key).is_some_and(|kid| kid < ring.active() && ring.kids().all(|own| own != kid))
        };
        if let Some(gone) = living().find(is_gone) {
            return Some(Step::Drop(gone.id, gone.state));
        }
        let is_newest = |key: &&KeyRecord| living().all(|other| other.kid <= key.kid);
        let newest = living().find(is_newest)?;
        (root_of(newest) < Some(self.0.ring.active())).then_some(Step::Make)
    }

    async fn step(&self, issuer: &Issuer, step: Step, records: &[KeyRecord]) -> Result<(), Denied> {
        use KeyState::{Active, Destroyed, Next, Retired};
        let tell = |name, reason| {
            let event = By::system().tells_of_key(name, reason, self.now(), &*self.0.entropy)?;
            Ok::<_, Denied>(Trail { facts: Vec::new(), events: vec![event] })
        };
        let keys = &self.0.stores.keys;
        // Whoever was faster has done it: what is there is read again either way.
        match step {
            Step::Make => {
                let kid = next_number(records).ok_or(Denied::NoSecrets)?;
                let record = self.new_key(issuer, kid)?;
                let _: Added = keys.add(record, &Trail::none()).await?;
            }
            Step::Activate(id) => {
                let _: Advanced =
                    keys.advance(id, Next, Active, &tell(EventName::KeyRotated, Reason::Periodic)?).await?;
            }
            Step::Retire(id) => {
                let _: Advanced = keys.advance(id, Active, Retired, &Trail::none()).await?;
            }
            Step::Drop(id, from) => {
                let trail = tell(EventName::KeyDestroyed, Reason::RootKeyGone)?;
                let _: Advanced = keys.advance(id, from, Destroyed, &trail).await?;
            }
            Step::Wipe(id) => {
                let trail = tell(EventName::KeyDestroyed, Reason::Periodic)?;
                let _: Advanced = keys.advance(id, Retired, Destroyed, &trail).await?;
            }
        }
        Ok(())
    }

    fn new_key(&self, issuer: &Issuer, kid: u16) -> Result<KeyRecord, Denied> {
        let (now, entropy) = (self.now(), &*self.0.entropy);
        let id = KeyId::draw(now, entropy)?;
        let private = SigningKey::draw(issuer.policy().keys.alg)?.to_private_bytes()?;
        let place = place(issuer.purpose, id);
        let sealed =
            self.0.ring.seal_at_rest(&place.each_ref().map(Vec::as_slice), private.expose(), entropy)?;
        let purpose = issuer.purpose.as_str().to_owned();
        Ok(KeyRecord { id, kid, purpose, state: KeyState::Next, created: now, changed: now, sealed })
    }

    /// Makes the next key now. It is published first and signs when everybody can know it; nobody is signed out.
    pub async fn rotate_signing_key(&self) -> Result<(), Denied> {
        let issuer = self.issuer()?;
        let records = self.signing_keys().await?;
        if !records.iter().any(|key| key.state == KeyState::Next) {
            self.step(issuer, Step::Make, &records).await?;
        }
        self.tend_keys().await
    }

    /// Ends a key that somebody else may have: every token it has signed is refused from now on, and another key signs. Answers
    /// whether there was such a key.
    pub async fn destroy_signing_key(&self, key: KeyId, by: &By) -> Result<bool, Denied> {
        self.issuer()?;
        let entropy = &*self.0.entropy;
        for _ in 0..STEPS {
            let records = self.signing_keys().await?;
            let Some(record) = records.iter().find(|record| record.id == key) else { return Ok(false) };
            if record.state == KeyState::Destroyed {
                self.tend_keys().await?;
                return Ok(true);
            }
            let event = by.tells_of_key(EventName::KeyDestroyed, Reason::Compromised, self.now(), entropy)?;
            let fact = KeptFact { fact: Fact::revoke(FactKey::Key(key)), until: Time::MAX };
            let trail = Trail { facts: vec![fact], events: vec![event] };
            let _: Advanced =
                self.0.stores.keys.advance(key, record.state, KeyState::Destroyed, &trail).await?;
        }
        Err(Denied::Down(Fault::of(Corrupt)))
    }

    fn believe(&self, issuer: &Issuer, records: Vec<KeyRecord>) -> Result<(), Denied> {
        if issuer.signing.load().as_ref().is_some_and(|signing| signing.records == records) {
            return Ok(());
        }
        let (mut believed, mut published, mut active) = (KeySet::default(), Vec::new(), None);
        let is_ours = |key: &&KeyRecord| KeyRing::root_of(&key.sealed) <= Some(self.0.ring.active());
        let living = records.iter().filter(|record| record.state != KeyState::Destroyed);
        for record in living.filter(is_ours) {
            let place = place(issuer.purpose, record.id);
            let opened = self.0.ring.open_at_rest(&place.each_ref().map(Vec::as_slice), &record.sealed);
            let key = opened.ok().and_then(|private| SigningKey::from_private_bytes(&private).ok());
            let key = match key {
                Some(key) => key,
                // Damaged. What it has signed is renewed; what would sign with it must not start.
                None if record.state == KeyState::Retired => continue,
                None => return Err(Denied::corrupt()),
            };
            let kid = record.id.to_string();
            published.push(key.public(&kid)?);
            believed.add(&kid, key.verifying(&kid)?).map_err(|_| Denied::corrupt())?;
            if record.state == KeyState::Active {
                active = Some((kid, key));
            }
        }
        let (kid, key) = active.ok_or_else(Denied::corrupt)?;
        let jwks = publish(&published).into();
        issuer.tokens.believe(believed);
        issuer.signing.store(Some(Arc::new(Signing { kid, key, jwks, records })));
        self.0.feed.hints.send_replace(());
        Ok(())
    }
}
