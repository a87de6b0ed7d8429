//! A certificate authority for one run, and a certificate for every name that is asked for.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData, SerialNumber,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

/// What a browser is told of the authority.
pub(crate) struct Trust {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) authority: String,
    /// base64 of SHA-256 of the public key of every certificate made here.
    pub(crate) spki: String,
}

#[derive(Debug)]
struct Names {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
    made: parking_lot::Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Names {
    fn of(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        if let Some(made) = self.made.lock().get(name) {
            return Some(made.clone());
        }
        let mut params = CertificateParams::new(vec![name.to_owned()]).ok()?;
        // Firefox takes two certificates of one number for a forgery.
        params.serial_number = Some(SerialNumber::from_slice(Sha256::digest(name).get(..16)?));
        let leaf = params.signed_by(&self.key, &self.issuer).ok()?;
        let key =
            aws_lc_rs::sign::any_ecdsa_type(&PrivateKeyDer::try_from(self.key.serialize_der()).ok()?).ok()?;
        let made = Arc::new(CertifiedKey::new(vec![leaf.der().clone()], key));
        self.made.lock().insert(name.to_owned(), made.clone());
        Some(made)
    }
}

impl ResolvesServerCert for Names {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.of(hello.server_name()?)
    }
}

pub(crate) fn trust() -> Result<Trust, Box<dyn Error + Send + Sync>> {
    let (authority_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Cloakroom browser tests");
    let authority: Certificate = params.self_signed(&authority_key)?;
    let spki = data_encoding::BASE64.encode(&Sha256::digest(key.subject_public_key_info()));
    let names =
        Names { issuer: Issuer::new(params, authority_key), key, made: parking_lot::Mutex::default() };
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(names));
    Ok(Trust { config: Arc::new(config), authority: authority.pem(), spki })
}
