//! Access tokens and the families that renew them.

pub mod policy;

pub mod secrets;

pub mod access;

pub mod begin;

pub mod renew;

pub mod mint;

pub mod check;

pub mod assertion;

#[cfg(test)]
mod sample;
