//! The arrangements.

use axum::Router;
use axum::routing::{get, post};
use cloakroom::testing::ManualClock;
use cloakroom::{Authenticated, Bearer, CloakroomExt, Opened, Session, Store};
use cloakroom::{Cloakroom, Protected, SqliteStore, Tokens};
use cloakroom_model::ports::Clock;
use cloakroom_store_sqlite::Options;
use cloakroom_testkit::engine::Failure;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One way to know who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Opaque,
    Sealed,
    Bearer,
    InCookies,
    Plain,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Opaque, Self::Sealed, Self::InCookies, Self::Bearer, Self::Plain];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Opaque => "session, opaque ticket",
            Self::Sealed => "session, sealed in its cookie",
            Self::InCookies => "JWT in a cookie, renewed by the layer",
            Self::Bearer => "bearer JWT in memory, renewed by the page",
            Self::Plain => "plain JWT of an hour, as most people do it",
        }
    }
}

/// Ours, on SQLite, with everybody's routes.
pub(crate) struct App {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) app: Protected,
}

pub(crate) fn open_store(folder: &Path, clock: &ManualClock) -> Result<SqliteStore, Failure> {
    Ok(Options::at(folder.join("app.db")).clock(Arc::new(clock.clone())).open()?)
}

/// A store that somebody else can shut down.
struct Shared(Arc<SqliteStore>);

impl Store for Shared {
    fn open(self, _: Arc<dyn Clock>) -> Opened {
        Opened::Whole(SqliteStore::stores(self.0))
    }

    fn key_file(&self) -> Option<PathBuf> {
        Some(self.0.path().with_extension("key"))
    }
}

pub(crate) async fn app(kind: Kind, folder: &Path, clock: &ManualClock) -> Result<App, Failure> {
    app_on(kind, Arc::new(open_store(folder, clock)?), clock).await
}

pub(crate) async fn app_on(kind: Kind, store: Arc<SqliteStore>, clock: &ManualClock) -> Result<App, Failure> {
    let builder = Cloakroom::builder()
        .store(Shared(store))
        .clock(Arc::new(clock.clone()))
        .origin("https://app.example");
    let builder = match kind {
        Kind::Sealed => builder.sealed_cookies(),
        Kind::InCookies => builder.tokens(Tokens::new().in_cookies()),
        Kind::Bearer => builder.tokens(Tokens::new().in_memory()),
        Kind::Opaque | Kind::Plain => builder,
    };
    let cloakroom = builder.build().await?;
    let said = |subject: &str, groups: &[cloakroom::Group]| {
        let is_admin = groups.iter().any(|group| group.as_str() == "admin");
        format!("{subject} {}", if is_admin { "admin" } else { "user" })
    };
    let router = match kind {
        Kind::Bearer => Router::new()
            .route("/", get(move |token: Bearer| async move { said(token.subject.as_str(), &token.groups) })),
        _ => Router::new().route(
            "/",
            get(move |user: Authenticated| async move { said(user.subject.as_str(), &user.groups) }),
        ),
    };
    let router = router.route("/out", post(|session: Session| async move { session.sign_out().await }));
    Ok(App { app: router.cloakroom(&cloakroom), cloakroom })
}
