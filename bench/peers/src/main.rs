//! `cloakroom-bench-peers memory|sqlite|postgres URL|redis URL`: the same route on tower-sessions, for `bench/run sessions`. Says where it listens,
//! then a cookie a line, then an empty line.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::error::Error;
use tower_sessions::session::{Id, Record};
use tower_sessions::{Expiry, MemoryStore, Session, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};
use tower_sessions_sqlx_store::sqlx::{PgPool, SqlitePool};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

const SESSIONS: usize = 1_000;

async fn read(session: Session) -> StatusCode {
    match session.get::<String>("subject").await {
        Ok(Some(_)) => StatusCode::NO_CONTENT,
        _ => StatusCode::UNAUTHORIZED,
    }
}

async fn serve<S: SessionStore + Clone>(store: S) -> Result<(), Box<dyn Error>> {
    let mut cookies = Vec::new();
    for number in 0..SESSIONS {
        let mut record = Record {
            id: Id::default(),
            data: [("subject".to_owned(), format!("user-{number}").into())].into(),
            expiry_date: tower_sessions::cookie::time::OffsetDateTime::now_utc()
                + tower_sessions::cookie::time::Duration::hours(8),
        };
        store.create(&mut record).await?;
        cookies.push(format!("id={}", record.id));
    }
    let idle = Expiry::OnInactivity(tower_sessions::cookie::time::Duration::hours(1));
    let app = Router::new().route("/", get(read)).layer(SessionManagerLayer::new(store).with_expiry(idle));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}\n{}\n", listener.local_addr()?, cookies.join("\n"));
    Ok(axum::serve(listener, app).await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(2).unwrap_or_default();
    match std::env::args().nth(1).as_deref() {
        Some("memory") => serve(MemoryStore::default()).await,
        Some("sqlite") => {
            let path = std::env::temp_dir().join(format!("cloakroom-peers-{}.db", std::process::id()));
            let pool = SqlitePool::connect(&format!("sqlite://{}?mode=rwc", path.display())).await?;
            let store = SqliteStore::new(pool);
            store.migrate().await?;
            serve(store).await
        }
        Some("postgres") => {
            let store = PostgresStore::new(PgPool::connect(&url).await?);
            store.migrate().await?;
            serve(store).await
        }
        Some("redis") => {
            let pool = Pool::new(Config::from_url(&url)?, None, None, None, 8)?;
            let _connecting = pool.connect();
            pool.wait_for_connect().await?;
            serve(RedisStore::new(pool)).await
        }
        _ => Err("usage: cloakroom-bench-peers memory|sqlite|postgres URL|redis URL".into()),
    }
}
