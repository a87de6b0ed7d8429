//! The routes, and what they share.

use super::accounts::Accounts;
use super::{money, people, script};
use crate::switch::Switch;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cloakroom::{
    Asks, Bearer, Cloakroom, CloakroomWithExt, Guarded, Level, LoginError, Protected, SessionError,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Whoever waits here goes on when it is opened.
#[derive(Debug)]
pub(crate) struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gate {
    pub(crate) async fn pass(&self) {
        let _closed = self.0.acquire().await.map(tokio::sync::SemaphorePermit::forget);
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }
}

/// A route for whoever has proven two factors.
struct TwoFactors;

impl Asks for TwoFactors {
    const LEVEL: Option<Level> = Some(Level::Two);
}

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) off: Arc<BTreeSet<Switch>>,
    /// Where script keeps what it is handed.
    pub(crate) kept_in: String,
}

impl App {
    pub(crate) fn is_off(&self, switch: Switch) -> bool {
        self.off.contains(&switch)
    }
}

/// The state, as handlers get it.
pub(crate) struct Shared(pub(crate) App);

impl axum::extract::FromRequestParts<Guarded<App>> for Shared {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &Guarded<App>,
    ) -> Result<Self, Self::Rejection> {
        let State(app) = State::<Guarded<App>>::from_request_parts(parts, state).await?;
        Ok(Self(App::clone(&app)))
    }
}

pub(crate) type Answer<T> = Result<T, Wrong>;

/// What a handler can run into, as an answer.
pub(crate) struct Wrong(SessionError);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<SessionError> for Wrong {
    fn from(error: SessionError) -> Self {
        Self(error)
    }
}

impl From<LoginError> for Wrong {
    fn from(error: LoginError) -> Self {
        Self(error.into())
    }
}

/// Every route that changes something.
pub(crate) const CHANGES: [&str; 12] = [
    "/sign-in",
    "/api/sign-in",
    "/sign-out",
    "/transfer",
    "/api/transfer",
    "/payee",
    "/close",
    "/coupon",
    "/confirm",
    "/password",
    "/forgot",
    "/live",
];

pub(crate) fn bank(app: App) -> Protected {
    let cloakroom = app.cloakroom.clone();
    let payee = if app.is_off(Switch::StepUp) { post(money::payee_at_any_age) } else { post(money::payee) };
    Router::new()
        .route("/", get(money::home))
        .route("/api/me", get(money::me))
        .route("/api/bearer", get(|token: Bearer| async move { token.subject.to_string() }))
        .route(
            "/api/bearer-two-factors",
            get(|token: Bearer<TwoFactors>| async move { token.subject.to_string() }),
        )
        .route("/transfer", get(money::transfer_page).post(money::transfer))
        .route("/api/transfer", post(money::api_transfer))
        .route("/payee", payee.get(money::payee_page))
        .route("/close", get(money::close_page).post(money::close))
        .route("/coupon", post(money::coupon))
        .route("/admin", get(money::admin))
        .route("/slow", get(money::slow))
        .route("/live", get(money::live))
        .route("/sign-in", get(people::sign_in_page).post(people::sign_in))
        .route("/api/sign-in", post(people::api_sign_in))
        .route("/api/step-up", post(people::api_step_up))
        .route("/sign-out", post(people::sign_out))
        .route("/devices", get(people::devices))
        .route("/devices/others", post(people::end_others))
        .route("/confirm", get(people::confirm_page).post(people::confirm))
        .route("/password", get(people::password_page).post(people::password))
        .route("/forgot", get(people::forgot_page).post(people::forgot))
        .route("/partner", get(script::partner))
        .route("/vendor.js", get(script::vendor))
        .route("/one-page", get(script::one_page))
        .route("/one-page.js", get(script::one_page_script))
        .route("/search", get(script::search))
        .route("/page.js", get(script::page_script))
        .route("/hello", get(script::hello))
        .route("/hello.js", get(script::hello_script))
        .cloakroom_with(&cloakroom, app)
}
