//! What went wrong in other people's tokens, tried on ours.

mod advisories;
