//! An app, from the outside: requests go in, answers come out.

#![cfg(test)]

mod app;

mod sessions;

mod sign_in;

mod kinds;

mod carried;

mod neighbours;

mod questions;

mod together;

mod csrf;

mod headers;

mod outages;

mod building;

mod tower;
