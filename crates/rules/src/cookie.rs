//! Cookies: what one may look like, and how those of a request are read.

pub mod domain;

pub mod policy;

pub mod read;
