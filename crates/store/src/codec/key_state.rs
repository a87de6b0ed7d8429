//! The state of a key as a number in a column.

use cloakroom_model::records::key::KeyState;

/// The number of a state.
#[must_use]
pub const fn code(state: KeyState) -> i64 {
    match state {
        KeyState::Next => 0,
        KeyState::Active => 1,
        KeyState::Retired => 2,
        KeyState::Destroyed => 3,
    }
}

/// The state of a number, if it is one.
#[must_use]
pub fn state(found: i64) -> Option<KeyState> {
    let all = [KeyState::Next, KeyState::Active, KeyState::Retired, KeyState::Destroyed];
    all.into_iter().find(|state| code(*state) == found)
}
