//! Every line of Cloakroom that touches key material.
//!
//! One backend (aws-lc-rs) for MAC, key derivation, sealing and randomness; RustCrypto for password hashes.
//! No other crate names an algorithm.

pub mod entropy;

pub mod digest;

pub mod compare;

pub mod derive;

pub mod mac;

pub mod prf;

pub mod channel;

pub mod seal;

mod signed;

pub mod keyring;

pub mod alg;

pub mod json;

pub mod jwk;

pub mod verifying_key;

pub mod signing_key;

pub mod jws;

pub mod jwks;

pub mod jwt;

pub mod password;
