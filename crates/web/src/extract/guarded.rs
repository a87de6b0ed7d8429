//! The state that only a guarded app has.

use core::ops::Deref;

/// The state of an app behind Cloakroom's layers. Only `.cloakroom(…)` makes one, so that an app without the layers
/// does not build. A handler that wants the app's own state asks for `State<Guarded<App>>`.
#[derive(Debug, Clone)]
pub struct Guarded<A>(A);

impl<A> Guarded<A> {
    pub(crate) const fn new(app: A) -> Self {
        Self(app)
    }
}

impl<A> Deref for Guarded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

/// A state that says the layers are there.
#[diagnostic::on_unimplemented(
    message = "this router has no Cloakroom layers",
    label = "the handler asks for a session, and nothing would give it one",
    note = "finish the router with `.cloakroom(&cloakroom)`, or `.cloakroom_with(&cloakroom, state)` if the app has a state of its own; handlers then ask for it as `State<Guarded<App>>`"
)]
pub trait IsGuarded: Send + Sync {
    /// The app's own state.
    type App: Send + Sync;

    /// The app's own state.
    fn app(&self) -> &Self::App;
}

impl<A: Send + Sync> IsGuarded for Guarded<A> {
    type App = A;

    fn app(&self) -> &A {
        &self.0
    }
}
