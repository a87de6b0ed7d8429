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
    // `notes [port] [folder]`; port 0 takes one that is free.
    let mut given = std::env::args().skip(1);
    let port: u16 = given.next().map_or(Ok(3000), |port| port.parse())?;
    let folder = given.next().unwrap_or_else(|| "notes-data".to_owned());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let store = SqliteStore::open(Path::new(&folder).join("sessions.db")).await?;
    let data = data::Data::open(&Path::new(&folder).join("app.db"))?;
    let cloakroom = app::pages(Cloakroom::builder().store(store).origin(&origin)).build().await?;
    let said = format!("Notes are at {origin} (what is written stays in {folder})\n");
    std::io::Write::write_all(&mut std::io::stdout(), said.as_bytes())?;
    axum::serve(listener, app::app(&cloakroom, data))
        .with_graceful_shutdown(async {
            let _asked_to_stop = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(cloakroom.shutdown().await?)
}
