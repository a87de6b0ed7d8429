//! What a world suffers from.

use crate::dice::Dice;

/// How likely each trouble is: worlds differ in what they suffer from.
#[derive(Debug)]
pub(crate) struct Weather {
    pub(crate) slow: f64,
    pub(crate) hangs: f64,
    pub(crate) loses: f64,
    pub(crate) stops: f64,
}

impl Weather {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        Self {
            slow: dice.one_of([0.02, 0.1, 0.4]),
            hangs: dice.one_of([0.0, 0.03, 0.2]),
            loses: dice.one_of([0.0, 0.05, 0.3]),
            stops: dice.one_of([0.0, 0.001, 0.01]),
        }
    }
}
