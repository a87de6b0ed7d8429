//! Cloakroom between the wire and the engine.
//!
//! Wire text becomes typed here, is decided in `rules`, is made durable by `authority`, and goes back as cookies,
//! headers and problem details. The layers are plain tower services; axum sits behind a feature.

pub mod lane;

pub mod site;

pub mod problem;

pub mod refusals;

pub mod client;

mod cookies;

pub mod safe_return;

pub mod session_error;

pub mod detached;

pub mod handle;

pub mod token_answer;

mod token_paths;

pub mod bearer;

pub mod session_layer;

pub mod replay;

mod form;

pub mod csrf_layer;

mod asked_host;

pub mod headers_layer;

#[cfg(feature = "feed")]
pub mod feed;

#[cfg(feature = "axum")]
pub mod extract;

#[cfg(feature = "axum")]
pub mod router;
