//! What is measured: the same route, with and without sessions.

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use cloakroom::testing::Client;
use cloakroom::{Authenticated, Cloakroom, CloakroomExt, Handle, MemoryStore, SessionLayer, SqliteStore};
use cloakroom_testkit::engine::Failure;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use tempfile::TempDir;

/// How many people are signed in. Each connection is one of them.
const SIGNED_IN: usize = 1_000;

pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) note: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) cookies: Vec<String>,
    _alive: Alive,
}

/// What must live as long as the server is measured.
enum Alive {
    Nothing,
    Folder { _folder: TempDir },
    Process(Child),
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Self::Process(child) = self {
            let _gone_already = child.kill();
            let _gone_already = child.wait();
        }
    }
}

/// This thread runs on one core. Where that is not allowed, it runs wherever.
pub(crate) fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _not_allowed = rustix::thread::sched_setaffinity(None, &set);
}

type Ready = Result<(SocketAddr, Vec<String>), String>;

/// Runs an app on a thread of its own, on the first core.
fn serve<F, A>(make: F) -> Result<(SocketAddr, Vec<String>), Failure>
where
    F: FnOnce() -> A + Send + 'static,
    A: Future<Output = Result<(Served, Vec<String>), Failure>>,
{
    let (tell, ready) = channel::<Ready>();
    std::thread::spawn(move || {
        pin(0);
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let started = async {
                let (app, cookies) = make().await?;
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                Ok::<_, Failure>((listener.local_addr()?, listener, app, cookies))
            };
            match started.await {
                Err(error) => drop(tell.send(Err(error.to_string()))),
                Ok((address, listener, app, cookies)) => {
                    drop(tell.send(Ok((address, cookies))));
                    let _until_the_end = match app {
                        Served::Router(app) => axum::serve(listener, app).await,
                        Served::Protected(app) => axum::serve(listener, app).await,
                    };
                }
            }
        });
    });
    Ok(ready.recv()??)
}

enum Served {
    Router(Router),
    Protected(Box<cloakroom::Protected>),
}

async fn with_sessions(cloakroom: Cloakroom, whole: bool) -> Result<(Served, Vec<String>), Failure> {
    let whole_stack = Router::new()
        .route("/", get(|_: Authenticated| async { StatusCode::NO_CONTENT }))
        .cloakroom(&cloakroom);
    let browser = Client::of(whole_stack.clone(), &cloakroom);
    let mut cookies = Vec::new();
    for number in 0..SIGNED_IN {
        let one = browser.another();
        one.sign_in(&format!("user-{number}"), &[]).await?;
        cookies.extend(one.cookies().into_iter().map(|(name, value)| format!("{name}={value}")));
    }
    let layer_alone = Router::new()
        .route(
            "/",
            get(|Extension(session): Extension<Handle>| async move {
                match session.look().await {
                    Ok(()) if session.session().is_some() => StatusCode::NO_CONTENT,
                    _ => StatusCode::UNAUTHORIZED,
                }
            }),
        )
        .layer(SessionLayer(cloakroom.site().clone()));
    // Its upkeep goes on as long as the process.
    std::mem::forget(cloakroom);
    Ok((if whole { Served::Protected(Box::new(whole_stack)) } else { Served::Router(layer_alone) }, cookies))
}

fn builder() -> cloakroom::Builder {
    Cloakroom::builder().origin("https://app.example")
}

fn in_memory(name: &'static str, whole: bool) -> Result<Server, Failure> {
    let (address, cookies) = serve(move || async move {
        with_sessions(builder().store(MemoryStore::default()).build().await?, whole).await
    })?;
    Ok(Server { name, note: "1,000 signed in", address, cookies, _alive: Alive::Nothing })
}

fn on_sqlite(name: &'static str, whole: bool) -> Result<Server, Failure> {
    let folder = TempDir::new()?;
    let path = folder.path().join("app.db");
    let (address, cookies) = serve(move || async move {
        with_sessions(builder().store(SqliteStore::open(path).await?).build().await?, whole).await
    })?;
    let note = "1,000 signed in, synchronous=FULL";
    Ok(Server { name, note, address, cookies, _alive: Alive::Folder { _folder: folder } })
}

/// A program that says where it listens, and then a cookie a line.
fn peer(name: &'static str, note: &'static str, kind: &str) -> Result<Server, Failure> {
    let program = std::env::var("CLOAKROOM_BENCH_PEERS")?;
    let kind = kind.to_owned();
    let spawning = std::thread::spawn(move || {
        pin(0);
        Command::new(program).arg(kind).stdout(Stdio::piped()).spawn()
    });
    let mut child = spawning.join().map_err(|_| "a thread panicked")??;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let address = lines.next().ok_or("it says nothing")??.parse()?;
    let cookies: Result<Vec<String>, _> =
        lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).collect();
    Ok(Server { name, note, address, cookies: cookies?, _alive: Alive::Process(child) })
}

pub(crate) fn start() -> Result<Vec<Server>, Failure> {
    let memory = in_memory("session layer alone, memory", false)?;
    let cookies = memory.cookies.clone();
    let (address, _) = serve(|| async {
        let app = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }));
        Ok((Served::Router(app), Vec::new()))
    })?;
    let bare = Server { name: "bare axum", note: "", address, cookies, _alive: Alive::Nothing };
    let mut all = vec![
        bare,
        memory,
        on_sqlite("session layer alone, SQLite", false)?,
        in_memory("the whole stack, memory", true)?,
        on_sqlite("the whole stack, SQLite", true)?,
    ];
    if std::env::var_os("CLOAKROOM_BENCH_PEERS").is_some() {
        all.push(peer("tower-sessions, memory", "1,000 sessions, one value read", "memory")?);
        all.push(peer("tower-sessions, SQLite", "1,000 sessions, one value read", "sqlite")?);
    }
    Ok(all)
}
