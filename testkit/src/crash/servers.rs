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

/// A PostgreSQL server of its own, a Redis server, or both. The writer is killed, each of them, and all at once, in turns.
#[derive(Debug)]
pub struct Servers {
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    strikes: usize,
}

impl Servers {
    /// Starts those of a store by its name: `postgres`, `redis` (beside PostgreSQL) or `redis-alone`.
    pub fn start(of: &str) -> Result<Self, Failure> {
        let postgres = (of != "redis-alone").then(|| Postgres::start(&[], None)).transpose()?;
        let redis = (of != "postgres").then(|| Redis::start(&[])).transpose()?;
        Ok(Self { postgres, redis, strikes: 0 })
    }

    fn next(&self) -> Next {
        let all: &[Next] = match (&self.postgres, &self.redis) {
            (Some(_), Some(_)) => &[Next::Writer, Next::Postgres, Next::Redis, Next::All],
            (Some(_), None) => &[Next::Writer, Next::Postgres, Next::All],
            (None, _) => &[Next::Writer, Next::Redis, Next::All],
        };
        all.get(self.strikes % all.len()).copied().unwrap_or(Next::Writer)
    }
}

impl World for Servers {
    fn fresh(&mut self) -> Result<Place, Failure> {
        let redis = self.redis.as_ref().map(|redis| redis.url(&redis.prefix()));
        match &self.postgres {
            Some(postgres) => Ok(Place { durable: postgres.url(&postgres.database()?), sessions: redis }),
            None => Ok(Place { durable: redis.unwrap_or_default(), sessions: None }),
        }
    }

    fn strike(&mut self, writer: &mut Child) -> Result<(), Failure> {
        let next = self.next();
        if let (Next::Redis | Next::All, Some(redis)) = (next, &self.redis) {
            redis.kill()?;
        }
        if let (Next::Postgres | Next::All, Some(postgres)) = (next, &self.postgres) {
            postgres.kill()?;
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
        if let (Next::Postgres | Next::All, Some(postgres)) = (next, &self.postgres) {
            postgres.run(&[])?;
        }
        self.strikes += 1;
        Ok(())
    }
}
