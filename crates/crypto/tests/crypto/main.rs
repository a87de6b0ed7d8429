//! What went wrong in other people's tokens, tried on ours.

#![cfg(test)]

mod advisories;
