//! Signing in: what a sign-in has proven.

pub mod proof;
