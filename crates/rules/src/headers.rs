//! The headers that tell a browser what a page may do.

pub mod csp;

pub mod security;

pub mod cors;
