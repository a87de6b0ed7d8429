//! A Redis Cluster: three servers, and three that repeat them.

use crate::postgres::{free_port, wait_a_moment};
use crate::redis::Redis;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often it is looked whether they agree.
const LOOKS: u32 = 600;
/// How many slots a cluster has.
const SLOTS: usize = 16_384;

/// The servers.
#[derive(Debug)]
pub struct Cluster {
    servers: Vec<Redis>,
    prefixes: AtomicU32,
}

impl Cluster {
    /// The one that the tests of this process share.
    pub fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    /// Starts all of them.
    pub fn start() -> Result<Self, String> {
        let server = || {
            let bus = free_port()?.to_string();
            let own = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", &bus];
            Redis::start(&own)
        };
        let servers: Result<Vec<Redis>, String> = (0..6).map(|_| server()).collect();
        let cluster = Self { servers: servers?, prefixes: AtomicU32::new(0) };
        cluster.join()?;
        Ok(cluster)
    }

    fn join(&self) -> Result<(), String> {
        let Some((first, others)) = self.servers.split_first() else { return Ok(()) };
        for other in others {
            let bus = other.give(&["CONFIG", "GET", "cluster-port"])?;
            let bus = bus.split("\r\n").nth(4).unwrap_or_default().to_owned();
            first.give(&["CLUSTER", "MEET", "127.0.0.1", &other.port().to_string(), &bus])?;
        }
        let primaries = self.servers.iter().take(3).enumerate();
        for (at, primary) in primaries {
            let (from, to) = (at * SLOTS / 3, (at + 1) * SLOTS / 3 - 1);
            primary.give(&["CLUSTER", "ADDSLOTSRANGE", &from.to_string(), &to.to_string()])?;
        }
        self.wait(|server| {
            server.give(&["CLUSTER", "INFO"]).is_ok_and(|info| info.contains("cluster_known_nodes:6"))
        })?;
        for (primary, replica) in self.servers.iter().take(3).zip(self.servers.iter().skip(3)) {
            let id = primary.give(&["CLUSTER", "MYID"])?;
            let id = id.split("\r\n").nth(1).unwrap_or_default().to_owned();
            replica.give(&["CLUSTER", "REPLICATE", &id])?;
        }
        self.wait(|server| {
            let nodes = server.give(&["CLUSTER", "NODES"]).unwrap_or_default();
            let replicas = nodes.lines().filter(|line| line.contains("slave")).count();
            replicas == 3
                && server.give(&["CLUSTER", "INFO"]).is_ok_and(|info| info.contains("cluster_state:ok"))
        })
    }

    fn wait(&self, is_so: impl Fn(&Redis) -> bool) -> Result<(), String> {
        for _ in 0..LOOKS {
            if self.servers.iter().all(&is_so) {
                return Ok(());
            }
            wait_a_moment();
        }
        Err("the servers of the cluster do not agree".to_owned())
    }

    /// The servers: three that are written to, and then those that repeat them.
    #[must_use]
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// Moves every slot of the first server in which there is something to the second one, key by key, while they are used.
    pub fn move_slots(&self) -> Result<usize, String> {
        let [from, to, ..] = self.servers.as_slice() else { return Err("no servers".to_owned()) };
        let id = |server: &Redis| -> Result<String, String> {
            let id = server.give(&["CLUSTER", "MYID"])?;
            Ok(id.split("\r\n").nth(1).unwrap_or_default().to_owned())
        };
        let (from_id, to_id, port) = (id(from)?, id(to)?, to.port().to_string());
        let mut moved = 0;
        for slot in (0..SLOTS / 3).map(|slot| slot.to_string()) {
            if from.give(&["CLUSTER", "COUNTKEYSINSLOT", &slot])?.starts_with(":0") {
                continue;
            }
            to.give(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id])?;
            from.give(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id])?;
            loop {
                let keys = from.give(&["CLUSTER", "GETKEYSINSLOT", &slot, "10"])?;
                let keys: Vec<&str> =
                    keys.split("\r\n").skip(2).step_by(2).filter(|key| !key.is_empty()).collect();
                if keys.is_empty() {
                    break;
                }
                let own = ["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
                let said = from.give(&[&own, keys.as_slice()].concat())?;
                if said.starts_with('-') {
                    return Err(said);
                }
                moved += keys.len();
            }
            for server in [to, from] {
                server.give(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id])?;
            }
        }
        Ok(moved)
    }

    /// A prefix that nobody else has.
    pub fn prefix(&self) -> String {
        format!("test{}:", self.prefixes.fetch_add(1, Ordering::Relaxed))
    }

    /// Where some of them are, with a prefix.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        let some = self.servers.iter().take(4).map(|server| format!("127.0.0.1:{}", server.port()));
        format!("redis+cluster://{}?prefix={prefix}", some.collect::<Vec<_>>().join(","))
    }
}
