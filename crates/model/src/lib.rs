//! The words of Cloakroom.
//!
//! Everything other crates talk about is named here: secrets that cannot be printed, ids that grant
//! nothing, times that are passed in, the records that stores keep, and the two ports through which the
//! outside world (a clock, randomness) comes in. Nothing here does I/O or decides anything.

pub mod words;

pub mod ports;

mod drawn;

pub mod records;
