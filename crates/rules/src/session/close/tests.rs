use super::*;
use crate::session::sample::{START, admin, entropy, session, told};
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::words::time::Span;

#[test]
fn leaves_a_fact_and_an_event_for_every_reason() {
    for (why, reason) in [
        (Why::SignOut, Reason::SignOut),
        (Why::RevokedByUser, Reason::RevokedByUser),
        (Why::RevokedByAdmin, Reason::RevokedByAdmin),
    ] {
        let trail = decide(&Request { why, by: &admin() }, &Facts { session: &session() }, START, &entropy())
            .unwrap();
        assert_eq!(trail.facts[0].fact, Fact::revoke(FactKey::Session(session().id)));
        assert!(trail.facts[0].until >= session().absolute.plus(Span::hours(1)), "kept past all it denies");
        assert_eq!(told(&trail.events), [(EventName::SessionClosed, Some(reason))]);
    }
}
