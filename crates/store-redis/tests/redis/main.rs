//! The Redis store against the suite and against what happens to servers.

#![cfg(test)]

mod rig;

mod conformance;

mod one_cell;

mod harms;

mod clustered;

mod alone;
