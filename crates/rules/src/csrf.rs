//! Cross-site request forgery: whether a request that changes something was meant by who is signed in.

pub mod decide;

pub mod token;
