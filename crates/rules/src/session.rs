//! The life of a session, one event a file.

pub mod lifetimes;

pub mod policy;

pub mod facts;

pub mod binding;

pub mod check;

pub mod patch;

pub mod carried;

pub mod anonymous;

pub mod sign_in;

pub mod rotate;

pub mod raise;

pub mod elsewhere;

pub mod close;

pub mod expire;

#[cfg(test)]
mod sample;
