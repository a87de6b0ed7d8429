//! PgBouncer in front of a PostgreSQL, which gives each transaction whatever connection is free.

use crate::binaries::find;
use crate::keeper::{Owner, folder, keep};
use crate::postgres::{Postgres, free_port, text, wait_a_moment};
use std::process::Child;

/// A pooler, for as long as it is held.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    _kept: Child,
}

impl PgBouncer {
    /// Starts one that lends out so few connections that everybody gets another one each time.
    pub fn before(server: &Postgres) -> Result<Self, String> {
        let folder = folder("cloakroom-pgbouncer-").map_err(text("no folder"))?;
        let (owner, port) = (Owner::of_servers(), free_port()?);
        let (users, config) = (folder.join("users"), folder.join("pgbouncer.ini"));
        std::fs::write(&users, "\"cloakroom\" \"\"\n").map_err(text("users"))?;
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\nauth_file = {}\n\
             pool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 500\nunix_socket_dir =\nlogfile = {}\n",
            server.port(),
            users.display(),
            folder.join("log").display(),
        );
        std::fs::write(&config, settings).map_err(text("pgbouncer.ini"))?;
        owner.owns(&folder).map_err(text("no folder"))?;
        let kept = keep(&owner, &folder, &find("pgbouncer")?, &[config.display().to_string()]);
        let pooler = Self { port, _kept: kept.map_err(text("pgbouncer"))? };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(pooler);
            }
            wait_a_moment();
        }
        Err("the pooler does not start".to_owned())
    }

    /// Where a database is behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cloakroom@127.0.0.1:{}/{database}?pgbouncer=true", self.port)
    }
}
