//! An app behind sign-in: the reserved paths that are ours, and everything else, which is the app's.

mod identity;

mod access;

mod ours;

mod demo;

mod watched;

mod forward;

mod proxy;

use crate::auth_host::{Desk, HasDesk};
use crate::config::App;
use axum::body::Body;
use axum::response::Response;
use cloakroom_web::router::{Protected, protect};
use cloakroom_web::session_layer::{SessionLayer, SessionService};
use cloakroom_web::site::Site;
use http::Request;
use proxy::Proxy;
use std::sync::Arc;
use tower_layer::Layer;
use tower_service::Service;

/// What begins with this is never the app's.
pub(crate) const RESERVED: &str = "/_cloakroom/";

/// What the handlers of an app's host work with.
#[derive(Debug, Clone)]
pub(crate) struct AppDesk {
    desk: Desk,
    app: Arc<App>,
}

impl HasDesk for AppDesk {
    fn desk(&self) -> &Desk {
        &self.desk
    }
}

/// The host of one app.
#[derive(Debug, Clone)]
pub(crate) struct AppHost {
    ours: Protected,
    theirs: SessionService<Proxy>,
}

impl AppHost {
    pub(crate) fn new(desk: Desk, app: App, site: &Site) -> Self {
        let app = Arc::new(app);
        let state = AppDesk { desk: desk.clone(), app: app.clone() };
        let ours = protect(ours::router(), site, state);
        let theirs = SessionLayer(site.clone()).layer(Proxy::new(desk, app));
        Self { ours, theirs }
    }

    /// Answers a request to this host.
    pub(crate) async fn answer(mut self, request: Request<Body>) -> Response {
        let answered = match request.uri().path().starts_with(RESERVED) {
            true => Service::call(&mut self.ours, request).await,
            false => Service::call(&mut self.theirs, request).await,
        };
        match answered {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}
