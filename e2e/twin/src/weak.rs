//! How the bank is made weak: what its browser sees is changed on the way, and the code it runs on is the one that everybody has.

pub(crate) mod cookie;

pub(crate) mod claims;

pub(crate) mod ids;

pub(crate) mod headers;
