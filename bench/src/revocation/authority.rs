//! One authority and its feed, in this process.

use axum::Router;
use cloakroom::{By, Cloakroom, MemoryStore, SqliteStore, Tokens};
use cloakroom_testkit::engine::Failure;
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

pub(crate) const ISSUER: &str = "https://app.example";

pub(crate) struct Served {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) address: SocketAddr,
    pub(crate) credential: String,
    serves: JoinHandle<()>,
    _folder: TempDir,
}

fn serve(listener: TcpListener, router: Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _never_ends = axum::serve(listener, router).await;
    })
}

impl Served {
    pub(crate) async fn begin(durable: bool) -> Result<Self, Failure> {
        let folder = TempDir::new()?;
        let builder = Cloakroom::builder().origin(ISSUER).tokens(Tokens::new().scope("notes:read"));
        let builder = match durable {
            true => builder.store(SqliteStore::open(folder.path().join("bench.db")).await?),
            false => builder.store(MemoryStore::default()),
        };
        let cloakroom = builder.build().await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let credential = cloakroom.feed_credential(&By::system()).await?.0.expose().clone();
        let serves = serve(listener, cloakroom.internal());
        Ok(Self { cloakroom, address, credential, serves, _folder: folder })
    }

    /// Nobody listens any more, and all streams end.
    pub(crate) async fn goes(&mut self) {
        self.serves.abort();
        let _aborted = (&mut self.serves).await;
    }

    pub(crate) async fn comes_back(&mut self) -> Result<(), Failure> {
        self.serves = serve(TcpListener::bind(self.address).await?, self.cloakroom.internal());
        Ok(())
    }

    /// One token each of so many people.
    pub(crate) async fn tokens(&self, count: usize) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        while all.len() < count {
            let mut some = JoinSet::new();
            for number in all.len()..count.min(all.len() + 64) {
                let cloakroom = self.cloakroom.clone();
                some.spawn(async move {
                    let token =
                        cloakroom::testing::access_token(&cloakroom, &name(number), &["notes:read"]).await;
                    (number, token.map_err(|error| error.to_string()))
                });
            }
            let mut some = some.join_all().await;
            some.sort_by_key(|(number, _)| *number);
            for (_, token) in some {
                all.push(token?);
            }
        }
        Ok(all)
    }

    /// When this returns, nothing of somebody holds here any more.
    pub(crate) async fn end(&self, number: usize) -> Result<(), Failure> {
        self.cloakroom.end_all(&name(number).parse().map_err(|_| "no subject")?, &By::system()).await?;
        Ok(())
    }
}

fn name(number: usize) -> String {
    format!("user-{number}")
}
