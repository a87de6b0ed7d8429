//! The suite on two stores, and what only two can do wrong.

#![cfg(test)]

mod cells;

mod rig;

mod conformance;

mod dying;

mod doubting;

mod losing;
