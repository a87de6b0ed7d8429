//! The program while it runs: both listeners, the post, the upkeep; and how it ends.

use crate::config::Config;
use crate::control::listen;
use crate::engine::Engine;
use crate::front::Fronts;
use crate::internal::Internal;
use crate::kept::why;
use crate::mail::{Catcher, Way, post};
use crate::net::{Answers, Door, HotCertificate};
use crate::pages::{NoPages, Pages};
use crate::reload::{Builder, Reload, Source};
use cloakroom_web::feed::Feed;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often links and tries that are over are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(30);
/// How often the store is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How often somebody looks whether there is another certificate.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What letters go by.
pub(crate) enum Mailing {
    /// None are sent.
    Off,
    /// They are kept for who develops.
    Caught(Catcher),
    /// They are handed to a server.
    Sent(Arc<dyn Way>),
}

/// What it needs to begin.
pub(crate) struct Parts {
    pub(crate) config: Config,
    /// Where that is from, if it can be read again.
    pub(crate) source: Option<Source>,
    pub(crate) engine: Engine,
    /// Where browsers connect to; more than one where a name has more than one address.
    pub(crate) public: Vec<Door>,
    pub(crate) internal: Door,
    pub(crate) certificate: Option<Arc<HotCertificate>>,
    pub(crate) mailing: Mailing,
    pub(crate) is_dev: bool,
}

/// The program does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRunning {
    #[error("{0}")]
    Pages(#[from] NoPages),
    #[error(
        "CK4021: the socket for commands cannot be made: {0}\nhint: the folder of the store must be writable, and its path shorter than a hundred characters"
    )]
    Socket(std::io::Error),
}

/// The program.
pub(crate) struct Running {
    engine: Engine,
    reload: Reload,
    stop: watch::Sender<bool>,
    doors: Vec<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    socket: PathBuf,
    beside: PathBuf,
}

impl Running {
    /// Begins.
    pub(crate) fn begin(parts: Parts) -> Result<Self, NotRunning> {
        let Parts { config, source, engine, public, internal, certificate, mailing, is_dev } = parts;
        let (stop, stops) = watch::channel(false);
        for warning in engine.store.warnings() {
            tracing::warn!("{warning}");
        }
        let (pages, pages_of_now) = watch::channel(Pages::load(&config.look)?);
        let has_mail = !matches!(mailing, Mailing::Off);
        let builder = Builder { engine: engine.clone(), pages, loops: Arc::default(), has_mail, is_dev };
        let desk = builder.desk(&config);
        let front = Fronts::of(builder.front(&config, &desk));
        let reload = Reload::new(source, builder, front.clone());
        let (caught, way) = match mailing {
            Mailing::Off => (None, None),
            Mailing::Caught(catcher) => (Some(catcher.clone()), Some(Arc::new(catcher) as Arc<dyn Way>)),
            Mailing::Sent(way) => (None, Some(way)),
        };
        let inside: Arc<dyn Answers> = Arc::new(Internal {
            engine: engine.clone(),
            desk: desk.clone(),
            feed: Feed::new(engine.people.authority().clone()),
            hosts: config.internal_hosts.clone(),
            metrics_token: config.metrics_token.clone(),
            caught,
            stop: stops.clone(),
        });
        let mut doors = vec![tokio::spawn(internal.serve(inside, stops.clone()))];
        let open = |door: Door| tokio::spawn(door.serve(front.clone(), stops.clone()));
        doors.extend(public.into_iter().map(open));
        let socket = socket_of(&config.beside);
        let mut others = vec![
            tokio::spawn(engine.people.authority().clone().keep_up()),
            tokio::spawn(forget(engine.clone())),
            tokio::spawn(note_outages(engine.clone(), config.beside.clone())),
            listen(&socket, engine.clone(), config.public_url.clone(), reload.clone())
                .map_err(NotRunning::Socket)?,
        ];
        if let Some(way) = way {
            let public_url = config.public_url.clone();
            others.push(tokio::spawn(post(
                engine.people.clone(),
                pages_of_now,
                public_url,
                way,
                stops.clone(),
            )));
        }
        others.extend(certificate.map(|certificate| tokio::spawn(look(certificate))));
        Ok(Self { engine, reload, stop, doors, others, socket, beside: config.beside })
    }

    /// What takes another configuration over.
    pub(crate) fn reload(&self) -> &Reload {
        &self.reload
    }

    /// Ends: nothing new is let in, what is under way is finished, what only memory knows is written down.
    pub(crate) async fn end(self) {
        self.stop.send_replace(true);
        for door in self.doors {
            let _panicked = door.await;
        }
        self.others.iter().for_each(JoinHandle::abort);
        let _gone_already = std::fs::remove_file(&self.socket);
        if self.engine.people.authority().shut_down().await.is_err() {
            tracing::warn!("when sessions were last used could not be written down");
        }
        let _older_one_stays = self.engine.store.note_mark(&self.beside, &mut None).await;
        let _closed = self.engine.store.shutdown().await;
    }
}

/// Where commands are taken.
pub(crate) fn socket_of(beside: &Path) -> PathBuf {
    let mut name = beside.as_os_str().to_owned();
    name.push(".sock");
    name.into()
}

async fn forget(engine: Engine) {
    loop {
        sleep(FORGET_EVERY).await;
        let _next_round = engine.people.forget().await;
    }
}

/// Writes down when the store stops answering, why, and when it answers again: requests only say 503.
async fn note_outages(engine: Engine, beside: PathBuf) {
    let (mut is_down, mut noted) = (false, None);
    loop {
        sleep(ASK_EVERY).await;
        let _noted_next_time = engine.store.note_mark(&beside, &mut noted).await;
        match engine.store.answers().await {
            Ok(_) if is_down => tracing::warn!("the store answers again"),
            Err(fault) if !is_down => {
                let why = why(&fault);
                tracing::error!(kind = ?fault.kind(), why, "the store does not answer; nobody is signed out by that");
            }
            Ok(_) | Err(_) => continue,
        }
        is_down = !is_down;
    }
}

async fn look(certificate: Arc<HotCertificate>) {
    loop {
        sleep(LOOK_EVERY).await;
        match certificate.look_again() {
            Ok(true) => tracing::info!("another certificate is in use"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the new certificate cannot be used; the old one stays"),
        }
    }
}
