//! Two callers at once, a thousand times. Rounds run on a few threads side by side, so that a store that
//! commits in groups does.

use super::families::word;
use super::rig::{Rig, Skipped, Verdict, Violation, require, require_is};
use super::words::{subject, wait};
use crate::families::{How, Presented};
use crate::sessions::{Closing, Offered, Open, Opened, Patched, Promote, Promoted, Rotated, When};
use cloakroom_model::records::trail::Trail;
use std::sync::Barrier;
use std::thread::scope;

const ROUNDS: usize = 1_000;
const LANES: usize = 8;

/// Runs the rounds on a few threads; the first violation of each is kept.
fn rounds(round: impl Fn() -> Result<(), Violation> + Sync) -> Verdict {
    let round = &round;
    let ended: Vec<_> = scope(|scope| {
        let lanes: Vec<_> =
            (0..LANES).map(|_| scope.spawn(|| (0..ROUNDS / LANES).try_for_each(|_| round()))).collect();
        lanes.into_iter().map(|lane| lane.join()).collect()
    });
    for lane in ended {
        lane.map_err(|_| Violation::of("a racer panicked".to_owned()))??;
    }
    Ok(Skipped::No)
}

/// Runs both at the same moment.
fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> Result<(A, B), Violation> {
    let barrier = Barrier::new(2);
    scope(|scope| {
        let second = scope.spawn(|| {
            barrier.wait();
            other()
        });
        barrier.wait();
        let first = one();
        second.join().map(|second| (first, second)).map_err(|_| Violation::of("a racer panicked".to_owned()))
    })
}

pub(super) fn two_patches_one_wins(rig: &Rig) -> Verdict {
    rounds(|| {
        let row = rig.opened(Some(&subject("anna")?))?;
        let (one, two) = (rig.patch_of(&row.session, "a", 1)?, rig.patch_of(&row.session, "b", 2)?);
        let (wanted_one, wanted_two) = (one.session.clone(), two.session.clone());
        let patch = |patch| wait(rig.stores.sessions.patch(patch, &Trail::none()));
        let (first, second) = both(|| patch(one), || patch(two))?;
        let left = rig.load(&row)?.map(|loaded| loaded.row.session);
        match (first?, second?) {
            (Patched::Done(_), Patched::Stale) => {
                require!(left == Some(wanted_one), "the winner's patch is lost")
            }
            (Patched::Stale, Patched::Done(_)) => {
                require!(left == Some(wanted_two), "the winner's patch is lost")
            }
            other => require!(false, "two patches from one version: {other:?}"),
        }
        Ok(())
    })
}

pub(super) fn patch_and_close_never_resurrect(rig: &Rig) -> Verdict {
    rounds(|| {
        let row = rig.opened(Some(&subject("anna")?))?;
        let patch = rig.patch_of(&row.session, "a", 1)?;
        let (patched, closed) = both(
            || wait(rig.stores.sessions.patch(patch, &Trail::none())),
            || wait(rig.stores.sessions.close(vec![rig.ending(&row.session)])),
        )?;
        require_is!(patched?, Patched::Done(_) | Patched::Gone, "a patch beside a closing");
        require!(closed?.1 == vec![row.session.id], "a closing beside a patch did not close");
        require!(rig.load(&row)?.is_none(), "a patch brought a session back");
        Ok(())
    })
}

pub(super) fn two_rotations_one_wins(rig: &Rig) -> Verdict {
    rounds(|| {
        let row = rig.opened(Some(&subject("anna")?))?;
        let ((one, trail_one), (two, trail_two)) = (rig.rotation_of(&row), rig.rotation_of(&row));
        let (new_one, new_two) = (one.row.clone(), two.row.clone());
        let (first, second) = both(
            || wait(rig.stores.sessions.rotate(one, &trail_one)),
            || wait(rig.stores.sessions.rotate(two, &trail_two)),
        )?;
        let (winner, loser) = match (first?, second?) {
            (Rotated::Done(_), Rotated::Stale) => (new_one, new_two),
            (Rotated::Stale, Rotated::Done(_)) => (new_two, new_one),
            other => return Err(Violation::of(format!("two rotations from one version: {other:?}"))),
        };
        require!(rig.is_live(&winner)?, "the winner's ticket does not work");
        require!(rig.load(&loser)?.is_none() && rig.load(&row)?.is_none(), "a ticket too many works");
        Ok(())
    })
}

pub(super) fn opening_from_an_older_proof_loses_to_revocation(rig: &Rig) -> Verdict {
    rounds(|| {
        let anna = subject(&format!("anna-{}", rig.next()))?;
        let mut row = rig.row(Some(&anna));
        row.session.generations = wait(rig.stores.ledger.generations(Some(&anna)))?;
        let open = Open { row: row.clone(), at_most: None, closing: Vec::new(), family: None };
        let (opened, revoked) = both(|| rig.open_as(open), || rig.revoke_all(&anna))?;
        require_is!(opened?, Opened::Done(..) | Opened::Superseded, "an opening beside a revocation");
        revoked?;
        require!(!rig.is_live(&row)?, "a session from an older proof lives after everything was revoked");
        Ok(())
    })
}

pub(super) fn promotions_agree(rig: &Rig) -> Verdict {
    rounds(|| {
        let row = rig.opened(Some(&subject("anna")?))?;
        let session = row.session.id;
        let offers = [rig.offer_to(&row, 4), rig.offer_to(&row, 4)];
        for offer in offers {
            wait(rig.stores.sessions.offer(offer, &Trail::none()))?;
        }
        let [one, two] = offers.map(|offer| offer.look_up);
        let promote =
            |look_up| wait(rig.stores.sessions.promote(Promote { session, look_up }, &Trail::none()));
        let (first, second) = both(|| promote(one), || promote(two))?;
        require_is!(first?, Promoted::Done(_), "presenting a pending ticket");
        require_is!(second?, Promoted::Done(_), "presenting its sibling");
        let current = wait(rig.stores.sessions.find(session))?.map(|loaded| loaded.row);
        let ticket = current.as_ref().map(|row| row.session.ticket);
        require!(ticket == Some(row.session.ticket + 1), "siblings are of one round, not {ticket:?}");
        require!(
            current.is_some_and(|row| row.look_up == one || row.look_up == two),
            "neither is the current one"
        );
        Ok(())
    })
}

/// A ticket that is due for rotation beside a step-up: whatever the dead one was handed is dead too.
pub(super) fn an_offer_beside_a_rotation_hands_nothing_to_the_loser(rig: &Rig) -> Verdict {
    rounds(|| {
        let row = rig.opened(Some(&subject("anna")?))?;
        let (offer, (rotate, trail)) = (rig.offer_to(&row, 4), rig.rotation_of(&row));
        let (offered, rotated) = both(
            || wait(rig.stores.sessions.offer(offer, &Trail::none())),
            || wait(rig.stores.sessions.rotate(rotate, &trail)),
        )?;
        require_is!(offered?, Offered::Done(_) | Offered::NotCurrent, "an offer beside a rotation");
        require_is!(rotated?, Rotated::Done(_), "a rotation beside an offer");
        require!(
            wait(rig.stores.sessions.load(&offer.look_up))?.is_none(),
            "a dead ticket was handed a live one"
        );
        Ok(())
    })
}

/// Sweeping and opening at the same time: neither waits for the other for ever, and nobody live is swept.
pub(super) fn sweeping_beside_opening(rig: &Rig) -> Verdict {
    rounds(|| {
        let (anna, short) = (subject("anna")?, rig.row(None));
        let mut short = short;
        short.session.idle = cloakroom_model::words::time::Span::ZERO;
        rig.open_as(Open { row: short, at_most: None, closing: Vec::new(), family: None })?;
        let (swept, opened) = both(
            || {
                let expired = wait(rig.stores.sessions.expired(64))?;
                let ending = |row: &cloakroom_model::records::session::Row| Closing {
                    when: When::Expired,
                    ..rig.ending(&row.session)
                };
                wait(rig.stores.sessions.close(expired.rows.iter().map(ending).collect()))
            },
            || rig.opened(Some(&anna)),
        )?;
        swept?;
        require!(rig.is_live(&opened?)?, "a live session was swept");
        Ok(())
    })
}

/// Four tabs wake at once and present one token, each by itself: one renewal, and the same new token for all.
pub(super) fn racing_tabs_end_with_one_token(rig: &Rig) -> Verdict {
    rounds(|| {
        let (_, family) = rig.begun(&subject("anna")?)?;
        let pair = || both(|| rig.present(&family, 1), || rig.present(&family, 1));
        let (first, second) = both(pair, pair)?;
        let (first, second) = (first?, second?);
        let (mut rotated, mut words) = (0, Vec::new());
        for presented in [first.0?, first.1?, second.0?, second.1?] {
            rotated += usize::from(matches!(presented, Presented::Renewed(How::Rotated, _)));
            words.push(word(&presented));
        }
        let all_the_same = words.iter().all(|word| word == "Rotated 2" || word == "Repeated 2");
        require!(rotated == 1 && all_the_same, "four tabs with one token: {words:?}");
        Ok(())
    })
}

pub(super) fn a_refresh_beside_a_closing_never_resurrects(rig: &Rig) -> Verdict {
    rounds(|| {
        let (row, family) = rig.begun(&subject("anna")?)?;
        let (presented, closed) = both(
            || rig.present(&family, 1),
            || wait(rig.stores.sessions.close(vec![rig.ending(&row.session)])),
        )?;
        require_is!(presented?, Presented::Renewed(..) | Presented::Absent, "a refresh beside a closing");
        closed?;
        for generation in [1, 2] {
            require_is!(rig.present(&family, generation)?, Presented::Absent, "after the closing");
        }
        require!(rig.load(&row)?.is_none(), "a refresh brought a sign-in back");
        Ok(())
    })
}

pub(super) fn a_refresh_beside_a_password_change_never_survives_it(rig: &Rig) -> Verdict {
    rounds(|| {
        let anna = subject(&format!("anna-{}", rig.next()))?;
        let (_, family) = rig.begun(&anna)?;
        let (presented, revoked) = both(|| rig.present(&family, 1), || rig.revoke_all(&anna))?;
        require_is!(
            presented?,
            Presented::Renewed(..) | Presented::Absent | Presented::Denied,
            "a refresh beside a password change"
        );
        revoked?;
        for generation in [1, 2] {
            require_is!(rig.present(&family, generation)?, Presented::Absent | Presented::Denied, "after it");
        }
        Ok(())
    })
}
