use super::*;
use crate::session::sample::{after, entropy, session, told, visitor};
use cloakroom_model::words::time::Span;

#[test]
fn tells_which_limit_it_was_and_nothing_of_visitors() {
    for (hours, reason) in [(1, Reason::Idle), (8, Reason::Absolute)] {
        let trail = decide(&Facts { session: &session() }, after(Span::hours(hours)), &entropy()).unwrap();
        assert_eq!(told(&trail.events), [(EventName::SessionExpired, Some(reason))]);
    }
    assert_eq!(decide(&Facts { session: &visitor() }, after(Span::hours(1)), &entropy()), Ok(Trail::none()));
}
