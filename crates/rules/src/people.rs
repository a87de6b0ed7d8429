//! The people who sign in: what they may do, how often, and what becomes of their accounts.

pub mod policy;

pub mod new_password;

pub mod limits;

pub mod link;

pub mod edits;
