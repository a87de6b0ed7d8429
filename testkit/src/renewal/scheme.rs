//! The ways to judge a presented refresh token that are compared. A token is a number; what a family knows of it is the scheme.

use cloakroom_model::records::family::{Family, RefreshPolicy};
use cloakroom_model::words::id::{ClientId, FamilyId, SessionId};
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::families::{Asked, Standing, Worth, weigh};

/// How long an access token lives; every client renews when it is over.
pub const ACCESS_LIFE: Span = Span::minutes(10);
/// Racing and repeated requests are taken for one, in the schemes that have such a window.
pub const WINDOW: Span = Span::seconds(10);

/// The schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Ours, as it is by default.
    Strict,
    /// Ours, where a late retry may displace the current token once.
    Fork,
    /// Ours, where the client proves a key that nobody can copy.
    Bound,
    /// Each token once (RFC 9700 without more): any reuse ends the family.
    Once,
    /// A token stays good until its successor was used (as SuperTokens does).
    UntilSuccessorUsed,
    /// The parent of the current token always gets the current one again (as Supabase does).
    ParentAlways,
}

impl Scheme {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Strict, Self::Fork, Self::Bound, Self::Once, Self::UntilSuccessorUsed, Self::ParentAlways];

    /// Its name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "Cloakroom `strict`",
            Self::Fork => "Cloakroom `fork`",
            Self::Bound => "Cloakroom `bound`",
            Self::Once => "each token once",
            Self::UntilSuccessorUsed => "good until its successor is used",
            Self::ParentAlways => "the parent always",
        }
    }
}

/// What the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// This is the token from now on.
    Token(u32),
    /// The family is over.
    Over,
    /// The key was not proven: nothing changes.
    Unproven,
}

/// A family on the server.
#[derive(Debug)]
pub struct Server {
    scheme: Scheme,
    family: Family,
    ended: bool,
}

impl Server {
    /// A family that begins now, with token 1.
    #[must_use]
    pub fn starting(scheme: Scheme, now: Time) -> Self {
        let id = [0; 16];
        let family = Family {
            id: FamilyId::from_bytes(id),
            shard: Shard::of([0, 0]),
            client: ClientId::from_bytes(id),
            client_generation: 0,
            session: SessionId::from_bytes(id),
            ticket: 0,
            scope: Vec::new(),
            audience: Vec::new(),
            bound_to: None,
            salt: id,
            generation: 1,
            previous: None,
            kid: 1,
            rotated: now,
            forked: false,
            overtaken: None,
            doubted: None,
            created: now,
            last_used: now,
            idle: Span::days(14),
            absolute: now.plus(Span::days(30)),
        };
        Self { scheme, family, ended: false }
    }

    /// Somebody presents a token. Whether they can prove the key matters to the bound scheme alone.
    pub fn present(&mut self, token: u32, has_the_key: bool, now: Time) -> Said {
        if self.ended {
            return Said::Over;
        }
        let said = match self.scheme {
            Scheme::Strict => self.weighed(token, RefreshPolicy::Strict, now),
            Scheme::Fork => self.weighed(token, RefreshPolicy::Fork, now),
            Scheme::Bound if has_the_key => self.weighed(token, RefreshPolicy::Bound, now),
            Scheme::Bound => Said::Unproven,
            Scheme::Once => self.once(token),
            Scheme::UntilSuccessorUsed => self.until_successor_used(token),
            Scheme::ParentAlways => self.parent_always(token, now),
        };
        self.ended = said == Said::Over;
        said
    }

    fn weighed(&mut self, generation: u32, policy: RefreshPolicy, now: Time) -> Said {
        let is_proven = policy == RefreshPolicy::Bound;
        let asked = Asked { generation, kid: 1, policy, is_proven, window: WINDOW, late: ACCESS_LIFE };
        match weigh(&self.family, &asked, &Standing { is_live: true, may_be_behind: false, now }) {
            Worth::Next(next, _) => {
                self.family = *next;
                Said::Token(self.family.generation)
            }
            Worth::Same => Said::Token(self.family.generation),
            _ => Said::Over,
        }
    }

    fn go_on(&mut self) -> Said {
        self.family.previous = Some(self.family.generation);
        self.family.generation += 1;
        Said::Token(self.family.generation)
    }

    fn once(&mut self, token: u32) -> Said {
        if token == self.family.generation { self.go_on() } else { Said::Over }
    }

    /// `generation` is the newest that was handed out, `previous` the oldest that is still good: a successor that was never used
    /// leaves its parent good, and the parent may be given another one.
    fn until_successor_used(&mut self, token: u32) -> Said {
        let good_from = self.family.previous.unwrap_or(1);
        if token < good_from || token > self.family.generation {
            return Said::Over;
        }
        // It is used: those before it are not good any more. Its children are, until it has another one used.
        self.family.previous = Some(token);
        self.family.generation += 1;
        Said::Token(self.family.generation)
    }

    fn parent_always(&mut self, token: u32, _now: Time) -> Said {
        if token == self.family.generation {
            self.go_on()
        } else if self.family.previous == Some(token) {
            Said::Token(self.family.generation)
        } else {
            Said::Over
        }
    }
}
