//! Where the database is, and how it is spoken to.

use crate::error::{OpenError, why};
use core::time::Duration;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// An address, as connections need it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    /// How it is spoken to; none where it is in the clear.
    pub(crate) tls: Option<MakeRustlsConnect>,
    /// Whether a connection is the same server process from one transaction to the next. Behind a pooler it is not, and what one of them was
    /// prepared for the next does not know.
    pub(crate) keeps_statements: bool,
}

impl core::fmt::Debug for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Whether nobody can listen on the way there.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

/// The address without a parameter, and the parameter's value.
fn without(url: &str, name: &str) -> (String, Option<String>) {
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let is_it = |part: &&str| part.split_once('=').is_some_and(|(key, _)| key == name);
    let value =
        query.split('&').find(is_it).and_then(|part| part.split_once('=')).map(|(_, value)| value.to_owned());
    let rest: Vec<&str> = query.split('&').filter(|part| !is_it(part)).collect();
    if rest.is_empty() { (place.to_owned(), value) } else { (format!("{place}?{}", rest.join("&")), value) }
}

/// Text of an address with its `%2F`.
fn decoded(text: &str) -> String {
    text.replace("%2F", "/").replace("%2f", "/").replace("%20", " ")
}

fn bad(why: impl ToString) -> OpenError {
    OpenError::Address { why: why.to_string() }
}

/// Whom a server must be certified by: those of a file, or those that browsers trust.
fn roots(file: Option<&str>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    let all = CertificateDer::pem_file_iter(Path::new(file))
        .map_err(|error| bad(format!("sslrootcert {file}: {error}")))?;
    for certificate in all {
        let added = certificate.map(|certificate| roots.add(certificate));
        added.map_err(bad)?.map_err(|error| bad(format!("sslrootcert {file}: {error}")))?;
    }
    if roots.is_empty() {
        Err(bad(format!("sslrootcert {file}: there is no certificate in it")))
    } else {
        Ok(roots)
    }
}

fn connector(file: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(bad)?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots(file)?).with_no_client_auth()))
}

/// Whether an address can be used, as far as that can be said without asking anybody.
pub fn check_address(url: &str) -> Result<(), OpenError> {
    Address::read(url).map(drop)
}

impl Address {
    /// The address of a text. What leaves this machine goes over TLS, to a server that is certified for its name.
    pub(crate) fn read(url: &str) -> Result<Self, OpenError> {
        // What is behind the first of them would be taken for the host, and be said in messages.
        if url.matches('@').count() > 1 || url.contains('#') {
            return Err(bad("in a password @ is written %40, / is %2F, # is %23 and % is %25"));
        }
        let (url, roots) = without(url, "sslrootcert");
        let (url, mode) = without(&url, "sslmode");
        let (url, pooler) = without(&url, "pgbouncer");
        let keeps_statements = match pooler.as_deref() {
            None | Some("false") => true,
            Some("true") => false,
            Some(other) => return Err(bad(format!("pgbouncer is true or false, and not {other}"))),
        };
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| bad(why(&error)))?;
        let is_here =
            config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
        let is_encrypted = match mode.as_deref() {
            Some("disable") if !is_here => {
                return Err(OpenError::InTheClear {
                    server: Self { config, tls: None, keeps_statements }.name(),
                });
            }
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            None | Some("prefer" | "allow") => !is_here,
            Some(other) => {
                return Err(bad(format!("there is no sslmode {other}: it is disable or verify-full")));
            }
        };
        let roots = roots.as_deref().map(decoded);
        let tls = is_encrypted.then(|| connector(roots.as_deref())).transpose()?;
        config.ssl_mode(if is_encrypted { SslMode::Require } else { SslMode::Disable });
        // Of several servers the one that is written to.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name("cloakroom");
        config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(20));
        Ok(Self { config, tls, keeps_statements })
    }

    /// What a server is called in messages: where it is and which database, and no password.
    pub(crate) fn name(&self) -> String {
        let config = &self.config;
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        format!("{host}:{port}/{}", config.get_dbname().or(config.get_user()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
