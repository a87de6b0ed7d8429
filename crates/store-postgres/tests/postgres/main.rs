//! The PostgreSQL store against the suite and against what happens to servers.

#![cfg(test)]

mod rig;

mod conformance;

mod following;

mod hanging;

mod encrypted;

mod failover;

mod pooled;
