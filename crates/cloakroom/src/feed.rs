//! The feed: what was taken back, told to verifiers in other processes.

use crate::cloakroom::Cloakroom;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use cloakroom_authority::{Denied, NotEverywhere};
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::audit::tell::By;
use cloakroom_web::feed::{Feed, PATH};
use core::time::Duration;

impl Cloakroom {
    /// What listens for verifiers. It belongs on a listener of its own, which nobody but they can reach:
    /// `axum::serve(listener, cloakroom.internal())`. When the router is gone, its streams end.
    pub fn internal(&self) -> Router {
        let feed = Feed::new(self.engine().clone());
        Router::new().route(PATH, get(move |request: Request| async move { feed.answer::<_, Body>(request) }))
    }

    /// Makes a credential for a verifier: `cks_…`, shown once and stored nowhere. With the other value it is taken back.
    pub async fn feed_credential(&self, by: &By) -> Result<(Secret<String>, ServiceId), Denied> {
        let credential = self.engine().feed_credential(by).await?;
        Ok((credential.to_text(), credential.service))
    }

    /// Takes the credential of a verifier back. Its streams end, and what it knows is soon too old.
    pub async fn revoke_service(&self, service: ServiceId, by: &By) -> Result<(), Denied> {
        self.engine().revoke_service(service, by).await
    }

    /// A receipt for everything that was acknowledged before this was called. Whoever sends it along as `Cloakroom-Receipt` is not let in by a
    /// verifier that has not heard of it: it answers when it has, or 503.
    pub async fn receipt(&self) -> Result<String, Denied> {
        self.engine().receipt().await
    }

    /// What there is to be measured of the feed, as Prometheus reads it: how many verifiers follow, and how long it takes until they know.
    #[must_use]
    pub fn feed_metrics(&self) -> String {
        self.engine().feed_metrics()
    }

    /// Waits until everything that was taken back before holds at every verifier. See
    /// [`Authority::everywhere`](cloakroom_authority::Authority::everywhere).
    pub async fn everywhere(&self, at_most: Duration) -> Result<(), NotEverywhere> {
        self.engine().everywhere(at_most).await
    }
}
