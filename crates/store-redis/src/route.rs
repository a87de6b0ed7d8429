//! The way to whoever is written to.

use crate::address::{Address, Kind, is_here};
use crate::error::{Failed, OpenError};
use core::time::Duration;
use futures_util::future::join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, FromRedisValue, InfoDict,
    IntoConnectionInfo, Pipeline, RedisError, RedisFuture, RedisResult, TlsCertificates, TlsMode, Value,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio::sync::Mutex;

/// How long a new connection may take.
pub(crate) const CONNECTS_WITHIN: Duration = Duration::from_secs(2);
/// How long an answer may take. One that takes longer is of no use to whoever waits for it.
pub(crate) const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// How often a command is sent again when a cluster says that a key lies elsewhere by now.
const FOLLOWS: u32 = 6;

pub(crate) enum Route {
    One(Client),
    Sentinel(Mutex<SentinelClient>),
    /// And whether it is spoken to over TLS.
    Cluster(ClusterClient, bool),
}

/// The hosts that a cluster names.
fn hosts(slots: &Value) -> Vec<String> {
    let Value::Array(ranges) = slots else { return Vec::new() };
    let servers = ranges.iter().filter_map(|range| match range {
        Value::Array(range) => Some(range.iter().skip(2)),
        _ => None,
    });
    let host = |server: &Value| match server {
        Value::Array(server) => server.first().and_then(|host| String::from_redis_value_ref(host).ok()),
        _ => None,
    };
    servers.flatten().filter_map(host).collect()
}

/// A connection. Cheap to clone; many ask over one of them at once.
#[derive(Clone)]
pub(crate) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

fn bad(error: &RedisError) -> OpenError {
    OpenError::Address { why: format!("{:?}", error.kind()) }
}

/// Whoever was asked named a server on another machine, and it would be spoken to in the clear.
fn elsewhere() -> RedisError {
    (ErrorKind::InvalidClientConfig, "CK2052").into()
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTS_WITHIN))
        .set_response_timeout(Some(ANSWERS_WITHIN))
}

impl Route {
    pub(crate) fn to(address: &Address) -> Result<Self, OpenError> {
        if address.is_encrypted && CryptoProvider::get_default().is_none() {
            let _somebody_was_faster = aws_lc_rs::default_provider().install_default();
        }
        let certificates = || TlsCertificates { client_tls: None, root_cert: address.roots.clone() };
        let places = address.places.iter().cloned().map(|(host, port)| match address.is_encrypted {
            false => ConnectionAddr::Tcp(host, port),
            true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        });
        let settings = &address.settings;
        let route = match &address.kind {
            Kind::One => {
                let place = places.take(1).next();
                let place = place.ok_or_else(|| OpenError::Address { why: "there is no host".to_owned() })?;
                let info = place.into_connection_info().map_err(|error| bad(&error))?;
                let info = info.set_redis_settings(settings.clone());
                let client = match address.is_encrypted {
                    true => Client::build_with_tls(info, certificates()),
                    false => Client::open(info),
                };
                Self::One(client.map_err(|error| bad(&error))?)
            }
            Kind::Sentinel(name) => {
                let made = SentinelClientBuilder::new(places, name, SentinelServerType::Master);
                let mut builder = made.map_err(|error| bad(&error))?;
                builder = builder.set_client_to_redis_protocol(settings.protocol());
                builder = builder.set_client_to_redis_db(settings.db());
                if let Some(user) = settings.username() {
                    builder = builder.set_client_to_redis_username(user);
                }
                if let Some(password) = settings.password() {
                    builder = builder.set_client_to_redis_password(password);
                }
                if let Some(user) = &address.sentinel.0 {
                    builder = builder.set_client_to_sentinel_username(user);
                }
                if let Some(password) = &address.sentinel.1 {
                    builder = builder.set_client_to_sentinel_password(password);
                }
                if address.is_encrypted {
                    builder = builder
                        .set_client_to_redis_tls_mode(TlsMode::Secure)
                        .set_client_to_sentinel_tls_mode(TlsMode::Secure)
                        .set_client_to_redis_certificates(certificates())
                        .set_client_to_sentinel_certificates(certificates());
                }
                Self::Sentinel(Mutex::new(builder.build().map_err(|error| bad(&error))?))
            }
            Kind::Cluster => {
                let mut builder = ClusterClientBuilder::new(places)
                    .use_protocol(settings.protocol())
                    .connection_timeout(CONNECTS_WITHIN)
                    .response_timeout(ANSWERS_WITHIN)
                    .retries(FOLLOWS);
                if let Some(user) = settings.username() {
                    builder = builder.username(user);
                }
                if let Some(password) = settings.password() {
                    builder = builder.password(password);
                }
                if address.is_encrypted {
                    builder = builder.tls(TlsMode::Secure).certs(certificates());
                }
                Self::Cluster(builder.build().map_err(|error| bad(&error))?, address.is_encrypted)
            }
        };
        Ok(route)
    }

    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        Ok(match self {
            Self::One(client) => {
                Connection::One(client.get_multiplexed_async_connection_with_config(&config()).await?)
            }
            Self::Sentinel(client) => {
                let found = client.lock().await.async_get_client().await?;
                // Sentinels on this machine may name a server on another one.
                if let ConnectionAddr::Tcp(host, _) = found.get_connection_info().addr()
                    && !is_here(host)
                {
                    return Err(elsewhere());
                }
                Connection::One(found.get_multiplexed_async_connection_with_config(&config()).await?)
            }
            Self::Cluster(client, is_encrypted) => {
                let mut connection = client.get_async_connection().await?;
                let slots: Value = redis::cmd("CLUSTER").arg("SLOTS").query_async(&mut connection).await?;
                if !is_encrypted && !hosts(&slots).iter().all(|host| host.is_empty() || is_here(host)) {
                    return Err(elsewhere());
                }
                Connection::Cluster(connection)
            }
        })
    }
}

impl Connection {
    /// What each server that is written to says of itself.
    pub(crate) async fn infos(&mut self) -> RedisResult<Vec<InfoDict>> {
        let mut command = redis::cmd("INFO");
        command.arg("everything");
        match self {
            Self::One(connection) => Ok(vec![command.query_async(connection).await?]),
            Self::Cluster(connection) => {
                let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let Value::Map(found) = connection.route_command(command, all).await? else {
                    return Ok(Vec::new());
                };
                found.into_iter().map(|(_, info)| Ok(InfoDict::from_redis_value(info)?)).collect()
            }
        }
    }
}

impl Connection {
    /// Asks all of it at once, and answers it in the same order. A cluster is asked key by key: its keys lie on different servers.
    pub(crate) async fn together(&mut self, commands: &[Cmd]) -> RedisResult<Vec<RedisResult<Value>>> {
        let answers = match (&mut *self, commands) {
            (_, []) => Vec::new(),
            (connection, [only]) => vec![extracted(connection.req_packed_command(only).await)],
            (Self::One(connection), _) => {
                let mut all = redis::pipe();
                commands.iter().for_each(|command| {
                    all.add_command(command.clone());
                });
                let answers = connection.req_packed_commands(&all, 0, commands.len()).await?;
                answers.into_iter().map(Value::extract_error).collect()
            }
            (Self::Cluster(connection), _) => {
                let asked = commands.iter().map(|command| {
                    let mut connection = connection.clone();
                    async move { extracted(connection.req_packed_command(command).await) }
                });
                join_all(asked).await
            }
        };
        // Whoever takes over can be asked for all of it again.
        match answers.iter().find_map(|answer| answer.as_ref().err().filter(|error| is_lost(error))) {
            Some(lost) => Err(lost.clone()),
            None => Ok(answers),
        }
    }
}

/// What a server refused is an answer of another kind.
fn extracted(answer: RedisResult<Value>) -> RedisResult<Value> {
    answer.and_then(Value::extract_error)
}

fn is_lost(error: &RedisError) -> bool {
    let failed = Failed::from(error.clone());
    failed.is_lost || failed.is_late
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(commands, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
