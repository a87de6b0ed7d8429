//! The suite.

cloakroom_store::conformance!(crate::rig::rig);
