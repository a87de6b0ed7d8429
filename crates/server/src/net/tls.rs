//! The certificate: checked before it is used, and swapped while connections go on.

use crate::config::Tls;
use arc_swap::ArcSwap;
use cloakroom_model::ports::Clock;
use cloakroom_model::words::time::{Span, Time};
use core::time::Duration;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;

/// A certificate that ends sooner should have been renewed.
const RENEWED_BEFORE: Span = Span::days(14);

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoCertificate {
    #[error(
        "CK6001: {path} cannot be used as a certificate: {why}\nhint: it is a PEM file, the server's own certificate first"
    )]
    Chain { path: PathBuf, why: String },
    #[error(
        "CK6002: {path} cannot be used as a private key: {why}\nhint: it is a PEM file that begins with -----BEGIN PRIVATE KEY-----, readable by the user that runs Cloakroom"
    )]
    Key { path: PathBuf, why: String },
    #[error(
        "CK6003: {key} is not the key of {certificate}\nhint: they were made at different times; take both from the same place"
    )]
    Pair { certificate: PathBuf, key: PathBuf },
    #[error("CK6004: TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// How far a certificate's time has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It is good, and will be for a while.
    Good,
    /// It ends soon.
    Late,
    /// It has ended, or has not begun.
    Over,
}

impl core::fmt::Display for Age {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Good => "is good for now",
            Self::Late => "ends within two weeks: renew it",
            Self::Over => "is not good at this time, it has ended or has not begun: browsers refuse it",
        })
    }
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct HotCertificate {
    files: Tls,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
    /// When the files were last changed, as far as was seen.
    seen: ArcSwap<Option<[SystemTime; 2]>>,
}

fn load(files: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey, NoCertificate> {
    let bad_chain = |why: String| NoCertificate::Chain { path: files.certificate.clone(), why };
    let bad_key = |why: String| NoCertificate::Key { path: files.key.clone(), why };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&files.certificate)
        .map_err(|error| bad_chain(error.to_string()))?
        .collect();
    let chain = chain.map_err(|error| bad_chain(error.to_string()))?;
    if chain.is_empty() {
        return Err(bad_chain("it is empty".to_owned()));
    }
    // What is wrong with a key is said without its bytes.
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad_key(error.to_string()))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|_| bad_key("of no kind that is known".to_owned()))?;
    let pair = CertifiedKey::new(chain, key);
    pair.keys_match().map_err(|_| NoCertificate::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
    })?;
    Ok(pair)
}

fn changed(files: &Tls) -> Option<[SystemTime; 2]> {
    let of = |path: &PathBuf| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    Some([of(&files.certificate)?, of(&files.key)?])
}

impl HotCertificate {
    /// Loads it.
    pub(crate) fn open(files: Tls) -> Result<Arc<Self>, NoCertificate> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let seen = changed(&files);
        let current = ArcSwap::from_pointee(load(&files, &provider)?);
        Ok(Arc::new(Self { files, provider, current, seen: ArcSwap::from_pointee(seen) }))
    }

    /// Loads it again if its files were changed. One that cannot be used does not take the place of one that can.
    pub(crate) fn look_again(&self) -> Result<bool, NoCertificate> {
        let now = changed(&self.files);
        if now.is_none() || now == **self.seen.load() {
            return Ok(false);
        }
        let loaded = load(&self.files, &self.provider)?;
        self.current.store(Arc::new(loaded));
        self.seen.store(Arc::new(now));
        Ok(true)
    }

    /// Whether it is good at a time, whoever may have signed it.
    fn is_good_at(&self, time: Time) -> bool {
        use rustls::CertificateError as Bad;
        let current = self.current.load();
        let Some(own) = current.cert.first().and_then(|own| ParsedCertificate::try_from(own).ok()) else {
            return false;
        };
        let seconds = Duration::from_millis(time.millis().max(0).unsigned_abs());
        let now = UnixTime::since_unix_epoch(seconds);
        // Nobody is trusted here: what is wrong with the time is said before that.
        let (nobody, algorithms) =
            (RootCertStore::empty(), self.provider.signature_verification_algorithms.all);
        let verified = verify_server_cert_signed_by_trust_anchor(&own, &nobody, &[], now, algorithms);
        !matches!(
            verified,
            Err(rustls::Error::InvalidCertificate(
                Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. }
            ))
        )
    }

    /// How far its time has gone.
    pub(crate) fn age(&self, clock: &dyn Clock) -> Age {
        let now = clock.now();
        // One that began a moment ago may be of those that live for a few days.
        let is_old = self.is_good_at(now.minus(RENEWED_BEFORE));
        match (self.is_good_at(now), self.is_good_at(now.plus(RENEWED_BEFORE))) {
            (true, false) if is_old => Age::Late,
            (true, _) => Age::Good,
            (false, _) => Age::Over,
        }
    }

    /// Whether it is for a host, whoever may have signed it.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let current = self.current.load();
        let parsed = current.cert.first().and_then(|own| ParsedCertificate::try_from(own).ok());
        let name = ServerName::try_from(host.to_owned()).ok();
        parsed.zip(name).is_some_and(|(own, name)| verify_server_name(&own, &name).is_ok())
    }

    /// What speaks TLS with it.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, NoCertificate> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for HotCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}
