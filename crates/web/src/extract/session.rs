//! The session of a request.

use super::guarded::IsGuarded;
use super::rejection::Rejection;
use crate::detached::Detached;
use crate::handle::Handle;
use crate::refusals;
use crate::session_error::SessionError;
use axum::extract::FromRequestParts;
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::sign_in::SignedInClass;
use core::marker::PhantomData;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A name in a session, with the type of what stands under it.
#[derive(Debug)]
pub struct Key<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> Key<T> {
    /// The key of a name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash(pub String);

const FLASH: Key<Vec<Flash>> = Key::new("ck.flash");

/// The session of a request, signed in or not. What is changed is written when the handler has answered, before the
/// first byte; an answer of 500 and up, and a panic, drop it. A visitor's session begins with the first write.
#[derive(Debug, Clone)]
pub struct Session(pub(super) Handle);

impl<S: IsGuarded> FromRequestParts<S> for Session {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let handle = of(parts)?;
        match handle.look().await {
            Ok(()) => Ok(Self(handle)),
            Err(denied) => Err(Rejection::error(&denied.into(), &handle)),
        }
    }
}

pub(super) fn of(parts: &Parts) -> Result<Handle, Rejection> {
    // The state says that the layer is there; a handler called around it has no session.
    parts.extensions.get::<Handle>().cloned().ok_or_else(|| Rejection::of(&refusals::OVERLOADED))
}

impl Session {
    /// The value under a key.
    pub fn get<T: DeserializeOwned>(&self, key: Key<T>) -> Result<Option<T>, SessionError> {
        self.0.get(key.name)
    }

    /// Sets the value under a key.
    pub fn set<T: Serialize>(&self, key: Key<T>, value: &T) -> Result<(), SessionError> {
        self.0.set(key.name, value)
    }

    /// Removes the value under a key.
    pub fn remove<T>(&self, key: Key<T>) -> Result<(), SessionError> {
        self.0.remove(key.name)
    }

    /// Changes the value under a key from what is there, and writes it now; `make` is asked again when another request was
    /// faster. For counters, and whatever two requests may change at once.
    pub async fn update<T: Serialize + DeserializeOwned>(
        &self,
        key: Key<T>,
        make: impl FnMut(Option<T>) -> T + Send,
    ) -> Result<(), SessionError> {
        self.0.update(key.name, make).await
    }

    /// Leaves a message for the next page.
    pub fn flash(&self, message: impl Into<String>) -> Result<(), SessionError> {
        let mut all = self.get(FLASH)?.unwrap_or_default();
        all.push(Flash(message.into()));
        self.set(FLASH, &all)
    }

    /// Takes the messages that were left. They are shown once.
    pub fn take_flashes(&self) -> Result<Vec<Flash>, SessionError> {
        let all = self.get(FLASH)?.unwrap_or_default();
        if !all.is_empty() {
            self.remove(FLASH)?;
        }
        Ok(all)
    }

    /// Its id, which people may see.
    #[must_use]
    pub fn id(&self) -> Option<SessionId> {
        self.record().map(|record| record.id)
    }

    /// Who is signed in.
    #[must_use]
    pub fn subject(&self) -> Option<SubjectId> {
        self.record()?.subject.clone()
    }

    /// The record, as it was when the request came.
    #[must_use]
    pub fn record(&self) -> Option<Arc<Record>> {
        self.0.session()
    }

    /// Signs in whom the proof is about.
    pub fn sign_in(
        &self,
        proof: LoginProof,
        class: SignedInClass,
        groups: Vec<Group>,
    ) -> Result<(), SessionError> {
        self.0.sign_in(proof, class, groups)
    }

    /// Looks at the session for the page that asks for a fresh proof: also one whose client has changed, which opens
    /// nothing else under `BindingPolicy::StepUp`.
    pub async fn look_to_confirm(&self) -> Result<(), SessionError> {
        Ok(self.0.look_to_confirm().await?)
    }

    /// A fresh proof of who is signed in.
    pub fn step_up(&self, proof: LoginProof) -> Result<(), SessionError> {
        self.0.step_up(proof)
    }

    /// Signs out. It is durable when this returns.
    pub async fn sign_out(&self) -> Result<(), SessionError> {
        self.0.sign_out().await
    }

    /// Ends all other sessions of the user. It is durable when this returns. Answers how many of them the store had: those that
    /// cookies carry end too, and nobody knows how many they were.
    pub async fn sign_out_elsewhere(&self) -> Result<u32, SessionError> {
        self.0.end_others(&Why::SignOutEverywhere).await
    }

    /// The same because a password or another factor was changed.
    pub async fn credential_changed(&self) -> Result<u32, SessionError> {
        self.0.end_others(&Why::CredentialChanged).await
    }

    /// Writes what was changed now. Commit first, charge the card after.
    pub async fn commit(&self) -> Result<(), SessionError> {
        self.0.commit().await
    }

    /// The session apart from this request, for a stream that outlives it.
    #[must_use]
    pub fn detach(&self) -> Option<Detached> {
        self.0.detach()
    }

    /// What this request and its layers share.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.0
    }
}
