//! `.cloakroom(…)` on a router.

use crate::cloakroom::Cloakroom;
use axum::Router;
use cloakroom_web::extract::Guarded;
use cloakroom_web::router::{Protected, protect};

/// Finishes a router of an app without a state of its own.
pub trait CloakroomExt {
    /// The router behind Cloakroom's layers.
    fn cloakroom(self, cloakroom: &Cloakroom) -> Protected;
}

impl CloakroomExt for Router<Guarded<()>> {
    fn cloakroom(self, cloakroom: &Cloakroom) -> Protected {
        protect(self, cloakroom.site(), ())
    }
}

/// Finishes a router of an app with a state, which handlers ask for as `State<Guarded<App>>`.
pub trait CloakroomWithExt<A> {
    /// The router behind Cloakroom's layers.
    fn cloakroom_with(self, cloakroom: &Cloakroom, app: A) -> Protected;
}

impl<A: Clone + Send + Sync + 'static> CloakroomWithExt<A> for Router<Guarded<A>> {
    fn cloakroom_with(self, cloakroom: &Cloakroom, app: A) -> Protected {
        protect(self, cloakroom.site(), app)
    }
}
