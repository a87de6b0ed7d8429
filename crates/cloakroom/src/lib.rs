//! Cloakroom is where a web application leaves its sessions.
//!
//! ```no_run
//! use axum::{Router, response::Html, routing::get};
//! use cloakroom::{Authenticated, Cloakroom, CloakroomExt, MemoryStore, Session};
//!
//! async fn home(session: Session, user: Option<Authenticated>) -> Html<String> {
//!     Html(match user {
//!         Some(user) => format!("Good morning, {}", user.subject),
//!         None => format!("Good morning, stranger {:?}", session.id()),
//!     })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cloakroom =
//!     Cloakroom::builder().store(MemoryStore::default()).origin("http://localhost:3000").build().await?;
//! let app = Router::new().route("/", get(home)).cloakroom(&cloakroom);
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! - A session is looked at when a handler asks for it, and then in memory; the store is asked for what is not known.
//! - What a handler changes is written when it has answered, before the first byte goes out.
//! - Signing out and revoking are durable, and known everywhere in this process, when they return.
//! - Every form post must carry a token, or come from this app's own script; every answer carries security headers.
//!
//! An app without the layers does not build:
//!
//! ```compile_fail,E0277
//! # use axum::{Router, routing::get};
//! # use cloakroom::Session;
//! async fn home(session: Session) -> String {
//!     format!("{:?}", session.id())
//! }
//! let app: Router = Router::new().route("/", get(home));
//! ```

mod store;

mod misuse;

pub mod danger;

#[cfg(feature = "redis")]
mod apart;

mod root_key;

mod tokens;

mod cloakroom;

mod grants;

#[cfg(feature = "feed")]
mod feed;

mod builder;

pub mod pages;

#[cfg(feature = "axum")]
mod router;

#[cfg(feature = "testing")]
pub mod testing;

pub use builder::Builder;
pub use cloakroom::{Cloakroom, LoginError};
pub use cloakroom_authority::{Denied, NotEverywhere};
pub use cloakroom_model::records::event::Event;
pub use cloakroom_model::records::session::Session as Record;
pub use cloakroom_model::words::id::{ClientId, KeyId, ServiceId, SessionId};
pub use cloakroom_model::words::origin::WebOrigin;
pub use cloakroom_model::words::secret::Secret;
pub use cloakroom_model::words::subject::{Group, Method, SubjectId};
pub use cloakroom_model::words::time::{Span, Time};
pub use cloakroom_rules::audit::tell::By;
pub use cloakroom_rules::cookie::policy::CookiePolicy;
pub use cloakroom_rules::headers::csp::Csp;
pub use cloakroom_rules::headers::security::Hsts;
pub use cloakroom_rules::login::proof::{LoginAttempt, LoginProof};
pub use cloakroom_rules::refusal::Refusal;
pub use cloakroom_rules::session::patch::Change;
pub use cloakroom_rules::session::policy::{BindingPolicy, SessionPolicy};
pub use cloakroom_rules::session::sign_in::SignedInClass;
pub use cloakroom_rules::token::access::{AccessToken, Level};
pub use cloakroom_rules::token::begin::Grant;
pub use cloakroom_rules::token::check::Demand;
pub use cloakroom_rules::token::mint::{BadClaim, Extra};
pub use cloakroom_verifier::guard::{Checked, Guard, MaxStaleness, Otherwise, Route};
pub use cloakroom_verifier::receipts::Receipt;
#[cfg(feature = "remote")]
pub use cloakroom_verifier::remote::{
    feed::NoStream,
    verifier::{Builder as VerifierBuilder, NoVerifier, Verifier},
};
pub use cloakroom_verifier::tokens::{Seen, Verdict};
pub use cloakroom_web::bearer::BearerLayer;
pub use cloakroom_web::client::PeerAddress;
pub use cloakroom_web::csrf_layer::CsrfLayer;
pub use cloakroom_web::detached::Detached;
#[cfg(all(feature = "axum", feature = "remote"))]
pub use cloakroom_web::extract::Verified;
#[cfg(feature = "axum")]
pub use cloakroom_web::extract::{
    Account, AnyAge, AnyScope, Asks, Authenticated, Bearer, CspNonce, CsrfToken, CsrfVerified, Flash, Fresh,
    FromSubject, Guarded, Key, Rejection, Requires, Role, Session,
};
pub use cloakroom_web::handle::Handle;
pub use cloakroom_web::headers_layer::HeadersLayer;
pub use cloakroom_web::problem::Problem;
pub use cloakroom_web::replay::Replay;
#[cfg(feature = "axum")]
pub use cloakroom_web::router::Protected;
pub use cloakroom_web::safe_return::safe_return;
pub use cloakroom_web::session_error::SessionError;
pub use cloakroom_web::session_layer::{SessionLayer, SessionService};
pub use grants::{Granted, NotGranted};
pub use misuse::Misuse;
pub use root_key::rotate_root_key;
#[cfg(feature = "axum")]
pub use router::{CloakroomExt, CloakroomWithExt};
pub use store::{MemoryStore, Opened, Store};
pub use tokens::{Signature, Tokens};

#[cfg(feature = "postgres")]
pub use cloakroom_store_postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use cloakroom_store_sqlite::SqliteStore;

/// What the README says compiles.
#[cfg(all(doctest, feature = "axum", feature = "sqlite"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// So does what the guide says.
#[cfg(all(doctest, feature = "axum", feature = "sqlite", feature = "testing"))]
#[doc = include_str!("../../../docs/guide/signing-in.md")]
#[doc = include_str!("../../../docs/guide/testing.md")]
#[doc = include_str!("../../../docs/guide/jwt.md")]
#[doc = include_str!("../../../docs/guide/refresh.md")]
struct Guide;

/// And the page of two programs.
#[cfg(all(doctest, feature = "axum", feature = "sqlite", feature = "feed", feature = "remote"))]
#[doc = include_str!("../../../docs/guide/taken-back-everywhere.md")]
struct TwoPrograms;
