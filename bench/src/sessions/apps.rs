//! What is measured, each in a process of its own: the same route, with and without sessions.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router, ServiceExt};
use cloakroom::testing::Client;
use cloakroom::{
    Authenticated, Builder, Cloakroom, CloakroomExt, Handle, MemoryStore, PostgresStore, SessionLayer,
    SessionService, SqliteStore,
};
use cloakroom_testkit::engine::Failure;
use std::io::Write;
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower_layer::Layer;
use tower_service::Service;

/// How many people are signed in. Each connection is one of them.
const SIGNED_IN: usize = 1_000;

/// Every app there is: its name, and what is to be known of it.
pub(crate) const APPS: [(&str, &str); 11] = [
    ("bare axum", ""),
    ("bare axum, the same headers by hand", "what they cost on the wire"),
    ("session layer alone, memory", "1,000 signed in"),
    ("session layer alone, SQLite", "1,000 signed in, synchronous=FULL"),
    ("session layer alone, PostgreSQL", "1,000 signed in"),
    ("session layer alone, Redis", "1,000 signed in; beside PostgreSQL"),
    ("session layer alone, sealed", "the ledger in memory"),
    ("the whole stack, memory", "1,000 signed in"),
    ("the whole stack, SQLite", "1,000 signed in, synchronous=FULL"),
    ("the whole stack, PostgreSQL", "1,000 signed in"),
    ("the whole stack, sealed", "the ledger in memory"),
];

/// Runs an app until it is killed. Says where it listens, then a cookie a line, then an empty line.
pub(crate) fn serve(name: &str, postgres: &str, redis: &str, key: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = TempDir::new()?;
        let builder = Cloakroom::builder().origin("https://app.example");
        let builder = match name.rsplit(", ").next() {
            Some("SQLite") => builder.store(SqliteStore::open(folder.path().join("app.db")).await?),
            // The root key is the same for all who share the database.
            Some("PostgreSQL") => builder.store(PostgresStore::open(postgres).await?).root_key_file(key),
            Some("Redis") => {
                builder.store(PostgresStore::open(postgres).await?).root_key_file(key).sessions_on(redis)
            }
            Some("sealed") => builder.store(MemoryStore::default()).sealed_cookies(),
            _ => builder.store(MemoryStore::default()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        match name {
            "bare axum" => {
                let app = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }));
                // The same headers come in; they mean nothing here.
                say(address, &signed_in(&built(builder).await?).await?)?;
                axum::serve(listener, app).await?;
            }
            "bare axum, the same headers by hand" => {
                let cloakroom = built(builder).await?;
                let cookies = signed_in(&cloakroom).await?;
                let answer = whole(&cloakroom).call(asking(cookies.first())?).await?;
                let headers = answer.headers().clone();
                let with_them = move || async move { (StatusCode::NO_CONTENT, headers) };
                say(address, &cookies)?;
                axum::serve(listener, Router::new().route("/", get(with_them))).await?;
            }
            _ if name.starts_with("session layer alone") => {
                let cloakroom = built(builder).await?;
                say(address, &signed_in(&cloakroom).await?)?;
                let app = layer_alone_app(&cloakroom);
                axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await?;
            }
            _ => {
                let cloakroom = built(builder).await?;
                say(address, &signed_in(&cloakroom).await?)?;
                axum::serve(listener, whole(&cloakroom)).await?;
            }
        }
        Ok(())
    })
}

pub(crate) async fn built(builder: Builder) -> Result<Cloakroom, Failure> {
    Ok(builder.build().await?)
}

fn asking(cookie: Option<&String>) -> Result<Request, Failure> {
    let cookie = cookie.map(String::as_str).unwrap_or_default();
    Ok(Request::builder().header("host", "app.example").header("cookie", cookie).body(Body::empty())?)
}

async fn layer_alone(Extension(session): Extension<Handle>) -> StatusCode {
    match session.look().await {
        Ok(()) if session.account().is_some_and(|(subject, _)| subject.is_some()) => StatusCode::NO_CONTENT,
        _ => StatusCode::UNAUTHORIZED,
    }
}

/// Around the router, as `.cloakroom(…)` puts it: a layer inside of it would pay for axum's boxes too.
pub(crate) fn layer_alone_app(cloakroom: &Cloakroom) -> SessionService<Router> {
    SessionLayer(cloakroom.site().clone()).layer(Router::new().route("/", get(layer_alone)))
}

pub(crate) fn whole(cloakroom: &Cloakroom) -> cloakroom::Protected {
    Router::new().route("/", get(|_: Authenticated| async { StatusCode::NO_CONTENT })).cloakroom(cloakroom)
}

pub(crate) async fn signed_in(cloakroom: &Cloakroom) -> Result<Vec<String>, Failure> {
    let browser = Client::of(whole(cloakroom), cloakroom);
    let mut cookies = Vec::new();
    for number in 0..SIGNED_IN {
        let one = browser.another();
        one.sign_in(&format!("user-{number}"), &[]).await?;
        cookies.extend(one.cookies().into_iter().map(|(name, value)| format!("{name}={value}")));
    }
    Ok(cookies)
}

fn say(address: SocketAddr, cookies: &[String]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{address}\n{}\n", cookies.join("\n"))?;
    Ok(out.flush()?)
}
