//! The configuration again, while the program runs: checked first, and taken over whole or not at all.

use crate::app_host::AppHost;
use crate::auth_host::{Desk, DeskParts, Loops, router};
use crate::config::{Config, Raw, needing_a_start};
use crate::engine::{Engine, operator};
use crate::front::{Front, Fronts};
use crate::pages::Pages;
use cloakroom_authority::Denied;
use cloakroom_web::router::protect;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// Whose shape the front has: what does not change with the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    pub(crate) engine: Engine,
    /// Those of now, for whoever writes letters too.
    pub(crate) pages: watch::Sender<Pages>,
    pub(crate) loops: Arc<Loops>,
    pub(crate) has_mail: bool,
    pub(crate) is_dev: bool,
}

impl Builder {
    /// The desk of a configuration.
    pub(crate) fn desk(&self, config: &Config) -> Desk {
        Desk::new(DeskParts {
            people: self.engine.people.clone(),
            pages: self.pages.borrow().clone(),
            apps: config.apps.clone(),
            public_url: config.public_url.clone(),
            loops: self.loops.clone(),
            has_mail: self.has_mail,
            is_dev: self.is_dev,
        })
    }

    /// What answers under a configuration.
    pub(crate) fn front(&self, config: &Config, desk: &Desk) -> Front {
        let engine = &self.engine;
        let auth = protect(router(), &engine.site(&config.public_url), desk.clone());
        let app = |app: &crate::config::App| {
            (app.origin.name().to_owned(), AppHost::new(desk.clone(), app.clone(), &engine.site(&app.origin)))
        };
        Front {
            auth,
            desk: desk.clone(),
            apps: config.apps.iter().map(app).collect(),
            trusted: config.trusted_proxies.clone(),
            entropy: engine.entropy.clone(),
            clock: engine.clock.clone(),
        }
    }
}

/// Where a configuration is from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) raw: Raw,
}

/// What takes a configuration over. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reload(Arc<Inner>);

struct Inner {
    source: Option<Mutex<Source>>,
    builder: Builder,
    fronts: Arc<Fronts>,
}

/// It stays as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReloaded {
    #[error("`cloakroom dev` has no configuration")]
    Dev,
    #[error("{0}")]
    Wrong(String),
    #[error(
        "CK1020: only a start takes this over: {0}\nhint: what can change while it runs is [[app]], [pages] and server.trusted_proxies. Nothing was changed"
    )]
    NeedsStart(String),
    #[error("the log of what happened cannot be written: {0}")]
    Unheard(Denied),
}

impl Reload {
    pub(crate) fn new(source: Option<Source>, builder: Builder, fronts: Arc<Fronts>) -> Self {
        Self(Arc::new(Inner { source: source.map(Mutex::new), builder, fronts }))
    }

    /// Reads the configuration again.
    pub(crate) async fn reload(&self) -> Result<(), NotReloaded> {
        let inner = &self.0;
        let source = inner.source.as_ref().ok_or(NotReloaded::Dev)?;
        // One after the other: what is taken over last is what was read last.
        let mut source = source.lock().await;
        let read = Config::read(&source.path, &crate::config::environment());
        let (config, raw) = read.map_err(|troubles| NotReloaded::Wrong(troubles.to_string()))?;
        let others = needing_a_start(&source.raw, &raw);
        if !others.is_empty() {
            return Err(NotReloaded::NeedsStart(others.join(", ")));
        }
        let pages = Pages::load(&config.look).map_err(|not| NotReloaded::Wrong(not.to_string()))?;
        // Who may go where is about to change: that is known before it is so.
        inner
            .builder
            .engine
            .people
            .authority()
            .config_reloaded(&operator())
            .await
            .map_err(NotReloaded::Unheard)?;
        inner.builder.pages.send_replace(pages);
        let desk = inner.builder.desk(&config);
        inner.fronts.put(inner.builder.front(&config, &desk));
        source.raw = raw;
        tracing::info!("the configuration was read again");
        Ok(())
    }
}
