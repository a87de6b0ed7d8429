//! `cargo run -p notes`: sign-up, sign-in, notes, files, devices, a step-up, a role, live updates. It works without script.

mod app;

mod data;

mod html;

#[cfg(test)]
mod tests;

use cloakroom::{Cloakroom, SqliteStore};
use std::path::Path;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new("notes-data");
    let store = SqliteStore::open(folder.join("sessions.db")).await?;
    let data = data::Data::open(&folder.join("app.db"))?;
    let builder = Cloakroom::builder().store(store).origin("http://localhost:3000");
    let cloakroom = app::pages(builder).build().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let said = "Notes are at http://localhost:3000 (what is written stays in ./notes-data)\n";
    std::io::Write::write_all(&mut std::io::stdout(), said.as_bytes())?;
    axum::serve(listener, app::app(&cloakroom, data))
        .with_graceful_shutdown(async {
            let _asked_to_stop = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(cloakroom.shutdown().await?)
}
