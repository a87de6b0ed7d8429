use super::rig::{Rig, Skipped, Verdict, require, require_eq, require_is};
use super::words::wait;
use crate::keys::{Added, Advanced};
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::Span;

fn key(rig: &Rig, kid: u16, purpose: &str) -> KeyRecord {
    let now = rig.now();
    let id = u128::from(kid) << 8 | purpose.len() as u128;
    KeyRecord {
        id: KeyId::from_bytes(id.to_be_bytes()),
        kid,
        purpose: purpose.to_owned(),
        state: KeyState::Next,
        created: now,
        changed: now,
        sealed: vec![1, 2, 3],
    }
}

pub(super) fn live_forward_only(rig: &Rig) -> Verdict {
    use KeyState::{Active, Destroyed, Next, Retired};
    let key = key(rig, 1, "access");
    let none = Trail::none();
    require_is!(wait(rig.stores.keys.add(key.clone(), &none))?, Added::Done(_), "a new key");
    let advance = |from, to| wait(rig.stores.keys.advance(key.id, from, to, &Trail::none()));
    require_is!(advance(Active, Retired)?, Advanced::Elsewhere(Next), "from where it is not");
    rig.pass(Span::minutes(1));
    require_is!(advance(Next, Active)?, Advanced::Done(_), "into use");
    require_is!(advance(Active, Next)?, Advanced::Elsewhere(Active), "back");
    require_is!(advance(Active, Active)?, Advanced::Elsewhere(Active), "to where it is");
    let found = wait(rig.stores.keys.of_purpose("access"))?;
    let wanted = KeyRecord { state: Active, changed: rig.now(), ..key.clone() };
    require_eq!(found, vec![wanted], "the key in use");
    require_is!(advance(Active, Destroyed)?, Advanced::Done(_), "destroying");
    let found = wait(rig.stores.keys.of_purpose("access"))?;
    require!(found.iter().all(|key| key.sealed.is_empty()), "the bytes of a destroyed key are kept");
    let absent = wait(rig.stores.keys.advance(KeyId::from_bytes([0xee; 16]), Next, Active, &none))?;
    require_is!(absent, Advanced::Absent, "no such key");
    Ok(Skipped::No)
}

pub(super) fn numbers_are_unique_within_a_purpose(rig: &Rig) -> Verdict {
    let none = Trail::none();
    let add = |key| wait(rig.stores.keys.add(key, &none));
    require_is!(add(key(rig, 2, "access"))?, Added::Done(_), "a key");
    require_is!(add(key(rig, 1, "access"))?, Added::Done(_), "another number");
    require_is!(add(key(rig, 1, "id"))?, Added::Done(_), "another purpose");
    require_is!(add(key(rig, 1, "access"))?, Added::Taken, "the same again");
    let same_number = KeyRecord { id: KeyId::from_bytes([0xaa; 16]), ..key(rig, 1, "access") };
    require_is!(add(same_number)?, Added::Taken, "the same number under another id");
    let kids: Vec<_> = wait(rig.stores.keys.of_purpose("access"))?.iter().map(|key| key.kid).collect();
    require_eq!(kids, vec![1, 2], "in order");
    Ok(Skipped::No)
}
