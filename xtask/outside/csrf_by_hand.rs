//! Nobody but the layer says that a request was meant, and nobody but it makes a guarded state.
//! says: error[E0423]
//! says: CsrfVerified
//! says: associated function `new` is private

use cloakroom::{CsrfVerified, Guarded};

fn main() {
    let _meant = CsrfVerified(());
    let _state = Guarded::new(());
}
