//! Each kind of trouble, on each store that it can befall. `docs/operations/stores.md` has the table.

use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_testkit::engine::{Failure, Place, runtime};
use cloakroom_testkit::proxy::{Mode, Proxy};
use cloakroom_testkit::trouble::{Suffered, suffer};
use tempfile::TempDir;

/// Whose trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The only store.
    Postgres,
    /// The one that decides, with sessions elsewhere.
    PostgresOfTwo,
    /// The one that has the sessions.
    Redis,
    /// The one that has everything.
    RedisAlone,
}

struct World {
    postgres: Option<Postgres>,
    database: String,
    redis: Option<Redis>,
    _folder: TempDir,
}

impl World {
    fn new(at: At) -> Self {
        let postgres = (at != At::RedisAlone).then(|| Postgres::start(&[], None).unwrap());
        let database = postgres.as_ref().map(|postgres| postgres.database().unwrap()).unwrap_or_default();
        let redis = (at != At::Postgres).then(|| Redis::start(&[]).unwrap());
        Self { postgres, database, redis, _folder: TempDir::new().unwrap() }
    }

    fn place(&self) -> Place {
        let redis = self.redis.as_ref().map(|redis| redis.url("trouble:"));
        match &self.postgres {
            Some(postgres) => Place { durable: postgres.url(&self.database), sessions: redis },
            None => Place { durable: redis.unwrap(), sessions: None },
        }
    }

    fn postgres(&self) -> &Postgres {
        self.postgres.as_ref().unwrap()
    }

    fn redis(&self) -> &Redis {
        self.redis.as_ref().unwrap()
    }

    fn suffers(&self, trouble: impl FnMut(bool) -> Result<(), Failure>) -> Suffered {
        suffer(&self.place(), &self.place(), trouble).unwrap()
    }
}

fn is_well(suffered: &Suffered) {
    assert_eq!(suffered.violations, Vec::<String>::new(), "{suffered:?}");
    assert!(suffered.acknowledged > 20 && suffered.failed > 0, "there was no trouble: {suffered:?}");
}

fn port_of(url: &str) -> u16 {
    let host = ["localhost:", "127.0.0.1:"].into_iter().find_map(|host| url.split_once(host));
    let digits = host.unwrap().1.split(|c: char| !c.is_ascii_digit()).next();
    digits.unwrap().parse().unwrap()
}

/// The network does something between an app and a server.
fn on_the_way(at: At, mode: Mode) {
    let world = World::new(at);
    let direct = world.place();
    let url = match at {
        At::Redis => direct.sessions.clone().unwrap(),
        At::Postgres | At::PostgresOfTwo | At::RedisAlone => direct.durable.clone(),
    };
    let port = port_of(&url);
    let proxy = runtime().unwrap().block_on(Proxy::before(([127, 0, 0, 1], port).into())).unwrap();
    let through = url.replace(&format!(":{port}"), &format!(":{}", proxy.address().port()));
    let place = match at {
        At::Redis => Place { sessions: Some(through), ..direct.clone() },
        At::Postgres | At::PostgresOfTwo | At::RedisAlone => Place { durable: through, ..direct.clone() },
    };
    let suffered = suffer(&place, &direct, |is_on| {
        proxy.does(if is_on { mode } else { Mode::Passes });
        Ok(())
    });
    let suffered = suffered.unwrap();
    match mode {
        // It only takes longer.
        Mode::Drips | Mode::Holds => assert_eq!(suffered.violations, Vec::<String>::new(), "{suffered:?}"),
        _ => is_well(&suffered),
    }
}

macro_rules! on_the_way {
    ($($name:ident: $mode:ident;)*) => {
        $(mod $name {
            use super::{At, Mode, on_the_way};

            #[test]
            fn slow_to_postgres() {
                on_the_way(At::Postgres, Mode::$mode);
            }

            #[test]
            fn slow_to_postgres_with_sessions_elsewhere() {
                on_the_way(At::PostgresOfTwo, Mode::$mode);
            }

            #[test]
            fn slow_to_redis() {
                on_the_way(At::Redis, Mode::$mode);
            }

            #[test]
            fn slow_to_redis_alone() {
                on_the_way(At::RedisAlone, Mode::$mode);
            }
        })*
    };
}

on_the_way! {
    no_connection: Cut;
    everything_is_held_back: Holds;
    answers_are_lost: LosesAnswers;
    cut_in_the_middle_of_a_statement: Tears;
    a_few_bytes_at_a_time: Drips;
    something_else_answers: Garbles;
}

#[test]
fn slow_postgres_is_killed() {
    for at in [At::Postgres, At::PostgresOfTwo] {
        let world = World::new(at);
        is_well(&world.suffers(|is_on| {
            let done = if is_on { world.postgres().kill() } else { world.postgres().run(&[]) };
            Ok(done?)
        }));
    }
}

#[test]
fn slow_postgres_ends_every_connection_and_lets_nobody_in() {
    for at in [At::Postgres, At::PostgresOfTwo] {
        let world = World::new(at);
        let database = &world.database;
        is_well(&world.suffers(|is_on| {
            world
                .postgres()
                .give("postgres", &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {}", !is_on))?;
            if is_on {
                let all = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
                );
                world.postgres().give("postgres", &all)?;
            }
            Ok(())
        }));
    }
}

/// It cannot write its log, and ends; as soon as there is room it is there again.
#[test]
fn slow_the_disk_of_postgres_is_full() {
    for at in [At::Postgres, At::PostgresOfTwo] {
        let world = World::new(at);
        is_well(&world.suffers(|is_on| {
            if is_on {
                return Ok(world.postgres().fill_disk()?);
            }
            Ok(world.postgres().run(&[])?)
        }));
    }
}

#[test]
fn slow_redis_is_killed() {
    for at in [At::Redis, At::RedisAlone] {
        let world = World::new(at);
        is_well(&world.suffers(|is_on| {
            let done = if is_on { world.redis().kill() } else { world.redis().run(&[]) };
            Ok(done?)
        }));
    }
}

#[test]
fn slow_redis_stands_still() {
    for at in [At::Redis, At::RedisAlone] {
        let world = World::new(at);
        let suffered = world.suffers(|is_on| {
            let done = if is_on { world.redis().pause() } else { world.redis().go_on() };
            Ok(done?)
        });
        assert_eq!(suffered.violations, Vec::<String>::new());
    }
}

#[test]
fn slow_redis_has_no_room_left() {
    for at in [At::Redis, At::RedisAlone] {
        let world = World::new(at);
        is_well(&world.suffers(|is_on| {
            world.redis().give(&["CONFIG", "SET", "maxmemory", if is_on { "1" } else { "0" }])?;
            Ok(())
        }));
    }
}

#[test]
fn slow_redis_forgets_scripts_and_connections() {
    for at in [At::Redis, At::RedisAlone] {
        let world = World::new(at);
        let suffered = world.suffers(|_| {
            world.redis().give(&["SCRIPT", "FLUSH"])?;
            world.redis().give(&["CLIENT", "KILL", "TYPE", "normal"])?;
            Ok(())
        });
        assert_eq!(suffered.violations, Vec::<String>::new());
    }
}

/// What it had is lost, and nothing else: whoever has a session from before signs in again.
#[test]
fn slow_redis_loses_everything() {
    let world = World::new(At::Redis);
    let suffered = world.suffers(|is_on| {
        if is_on {
            world.redis().give(&["FLUSHALL"])?;
        }
        Ok(())
    });
    let lost = ["an acknowledged session is gone", "nobody took it back, and it is refused"];
    let other: Vec<_> =
        suffered.violations.iter().filter(|what| !lost.iter().any(|lost| what.contains(lost))).collect();
    assert!(other.is_empty() && suffered.acknowledged > 20, "{other:?}");
    assert!(suffered.violations.len() > 5, "who is signed out is noticed: {suffered:?}");
}
