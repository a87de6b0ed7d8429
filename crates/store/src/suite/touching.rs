use super::rig::{Rig, Skipped, Verdict, require, require_eq};
use super::words::{subject, wait};
use crate::sessions::{Closing, Touch, When};
use cloakroom_model::records::session::Row;
use cloakroom_model::words::time::{Span, Time};
use std::collections::BTreeSet;

pub(super) fn slides_within_the_absolute_limit(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    for minutes in (30..=450).step_by(30) {
        rig.pass(Span::minutes(30));
        require!(rig.is_live(&row)?, "dead after {minutes} busy minutes");
        wait(rig.stores.sessions.touch(vec![Touch {
            session: row.session.id,
            since: rig.now(),
            seen: rig.now(),
        }]))?;
    }
    let version = rig.load(&row)?.map(|loaded| loaded.row.session.version);
    require_eq!(version, Some(row.session.version), "a touch is no change");
    rig.pass(Span::minutes(30));
    require!(!rig.is_live(&row)?, "alive beyond its absolute limit");
    Ok(Skipped::No)
}

/// A use that was noted while the store could not be written to still counts when it can.
pub(super) fn a_late_touch_counts_if_it_was_in_time(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    rig.pass(Span::minutes(50));
    let in_time = rig.now();
    rig.pass(Span::minutes(20));
    wait(rig.stores.sessions.touch(vec![Touch { session: row.session.id, since: in_time, seen: in_time }]))?;
    require!(rig.is_live(&row)?, "a use in time was not counted");
    Ok(Skipped::No)
}

/// One that was used all along while the store could not be written to, for longer than its idle limit.
pub(super) fn a_use_counts_from_where_it_began(rig: &Rig) -> Verdict {
    let (busy, late) = (rig.opened(None)?, rig.opened(None)?);
    rig.pass(Span::minutes(50));
    let in_time = rig.now();
    rig.pass(Span::minutes(40));
    let seen = rig.now();
    let touches = [(&busy, in_time), (&late, in_time.plus(Span::minutes(10)))];
    let touch = |(row, since): (&Row, Time)| Touch { session: row.session.id, since, seen };
    wait(rig.stores.sessions.touch(touches.map(touch).to_vec()))?;
    require!(rig.is_live(&busy)?, "a use that began in time was not counted");
    require!(!rig.is_live(&late)?, "a use that began too late brought an expired session back");
    Ok(Skipped::No)
}

pub(super) fn never_back_never_alive_again(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let touch =
        |seen| wait(rig.stores.sessions.touch(vec![Touch { session: row.session.id, since: seen, seen }]));
    rig.pass(Span::minutes(10));
    let seen = rig.now();
    touch(seen)?;
    touch(seen.minus(Span::minutes(5)))?;
    require_eq!(rig.load(&row)?.map(|l| l.row.session.last_seen), Some(seen), "an older touch");
    rig.pass(Span::hours(1));
    touch(rig.now())?;
    require!(!rig.is_live(&row)?, "a touch brought an expired session back");
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    touch(rig.now())?;
    require!(rig.load(&row)?.is_none(), "a touch brought a closed session back");
    Ok(Skipped::No)
}

pub(super) fn expired_are_listed_in_steps(rig: &Rig) -> Verdict {
    let mut all = BTreeSet::new();
    for _ in 0..150 {
        all.insert(rig.opened(None)?.session.id);
    }
    let busy = rig.opened(None)?;
    rig.pass(Span::minutes(59));
    require!(wait(rig.stores.sessions.expired(64))?.rows.is_empty(), "listed before their time");
    wait(rig.stores.sessions.touch(vec![Touch {
        session: busy.session.id,
        since: rig.now(),
        seen: rig.now(),
    }]))?;
    rig.pass(Span::minutes(2));
    for _ in 0..200 {
        let rows = wait(rig.stores.sessions.expired(64))?.rows;
        require!(rows.len() <= 64, "{} listed where 64 were asked for", rows.len());
        let ending = |row: &Row| Closing { when: When::Expired, ..rig.ending(&row.session) };
        let (_, closed) = wait(rig.stores.sessions.close(rows.iter().map(ending).collect()))?;
        closed.iter().for_each(|session| {
            all.remove(session);
        });
        if all.is_empty() {
            break;
        }
    }
    require!(all.is_empty(), "{} expired sessions were never listed", all.len());
    require!(rig.is_live(&busy)?, "a session in use was swept");
    Ok(Skipped::No)
}
