//! Changes that are spread over two stores: what this one says of them.

use super::people::subject_of;
use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq, require_is};
use super::words::wait;
use crate::directory::{Change, Changed, Edit};
use crate::ledger::Intent;
use crate::sessions::Raise;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;

fn intent(rig: &Rig) -> Intent {
    Intent(u128::from(rig.next()).to_be_bytes())
}

fn fact(number: u64) -> Trail {
    let fact = Fact { key: FactKey::Epoch, at_least: number };
    Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() }
}

fn known(rig: &Rig) -> Result<Option<u64>, Violation> {
    Ok(wait(rig.stores.ledger.known(&[FactKey::Epoch]))?.pop().flatten())
}

pub(super) fn what_was_published_is_done(rig: &Rig) -> Verdict {
    let one = intent(rig);
    let receipt = wait(rig.stores.ledger.publish_as(one, &fact(1)))?;
    require_is!(&receipt, Some(receipt) if receipt.facts == fact(1).facts, "published");
    require!(wait(rig.stores.ledger.settle(one))?, "what was published was not done");
    require!(wait(rig.stores.ledger.settle(one))?, "asked twice, told two things");
    require_eq!(known(rig)?, Some(1), "the fact");
    Ok(Skipped::No)
}

pub(super) fn what_was_called_off_is_never_done(rig: &Rig) -> Verdict {
    let one = intent(rig);
    require!(!wait(rig.stores.ledger.settle(one))?, "nobody has published it");
    require_eq!(wait(rig.stores.ledger.publish_as(one, &fact(1)))?, None, "called off");
    require_eq!(known(rig)?, None, "a change that was called off left a fact");
    require!(!wait(rig.stores.ledger.settle(one))?, "asked twice, told two things");
    Ok(Skipped::No)
}

/// Two who raise the same counter from the same number: the second one has decided by what is over.
pub(super) fn a_counter_rises_from_what_it_was(rig: &Rig) -> Verdict {
    let anna = "anna".parse().map_err(|_| Violation::of("no subject".to_owned()))?;
    let raise = |to| wait(rig.stores.ledger.publish_as(intent(rig), &rig.raise_trail(&anna, to)));
    require!(raise(1)?.is_some(), "the first");
    require_eq!(raise(1)?, None, "another one from the same number");
    require!(raise(2)?.is_some(), "the next");
    require_eq!(wait(rig.stores.ledger.generations(Some(&anna)))?.user, 2, "the counter");
    Ok(Skipped::No)
}

/// A change of a person is done or called off like any other; one that is refused has not been decided.
pub(super) fn a_person_changes_under_an_intent(rig: &Rig) -> Verdict {
    let change = |edit, intent| Change { intent: Some(intent), ..Change::of(edit) };
    let (refused, done, off) = (intent(rig), intent(rig), intent(rig));
    let anna = rig.person(&["anna"])?;
    wait(rig.stores.ledger.settle(off))?;
    let edit = Edit::Create(anna.clone());
    require_is!(
        wait(rig.stores.directory.change(change(edit.clone(), off), &fact(1)))?,
        Changed::Stale,
        "called off"
    );
    require!(wait(rig.stores.directory.by_id(anna.id))?.is_none(), "a change that was called off");
    let raise = Raise { subject: subject_of(&anna)?, expect: 7, keep: None };
    let hindered = Change { raise: Some(raise), ..change(edit.clone(), refused) };
    require_is!(wait(rig.stores.directory.change(hindered, &fact(1)))?, Changed::Stale, "an older counter");
    require!(!wait(rig.stores.ledger.settle(refused))?, "what was refused is not done");
    require_eq!(known(rig)?, None, "what was not done left a fact");
    require_is!(wait(rig.stores.directory.change(change(edit, done), &fact(1)))?, Changed::Done(..), "done");
    require!(wait(rig.stores.ledger.settle(done))?, "what was done is done");
    Ok(Skipped::No)
}

/// Somebody publishes, somebody else loses patience: both are told the same.
pub(super) fn of_those_who_decide_one_is_first(rig: &Rig) -> Verdict {
    for round in 1..=100 {
        let one = intent(rig);
        let (published, settled) = std::thread::scope(|scope| {
            let publishing = scope.spawn(|| wait(rig.stores.ledger.publish_as(one, &fact(round))));
            let settled = wait(rig.stores.ledger.settle(one));
            (publishing.join(), settled)
        });
        let published = published.map_err(|_| Violation::of("publishing panicked".to_owned()))??;
        require_eq!(published.is_some(), settled?, "round {round}: two were told two things");
        require_eq!(known(rig)? == Some(round), published.is_some(), "round {round}: the fact");
    }
    Ok(Skipped::No)
}
