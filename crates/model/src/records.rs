//! The records that stores keep. Plain values: how they may change is decided in `rules`, that they change
//! together or not at all is the work of a store.

pub mod data;

pub mod session;

pub mod family;

pub mod fact;

pub mod event;

pub mod key;

pub mod trail;

pub mod account;

pub mod request;

pub mod letter;

pub mod chain;
