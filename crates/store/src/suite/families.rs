//! Refresh families: they begin and end with their session, and what a presented generation is worth is decided inside one
//! transaction.

use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq, require_is};
use super::words::{revoked, subject, wait};
use crate::families::{Asked, Held, How, Present, Presented, Standing, Worth, continues, weigh};
use crate::sessions::{Open, Opened, Rotated};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::family::{Family, RefreshPolicy};
use cloakroom_model::records::session::{Class, Row};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::id::{ClientId, FamilyId};
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::{Span, Time};

pub(super) const WINDOW: Span = Span::seconds(10);
const LATE: Span = Span::minutes(10);
use RefreshPolicy::{Bound, Fork, Strict};

impl Rig {
    /// A family that nobody has begun yet, at generation 1.
    fn family_of(&self, row: &Row) -> Family {
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            Digest::of(&[b"family", &self.next().to_be_bytes()]).0;
        Family {
            id: FamilyId::from_bytes(id),
            shard: Shard::of([0, 1]),
            client: ClientId::from_bytes(id),
            client_generation: 0,
            session: row.session.id,
            ticket: row.session.ticket,
            scope: Vec::new(),
            audience: Vec::new(),
            bound_to: None,
            salt: id,
            generation: 1,
            previous: None,
            kid: 1,
            rotated: self.now(),
            forked: false,
            overtaken: None,
            doubted: None,
            created: self.now(),
            last_used: self.now(),
            idle: Span::minutes(50),
            absolute: self.now().plus(Span::hours(7)),
        }
    }

    /// A session that is renewed, and its family.
    pub fn begun(&self, of: &SubjectId) -> Result<(Row, Family), Violation> {
        let mut row = self.row(Some(of));
        row.session.class = Class::Renewed;
        row.session.idle = Span::hours(8);
        row.session.generations = wait(self.stores.ledger.generations(Some(of)))?;
        let family = self.family_of(&row);
        let open =
            Open { row: row.clone(), at_most: None, closing: Vec::new(), family: Some(family.clone()) };
        match self.open_as(open)? {
            Opened::Done(..) => Ok((row, family)),
            other => Err(Violation::of(format!("a family does not begin: {other:?}"))),
        }
    }

    fn presenting(&self, family: &Family, generation: u32, policy: RefreshPolicy) -> Present {
        let asked = Asked { generation, kid: 1, policy, is_proven: false, window: WINDOW, late: LATE };
        let tell = |name| self.telling(name, family.session);
        let mut theft = tell(EventName::FamilyTheft);
        let revoke = |key| KeptFact { fact: Fact::revoke(key), until: family.absolute };
        theft.facts = vec![revoke(FactKey::Session(family.session)), revoke(FactKey::Family(family.id))];
        let (renewed, went_back) = (tell(EventName::FamilyRotated), tell(EventName::StoreWentBack));
        Present { family: family.id, asked, renewed, theft, went_back }
    }

    /// Presents a generation of a family, by the strict rules.
    pub fn present(&self, family: &Family, generation: u32) -> Result<Presented, Violation> {
        self.present_as(family, generation, Strict)
    }

    fn present_as(
        &self,
        family: &Family,
        generation: u32,
        policy: RefreshPolicy,
    ) -> Result<Presented, Violation> {
        Ok(wait(self.stores.families.present(self.presenting(family, generation, policy)))?)
    }

    fn family(&self, family: &Family) -> Result<Option<Held>, Violation> {
        Ok(wait(self.stores.families.find(family.id))?)
    }
}

/// How it went on, and with which generation; or the name of the outcome.
pub(super) fn word(presented: &Presented) -> String {
    match presented {
        Presented::Renewed(how, held) => format!("{how:?} {}", held.family.generation),
        Presented::Absent => "Absent".to_owned(),
        Presented::Expired => "Expired".to_owned(),
        Presented::Denied => "Denied".to_owned(),
        Presented::Overtaken => "Overtaken".to_owned(),
        Presented::WentBack(_) => "WentBack".to_owned(),
        Presented::Theft(_) => "Theft".to_owned(),
    }
}

pub(super) fn begin_and_end_with_their_session(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (row, family) = rig.begun(&anna)?;
    let held = Held { family: family.clone(), session: row.session.clone() };
    require_eq!(rig.family(&family)?, Some(held), "a new family");
    let of_session = wait(rig.stores.families.of_session(row.session.id))?;
    require_eq!(of_session, vec![family.clone()], "the families of a session");
    let other = rig.row(Some(&anna));
    let taken = Open {
        row: other.clone(),
        at_most: None,
        closing: Vec::new(),
        family: Some(Family { session: other.session.id, ..family.clone() }),
    };
    require_is!(rig.open_as(taken)?, Opened::Taken, "the id of a family twice");
    require!(rig.load(&other)?.is_none(), "an opening that was refused has opened");
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require!(rig.family(&family)?.is_none(), "a family outlives its session");
    require_eq!(word(&rig.present(&family, 1)?), "Absent".to_owned(), "a family that has ended");
    require!(wait(rig.stores.families.of_session(row.session.id))?.is_empty(), "and is listed");
    Ok(Skipped::No)
}

/// What the pure function says is what the store does, over many long walks.
pub(super) fn follow_the_table(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let long = Span::minutes(51);
    let steps = [Span::ZERO, Span::seconds(1), WINDOW, Span::seconds(11), LATE, Span::minutes(11), long];
    let mut seen = std::collections::BTreeSet::new();
    for walk in 0..120u64 {
        let (_, family) = rig.begun(&anna)?;
        let mut shadow = Some(family.clone());
        for step in 0..12u64 {
            let Digest([a, b, c, d, ..]) = Digest::of(&[&walk.to_be_bytes(), &step.to_be_bytes()]);
            rig.pass(steps.get(usize::from(a) % steps.len()).copied().unwrap_or_default());
            let current = shadow.as_ref().map_or(1, |family| family.generation);
            // Mostly the last few, sometimes one that was never given out.
            let generation = (current + 1).saturating_sub(u32::from(b % 8).min(4)).max(1);
            let policy = if c % 2 == 0 { Strict } else { Fork };
            let policy = if c % 5 == 0 { Bound } else { policy };
            let mut present = rig.presenting(&family, generation, policy);
            present.asked.is_proven = d % 2 == 0;
            let standing = Standing { is_live: true, may_be_behind: false, now: rig.now() };
            let wanted = match &shadow {
                None => "Absent".to_owned(),
                Some(before) => match weigh(before, &present.asked, &standing) {
                    Worth::Next(next, how) => {
                        let word = format!("{how:?} {}", next.generation);
                        shadow = Some(*next);
                        word
                    }
                    Worth::Same => format!("Repeated {}", before.generation),
                    Worth::Theft => {
                        shadow = None;
                        "Theft".to_owned()
                    }
                    other => format!("{other:?}"),
                },
            };
            let presented = word(&wait(rig.stores.families.present(present))?);
            require_eq!(presented, wanted, "walk {walk}, step {step}");
            seen.extend(wanted.split(' ').next().map(str::to_owned));
            let kept = rig.family(&family)?.map(|held| held.family);
            require_eq!(kept, shadow, "the record after walk {walk}, step {step}");
        }
    }
    let all = ["Absent", "Expired", "Forked", "Repeated", "Rotated", "Theft", "WentBack"];
    let missing: Vec<_> = all.iter().filter(|word| !seen.contains(**word)).collect();
    require!(missing.is_empty(), "the walks never came to {missing:?}");
    Ok(Skipped::No)
}

pub(super) fn lost_late_and_reordered_answers(rig: &Rig) -> Verdict {
    let (_, family) = rig.begun(&subject("anna")?)?;
    let mut current = 1;
    // The answer is lost three times, then the next request is sent twice and arrives in the other order.
    for _ in 0..20 {
        require_eq!(word(&rig.present(&family, current)?), format!("Rotated {}", current + 1), "a renewal");
        for _ in 0..3 {
            rig.pass(Span::seconds(3));
            let again = word(&rig.present(&family, current)?);
            require_eq!(again, format!("Repeated {}", current + 1), "a retry");
        }
        current += 1;
        rig.pass(Span::minutes(10));
        require_eq!(word(&rig.present(&family, current)?), format!("Rotated {}", current + 1), "a renewal");
        let late = word(&rig.present(&family, current)?);
        require_eq!(late, format!("Repeated {}", current + 1), "the same request arriving twice");
        current += 1;
        rig.pass(Span::minutes(10));
    }
    Ok(Skipped::No)
}

/// Every token that is presented within the window ends at the same one, whether it is the current or the one before.
pub(super) fn one_renewal_within_the_window(rig: &Rig) -> Verdict {
    let (_, family) = rig.begun(&subject("anna")?)?;
    require_eq!(word(&rig.present(&family, 1)?), "Rotated 2".to_owned(), "the first one");
    for generation in [2, 1, 2, 2, 1] {
        rig.pass(Span::seconds(2));
        require_eq!(word(&rig.present(&family, generation)?), "Repeated 2".to_owned(), "within the window");
    }
    rig.pass(Span::seconds(1));
    require_eq!(word(&rig.present(&family, 2)?), "Rotated 3".to_owned(), "after it");
    Ok(Skipped::No)
}

pub(super) fn a_theft_ends_the_sign_in_and_nothing_else(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let ((row, family), (other, other_family)) = (rig.begun(&anna)?, rig.begun(&anna)?);
    let browser = rig.opened(Some(&anna))?;
    rig.present(&family, 1)?;
    rig.pass(Span::minutes(1));
    require_eq!(word(&rig.present(&family, 1)?), "Theft".to_owned(), "a token that was renewed long ago");
    require!(rig.load(&row)?.is_none() && rig.family(&family)?.is_none(), "the sign-in goes on");
    for generation in [1, 2, 3] {
        require_eq!(word(&rig.present(&family, generation)?), "Absent".to_owned(), "after a theft");
    }
    let facts = [FactKey::Session(row.session.id), FactKey::Family(family.id)];
    require_eq!(wait(rig.stores.ledger.known(&facts))?, vec![Some(Fact::REVOKED); 2], "its facts");
    let told = rig.told_of(row.session.id)?;
    require_eq!(told.last(), Some(&EventName::FamilyTheft), "what is told of it");
    require_eq!(told.iter().filter(|name| **name == EventName::FamilyTheft).count(), 1, "told once");
    require!(rig.is_live(&browser)? && rig.is_live(&other)?, "another sign-in of the user ended with it");
    require_eq!(word(&rig.present(&other_family, 1)?), "Rotated 2".to_owned(), "another family");
    Ok(Skipped::No)
}

pub(super) fn what_is_refused_changes_nothing(rig: &Rig) -> Verdict {
    let (row, family) = rig.begun(&subject("anna")?)?;
    rig.present(&family, 1)?;
    let (before, told) = (rig.family(&family)?, rig.told_of(row.session.id)?);
    require_is!(rig.present(&family, 9)?, Presented::WentBack(_), "a generation from the future");
    require_eq!(rig.family(&family)?, before, "after a generation from the future");
    require_is!(rig.present(&family, 1)?, Presented::Renewed(How::Repeated, _), "a retry");
    require_eq!(rig.family(&family)?, before, "after a retry");
    let more = rig.told_of(row.session.id)?.len() - told.len();
    require_eq!(more, 1, "told of the store that went back, and of nothing else");
    Ok(Skipped::No)
}

pub(super) fn limits_end_them(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (_, idle) = rig.begun(&anna)?;
    rig.pass(Span::minutes(50));
    require_eq!(word(&rig.present(&idle, 1)?), "Expired".to_owned(), "after the idle limit");
    let (_, old) = rig.begun(&anna)?;
    let mut generation = 1;
    while rig.now() < old.absolute.minus(Span::minutes(10)) {
        require_is!(rig.present(&old, generation)?, Presented::Renewed(How::Rotated, _), "in time");
        generation += 1;
        rig.pass(Span::minutes(30));
    }
    rig.pass(Span::minutes(30));
    require_eq!(word(&rig.present(&old, generation)?), "Expired".to_owned(), "after the absolute limit");
    Ok(Skipped::No)
}

pub(super) fn what_was_taken_back_denies(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    for what in ["family", "client", "epoch"] {
        let (_, family) = rig.begun(&anna)?;
        let fact = match what {
            "family" => Fact::revoke(FactKey::Family(family.id)),
            "client" => Fact { key: FactKey::Client(family.client), at_least: 1 },
            _ => {
                let epoch = wait(rig.stores.ledger.generations(None))?.epoch;
                Fact { key: FactKey::Epoch, at_least: epoch + 1 }
            }
        };
        let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
        wait(rig.stores.ledger.publish(&trail))?;
        for generation in [1, 2] {
            require_eq!(
                word(&rig.present(&family, generation)?),
                "Denied".to_owned(),
                "after a fact: {what}"
            );
        }
    }
    let (row, family) = rig.begun(&anna)?;
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require_eq!(word(&rig.present(&family, 1)?), "Absent".to_owned(), "after its session ended");
    let known = wait(rig.stores.ledger.known(&[revoked(&row.session).fact.key]))?;
    require_eq!(known, vec![Some(Fact::REVOKED)], "its fact");
    Ok(Skipped::No)
}

/// A step-up: the session gets a new ticket and the family a new token, in one commit or not at all.
pub(super) fn goes_on_with_the_new_ticket_of_its_session(rig: &Rig) -> Verdict {
    let (row, family) = rig.begun(&subject("anna")?)?;
    let (mut rotate, trail) = rig.rotation_of(&row);
    let next = continues(&family, 2, rotate.row.session.ticket, rig.now());
    rotate.family = next.clone();
    // Somebody has renewed it: nothing is done.
    let mut late = rotate.clone();
    late.family = next.clone().map(|next| Family { generation: next.generation + 1, ..next });
    require_is!(
        wait(rig.stores.sessions.rotate(late, &trail))?,
        Rotated::Stale,
        "a family that is not the next one"
    );
    require!(rig.is_live(&row)?, "a refused rotation has rotated");
    require_is!(wait(rig.stores.sessions.rotate(rotate, &trail))?, Rotated::Done(_), "a step-up");
    require_eq!(rig.family(&family)?.map(|held| held.family), next, "the family with it");
    rig.pass(Span::minutes(30));
    require_eq!(
        word(&rig.present(&family, 1)?),
        "Overtaken".to_owned(),
        "the token of before, until the new one comes"
    );
    require_eq!(word(&rig.present(&family, 2)?), "Rotated 3".to_owned(), "the new one");
    require_eq!(word(&rig.present(&family, 1)?), "Theft".to_owned(), "the token of before, after that");
    // Without its family the old tokens are dead all the same.
    let (row, family) = rig.begun(&subject("anna")?)?;
    let (rotate, trail) = rig.rotation_of(&row);
    require_is!(wait(rig.stores.sessions.rotate(rotate, &trail))?, Rotated::Done(_), "a step-up");
    for generation in [1, 2] {
        require_eq!(word(&rig.present(&family, generation)?), "Denied".to_owned(), "bound to the old ticket");
    }
    Ok(Skipped::No)
}

/// The key that the next token is computed under is written down, and a retry is answered under the one that was.
pub(super) fn the_key_of_the_current_token_is_remembered(rig: &Rig) -> Verdict {
    let (_, family) = rig.begun(&subject("anna")?)?;
    let under = |kid, generation| {
        let mut present = rig.presenting(&family, generation, Strict);
        present.asked.kid = kid;
        match wait(rig.stores.families.present(present))? {
            Presented::Renewed(how, held) => Ok((how, held.family.generation, held.family.kid)),
            other => Err(Violation::of(format!("not renewed: {other:?}"))),
        }
    };
    require_eq!(under(1, 1)?, (How::Rotated, 2, 1), "under the first key");
    // The root key is replaced inside the window.
    require_eq!(under(2, 1)?, (How::Repeated, 2, 1), "the same token again, under the key it was made with");
    rig.pass(Span::minutes(1));
    require_eq!(under(2, 2)?, (How::Rotated, 3, 2), "the next one under the new key");
    Ok(Skipped::No)
}

/// Two who hold one token and renew it in every order, more than a window apart: as soon as both have, it is known.
pub(super) fn two_holders_in_every_interleaving(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    for policy in [Strict, Fork] {
        for order in 0u32..64 {
            let (_, family) = rig.begun(&anna)?;
            let mut holds = [1u32, 1];
            let mut renewed = [0u32, 0];
            let mut ended = false;
            for turn in 0..6 {
                let who = (order >> turn & 1) as usize;
                rig.pass(LATE);
                rig.pass(Span::seconds(1));
                let [one, two] = &mut holds;
                let mine = if who == 0 { one } else { two };
                let presented = rig.present_as(&family, *mine, policy)?;
                match presented {
                    Presented::Renewed(_, held) => {
                        *mine = held.family.generation;
                        if let Some(count) = renewed.get_mut(who) {
                            *count += 1;
                        }
                    }
                    Presented::Theft(_) | Presented::Absent => ended = true,
                    other => return Err(Violation::of(format!("two holders: {other:?}"))),
                }
                let both_tried = order & 63 != 0 && order & 63 != 63;
                let first_of_other = (1..=turn).any(|at| (order >> at & 1) != (order & 1));
                require_eq!(
                    ended,
                    both_tried && first_of_other,
                    "order {order:06b}, turn {turn}, {policy:?}"
                );
            }
        }
    }
    Ok(Skipped::No)
}

/// Killed after the commit and before the answer: the retry finds what was written, and gets the token that was lost.
pub(super) fn a_kill_between_commit_and_answer_loses_nothing(rig: &Rig) -> Verdict {
    let Some(crash) = &rig.crash else {
        return Ok(Skipped::Because("it promises nothing beyond its process"));
    };
    let (row, family) = rig.begun(&subject("anna")?)?;
    for generation in 1..4 {
        require_eq!(
            word(&rig.present(&family, generation)?),
            format!("Rotated {}", generation + 1),
            "renewed"
        );
        let after = crash();
        let again = wait(after.families.present(rig.presenting(&family, generation, Strict)))?;
        require_eq!(word(&again), format!("Repeated {}", generation + 1), "a retry after a kill");
        rig.pass(Span::minutes(1));
    }
    let before_theft = crash();
    require_eq!(word(&rig.present(&family, 1)?), "Theft".to_owned(), "a theft");
    let after = crash();
    require!(wait(after.families.find(family.id))?.is_none(), "a family is back after a kill");
    require!(wait(after.sessions.load(&row.look_up))?.is_none(), "a sign-in is back after a kill");
    // A store as it was before: it has lost what it acknowledged, and says so.
    let older = wait(before_theft.families.present(rig.presenting(&family, 6, Strict)))?;
    require_eq!(word(&older), "WentBack".to_owned(), "a copy from before");
    Ok(Skipped::No)
}
