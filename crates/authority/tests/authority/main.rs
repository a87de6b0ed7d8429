//! The engine on both stores that exist. Each invariant of the design that needs no HTTP has a test that names it.

#![cfg(test)]

mod world;

mod life;

mod renewal;

mod bindings;

mod invariants;

mod coherence;

mod races;

mod outages;

mod upkeep;

mod starting;

mod carried;

mod neighbours;

mod tokens;

mod signing_keys;

mod town;

mod people;

mod going_on;
