//! The suite, with a durable store in memory beside.

cloakroom_store::conformance!(crate::rig::rig);
