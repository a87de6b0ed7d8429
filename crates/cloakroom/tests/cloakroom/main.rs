//! An app, from the outside: requests go in, answers come out.

#![cfg(test)]

mod app;

mod sessions;

mod kinds;

mod sign_in;

mod carried;

mod apart;

mod bearer;

mod token_cookies;

mod token_memory;

mod token_outages;

mod token_claims;

mod neighbours;

mod questions;

mod together;

mod csrf;

mod headers;

mod outages;

mod building;

mod tower;

mod feed;

mod feed_routes;

mod feed_wire;
