//! How whoever runs the scenarios makes worlds and looks into them. On loopback, for one run.

use crate::hosts::Hosts;
use crate::page::Page;
use crate::world::{Wanted, World};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use cloakroom::Span;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Clone)]
pub(crate) struct Worlds(Arc<Inner>);

struct Inner {
    all: Mutex<HashMap<String, Arc<World>>>,
    made: AtomicU64,
    http_port: u16,
    /// Of the password that all customers have.
    hash: String,
}

#[derive(Serialize)]
struct Made {
    id: String,
    bank: String,
    blog: String,
    evil: String,
    site: String,
}

impl Worlds {
    pub(crate) fn new(http_port: u16, hash: String) -> Self {
        Self(Arc::new(Inner { all: Mutex::default(), made: AtomicU64::new(0), http_port, hash }))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<World>> {
        self.0.all.lock().get(name).cloned()
    }
}

fn wrong(error: impl ToString) -> Response {
    (StatusCode::BAD_REQUEST, error.to_string()).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "no such world").into_response()
}

async fn make(State(worlds): State<Worlds>, Json(wanted): Json<Wanted>) -> Response {
    let id = format!("w{}", worlds.0.made.fetch_add(1, Relaxed));
    match World::of(&id, wanted, worlds.0.http_port, &worlds.0.hash).await {
        Ok(world) => {
            let Hosts { bank, blog, evil, site } = world.hosts();
            let made = Made {
                id: id.clone(),
                bank: bank.clone(),
                blog: blog.clone(),
                evil: evil.clone(),
                site: site.clone(),
            };
            worlds.0.all.lock().insert(id, Arc::new(world));
            Json(made).into_response()
        }
        Err(error) => wrong(error),
    }
}

async fn facts(State(worlds): State<Worlds>, Path(id): Path<String>) -> Response {
    match worlds.find(&id) {
        Some(world) => world.facts().await.map_or_else(wrong, |facts| Json(facts).into_response()),
        None => unknown(),
    }
}

async fn publish(State(worlds): State<Worlds>, Path(id): Path<String>, Json(page): Json<Page>) -> Response {
    worlds.find(&id).map_or_else(unknown, |world| {
        world.publish(page);
        StatusCode::NO_CONTENT.into_response()
    })
}

#[derive(Deserialize)]
struct Pass {
    seconds: i64,
}

async fn pass(State(worlds): State<Worlds>, Path(id): Path<String>, Json(pass): Json<Pass>) -> Response {
    worlds.find(&id).map_or_else(unknown, |world| {
        world.clock.advance(Span::seconds(pass.seconds));
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn open(State(worlds): State<Worlds>, Path(id): Path<String>) -> Response {
    worlds.find(&id).map_or_else(unknown, |world| {
        world.gate.open();
        StatusCode::NO_CONTENT.into_response()
    })
}

#[derive(Deserialize)]
struct Awaited {
    host: String,
    path: String,
    method: String,
    /// Whether it must have been answered.
    answered: bool,
}

/// Answers when such a request has come.
async fn wait(
    State(worlds): State<Worlds>,
    Path(id): Path<String>,
    Query(awaited): Query<Awaited>,
) -> Response {
    let Some(world) = worlds.find(&id) else { return unknown() };
    let mut news = std::pin::pin!(world.news.notified());
    loop {
        news.as_mut().enable();
        let found = world.wire().into_iter().find(|seen| {
            seen.host.split(':').next() == Some(&awaited.host)
                && seen.method == awaited.method
                && seen.path.starts_with(&awaited.path)
                && (!awaited.answered || seen.status != 0)
        });
        if let Some(found) = found {
            return Json(found).into_response();
        }
        news.as_mut().await;
        news.set(world.news.notified());
    }
}

async fn end(State(worlds): State<Worlds>, Path(id): Path<String>) -> StatusCode {
    let ended = worlds.0.all.lock().remove(&id);
    if let Some(world) = ended {
        world.end().await;
    }
    StatusCode::NO_CONTENT
}

pub(crate) fn control(worlds: Worlds) -> Router {
    Router::new()
        .route("/worlds", post(make))
        .route("/worlds/{id}", get(facts).delete(end))
        .route("/worlds/{id}/pages", post(publish))
        .route("/worlds/{id}/clock", post(pass))
        .route("/worlds/{id}/gate", post(open))
        .route("/worlds/{id}/wait", get(wait))
        .with_state(worlds)
}
