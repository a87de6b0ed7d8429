//! The suite on two stores, and what only two can do wrong.

#![cfg(test)]

mod cells;

mod doubtful;

mod rig;

mod conformance;

mod dying;

mod doubting;

mod losing;

mod alone;

mod moving;
