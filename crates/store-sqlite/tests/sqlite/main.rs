//! The SQLite store against the suite and against what happens to files.

#![cfg(test)]

mod rig;

mod conformance;

mod cheats;

mod files;

mod restoring;

mod backup;

mod damage;

mod growth;
