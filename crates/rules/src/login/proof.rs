//! The proof that somebody is who they say. Sessions are opened for a proof and for nothing else.

use cloakroom_model::records::session::{Assurance, Generations};
use cloakroom_model::words::subject::{Method, SubjectId};
use cloakroom_model::words::time::Time;

/// A sign-in that has begun. The counters are read before the password is looked at, so that a change of
/// password that happens meanwhile overtakes it.
#[derive(Debug)]
pub struct LoginAttempt {
    subject: SubjectId,
    generations: Generations,
}

/// Somebody has proven to be this subject.
#[derive(Debug)]
pub struct LoginProof {
    subject: SubjectId,
    assurance: Assurance,
    generations: Generations,
}

impl LoginAttempt {
    /// Begins, with the counters as the truth has them now.
    #[must_use]
    pub const fn begin(subject: SubjectId, generations: Generations) -> Self {
        Self { subject, generations }
    }

    /// Whom it is about.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// The caller has checked that it is so, by these methods. There is no other way to a proof.
    #[must_use]
    pub fn proven(self, methods: Vec<Method>, at: Time) -> LoginProof {
        LoginProof {
            subject: self.subject,
            assurance: Assurance { methods, at },
            generations: self.generations,
        }
    }
}

impl LoginProof {
    /// Who.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// How and when.
    #[must_use]
    pub const fn assurance(&self) -> &Assurance {
        &self.assurance
    }

    /// The counters that were read before it.
    #[must_use]
    pub const fn generations(&self) -> Generations {
        self.generations
    }
}
