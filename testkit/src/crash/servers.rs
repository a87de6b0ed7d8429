//! Stores on servers, which are killed too.

use super::World;
use crate::engine::{Failure, Place};
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use std::process::Child;

/// Who is killed next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Writer,
    Postgres,
    Redis,
    All,
}

/// A PostgreSQL server of its own, and perhaps a Redis server for sessions. The writer is killed, each of them, and all at once, in turns.
#[derive(Debug)]
pub struct Servers {
    postgres: Postgres,
    redis: Option<Redis>,
    strikes: usize,
}

impl Servers {
    /// Starts them.
    pub fn start(with_redis: bool) -> Result<Self, Failure> {
        let redis = with_redis.then(|| Redis::start(&[])).transpose()?;
        Ok(Self { postgres: Postgres::start(&[], None)?, redis, strikes: 0 })
    }

    fn next(&self) -> Next {
        let all: &[Next] = match self.redis {
            Some(_) => &[Next::Writer, Next::Postgres, Next::Redis, Next::All],
            None => &[Next::Writer, Next::Postgres, Next::All],
        };
        all.get(self.strikes % all.len()).copied().unwrap_or(Next::Writer)
    }
}

impl World for Servers {
    fn fresh(&mut self) -> Result<Place, Failure> {
        let durable = self.postgres.url(&self.postgres.database()?);
        Ok(Place { durable, sessions: self.redis.as_ref().map(|redis| redis.url(&redis.prefix())) })
    }

    fn strike(&mut self, writer: &mut Child) -> Result<(), Failure> {
        let next = self.next();
        if let (Next::Redis | Next::All, Some(redis)) = (next, &self.redis) {
            redis.kill()?;
        }
        if matches!(next, Next::Postgres | Next::All) {
            self.postgres.kill()?;
        }
        // It goes on for as long as it can, and says what was acknowledged.
        if matches!(next, Next::Writer | Next::All) {
            writer.kill()?;
        }
        Ok(())
    }

    fn mend(&mut self) -> Result<(), Failure> {
        let next = self.next();
        if let (Next::Redis | Next::All, Some(redis)) = (next, &self.redis) {
            redis.run(&[])?;
        }
        if matches!(next, Next::Postgres | Next::All) {
            self.postgres.run(&[])?;
        }
        self.strikes += 1;
        Ok(())
    }
}
