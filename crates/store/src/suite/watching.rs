use super::rig::{Rig, Skipped, Verdict, require, require_eq};
use super::words::{subject, wait};
use crate::watch::{Change, Watcher};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use parking_lot::Mutex;
use std::sync::Arc;

#[derive(Default)]
struct Notes(Mutex<(Vec<FactKey>, Vec<SessionId>)>);

impl Watcher for Notes {
    fn committed(&self, change: Change<'_>) {
        let mut notes = self.0.lock();
        notes.0.extend(change.facts.iter().map(|kept| kept.fact.key.clone()));
        notes.1.extend_from_slice(change.sessions);
    }
}

pub(super) fn told_before_the_answer(rig: &Rig) -> Verdict {
    let notes = Arc::new(Notes::default());
    let watcher: Arc<dyn Watcher> = notes.clone();
    rig.stores.watch.watch(&watcher);
    let take = || core::mem::take(&mut *notes.0.lock());
    let anna = subject("anna")?;
    let row = rig.opened(Some(&anna))?;
    require!(take().1.contains(&row.session.id), "not told of an opening");
    wait(rig.stores.sessions.patch(rig.patch_of(&row.session, "a", 1)?, &Trail::none()))?;
    require!(take().1.contains(&row.session.id), "not told of a patch");
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    let (facts, sessions) = take();
    require_eq!(facts, vec![FactKey::Session(row.session.id)], "facts of a closing");
    require!(sessions.contains(&row.session.id), "not told of a closing");
    let other = rig.opened(Some(&anna))?;
    take();
    rig.revoke_all(&anna)?;
    let (facts, sessions) = take();
    require!(
        facts.contains(&FactKey::User(anna)) && sessions.contains(&other.session.id),
        "not told of a raise"
    );
    Ok(Skipped::No)
}

pub(super) fn told_of_nothing_when_nothing_changed(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let notes = Arc::new(Notes::default());
    let watcher: Arc<dyn Watcher> = notes.clone();
    rig.stores.watch.watch(&watcher);
    let (mut rotate, trail) = rig.rotation_of(&row);
    rotate.expect += 1;
    wait(rig.stores.sessions.rotate(rotate, &trail))?;
    rig.load(&row)?;
    require_eq!(*notes.0.lock(), (Vec::new(), Vec::new()), "told of a refused verb");
    Ok(Skipped::No)
}
