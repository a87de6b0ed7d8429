cloakroom_store::conformance!(crate::rig::rig);
