//! Runs a command beside real servers of this machine: a PostgreSQL that every commit waits for in a second one, and a PgBouncer before it, a Redis, one behind three sentinels, and a
//! Redis Cluster.

use cloakroom_servers::pgbouncer::PgBouncer;
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_servers::redis_cluster::Cluster;
use cloakroom_servers::redis_sentinel::Sentinels;
use std::process::{Command, ExitCode};

/// Starts them on free ports, runs the command with their addresses in its environment, and lets go of them.
#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
pub(crate) fn run(command: &[String]) -> ExitCode {
    let command = command.strip_prefix(&["--".to_owned()]).unwrap_or(command);
    match beside(command) {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
fn beside(command: &[String]) -> Result<u8, String> {
    let (name, args) = command.split_first().ok_or("usage: cargo xtask servers -- COMMAND")?;
    let primary = Postgres::start(&[], None)?;
    let standby = primary.standby()?;
    primary.give("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")?;
    primary.give("postgres", "SELECT pg_reload_conf()")?;
    let database = primary.database()?;
    let pooler = PgBouncer::before(&primary)?;
    let (redis, sentinels, cluster) = (Redis::start(&[])?, Sentinels::start()?, Cluster::start()?);
    let addresses = [
        ("POSTGRES_URL", primary.url(&database)),
        ("POSTGRES_STANDBY_URL", standby.url(&database)),
        ("PGBOUNCER_URL", pooler.url(&database)),
        ("REDIS_URL", redis.url("ck:")),
        ("REDIS_SENTINEL_URL", sentinels.url("ck:")),
        ("REDIS_CLUSTER_URL", cluster.url("ck:")),
    ];
    for (name, address) in &addresses {
        eprintln!("{name}={address}");
    }
    let status = Command::new(name).args(args).envs(addresses).status();
    let status = status.map_err(|error| format!("{name} cannot be run: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
