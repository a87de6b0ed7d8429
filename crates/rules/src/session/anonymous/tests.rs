use super::*;
use crate::refusal::Refusal;
use crate::session::sample::{START, after, entropy};
use cloakroom_model::ports::doubles::NoEntropyAtAll;
use cloakroom_model::words::time::Span;

fn opened(change: &Change, entropy: &dyn Entropy) -> Result<Session, Stop> {
    let (host, client) = ("app.example".parse().unwrap(), Client::default());
    let request = Request { host: &host, client: &client, change };
    let facts = Facts { truth: Generations { user: 9, epoch: 2 } };
    decide(&request, &facts, &SessionPolicy::default(), START, entropy)
}

#[test]
fn is_nobodys_and_holds_what_was_written() {
    let mut change = Change::default();
    change.set("cart", &1u8).unwrap();
    let session = opened(&change, &entropy()).unwrap();
    assert_eq!((session.class, session.subject, session.assurance), (Class::Anonymous, None, None));
    assert_eq!((session.version, session.generations), (1, Generations { user: 0, epoch: 2 }));
    assert_eq!(session.absolute, after(Span::hours(8)));
    assert_eq!(session.data.value("cart"), Some(&[1][..]));
}

#[test]
fn too_much_or_no_entropy_opens_nothing() {
    let mut change = Change::default();
    change.set("cart", &"x".repeat(70_000)).unwrap();
    assert_eq!(opened(&change, &entropy()), Err(Refusal::DataTooLarge.into()));
    assert!(matches!(opened(&Change::default(), &NoEntropyAtAll), Err(Stop::NoEntropy(_))));
}
