//! People, what they have begun, how often they tried, and letters to them.

use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq, require_is};
use super::words::{look_up, session_id, wait};
use crate::directory::{Change, Changed, Edit, Found};
use crate::outbox::Settled;
use crate::requests::{Asked, Asking, Redeemed, Withdrawn};
use crate::sessions::Raise;
use crate::throttle::{Bucket, Taken};
use cloakroom_model::records::account::{Account, AccountState, KnownName, Password, PasswordHash, Undoable};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::{About, Browser, Request};
use cloakroom_model::records::session::{Assurance, Generations};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

impl Rig {
    fn login_name(&self, text: &str) -> Result<LoginName, Violation> {
        text.parse().map_err(|_| Violation::of(format!("{text:?} is no name")))
    }

    /// Somebody nobody has created yet.
    pub fn person(&self, names: &[&str]) -> Result<Account, Violation> {
        let names: Result<Vec<_>, _> = names.iter().map(|name| self.login_name(name)).collect();
        let id = u128::from(self.next()) << 64 | 0x7000;
        Ok(Account {
            id: UserId::from_bytes(id.to_be_bytes()),
            state: AccountState::Active,
            called: "Anna Ångström".to_owned(),
            language: "de".to_owned(),
            groups: "admins staff".split(' ').filter_map(|group| group.parse().ok()).collect(),
            names: names?.into_iter().map(|name| KnownName { name, verified: Some(self.now()) }).collect(),
            password: Some(Password { hash: PasswordHash("$argon2id$…".to_owned()), changed: self.now() }),
            undoable: vec![Undoable { version: 7, until: self.now() }],
            created: self.now(),
            version: 1,
        })
    }

    fn change(&self, change: Change) -> Result<Changed, Violation> {
        Ok(wait(self.stores.directory.change(change, &Trail::none()))?)
    }

    fn created(&self, names: &[&str]) -> Result<Account, Violation> {
        let account = self.person(names)?;
        let changed = self.change(Change::of(Edit::Create(account.clone())))?;
        require_is_done(&changed)?;
        Ok(account)
    }

    fn account(&self, user: UserId) -> Result<Option<Account>, Violation> {
        Ok(wait(self.stores.directory.by_id(user))?.map(|found| found.account))
    }

    fn named(&self, name: &str) -> Result<Option<Account>, Violation> {
        let name = self.login_name(name)?;
        Ok(wait(self.stores.directory.by_name(&name))?.map(|found| found.account))
    }

    fn request(&self, of: Option<UserId>, about: About) -> Request {
        Request {
            look_up: look_up(self.next()),
            kid: 1,
            user: of,
            generations: Generations::default(),
            browser: Some(Browser([4; 32])),
            code: Some([5; 32]),
            about,
            created: self.now(),
            expires: self.now().plus(Span::minutes(10)),
        }
    }

    fn letter(&self) -> Letter {
        let id = u128::from(self.next()).to_be_bytes();
        Letter {
            id,
            sealed: vec![1, 2, 3],
            due: self.now(),
            tries: 0,
            until: self.now().plus(Span::hours(1)),
        }
    }

    fn pending(&self, look_up: &LookUp) -> Result<Option<Request>, Violation> {
        Ok(wait(self.stores.requests.pending(look_up))?)
    }
}

fn asking(ask: Vec<Request>, post: Vec<Letter>) -> Asking {
    Asking { ask, post, ..Asking::default() }
}

fn require_is_done(changed: &Changed) -> Result<(), Violation> {
    match changed {
        Changed::Done(..) => Ok(()),
        other => Err(Violation::of(format!("a change that should go through does not: {other:?}"))),
    }
}

fn next_of(account: &Account) -> Change {
    let next = Account { version: account.version + 1, ..account.clone() };
    Change::of(Edit::Replace { expect: account.version, account: next })
}

pub(super) fn subject_of(account: &Account) -> Result<SubjectId, Violation> {
    account.subject().map_err(|_| Violation::of("an id that is no subject".to_owned()))
}

pub(super) fn found_by_every_name_in_any_case(rig: &Rig) -> Verdict {
    let anna = rig.created(&["Anna@Example.com", "anna"])?;
    for name in ["anna@example.com", "ANNA@EXAMPLE.COM", "Anna", "anna"] {
        require_eq!(rig.named(name)?, Some(anna.clone()), "by {name}");
    }
    require_eq!(rig.named("anna@example.org")?, None, "by a name nobody has");
    require_eq!(rig.account(anna.id)?, Some(anna.clone()), "by their id");
    require_eq!(rig.account(UserId::from_bytes([9; 16]))?, None, "by an id nobody has");
    let hostile = ["x'or'1'='1@example.com", "a%@example.com", "a_@example.com"];
    for name in hostile {
        require_eq!(rig.named(name)?, None, "{name:?} is no pattern");
    }
    Ok(Skipped::No)
}

pub(super) fn names_are_had_by_one(rig: &Rig) -> Verdict {
    let anna = rig.created(&["anna@example.com", "anna"])?;
    for names in [&["ANNA@example.com"][..], &["bert", "Anna"]] {
        let other = rig.person(names)?;
        require_eq!(rig.change(Change::of(Edit::Create(other.clone())))?, Changed::Taken, "{names:?} again");
        require_eq!(rig.account(other.id)?, None, "after a refused creation");
    }
    require_eq!(rig.named("bert")?, None, "half of a refused creation");
    let bert = rig.created(&["bert"])?;
    let mut greedy = bert.clone();
    greedy.names.push(KnownName { name: rig.login_name("anna")?, verified: None });
    require_eq!(rig.change(next_of(&greedy))?, Changed::Taken, "taking the name of another");
    require_eq!(rig.account(bert.id)?, Some(bert.clone()), "after that");
    let again = rig.person(&["carl"])?;
    let same_id = Account { id: bert.id, ..again };
    require_eq!(rig.change(Change::of(Edit::Create(same_id)))?, Changed::Taken, "an id twice");
    // A name that is given up is free, and one that ends frees all of theirs.
    let mut less = anna.clone();
    less.names.pop();
    require_is_done(&rig.change(next_of(&less))?)?;
    rig.created(&["anna"])?;
    let remove = Edit::Remove { user: anna.id, expect: 2 };
    require_is_done(&rig.change(Change::of(remove))?)?;
    require_eq!(rig.named("anna@example.com")?, None, "somebody who is gone");
    rig.created(&["anna@example.com"])?;
    Ok(Skipped::No)
}

pub(super) fn changed_from_what_was_read(rig: &Rig) -> Verdict {
    let anna = rig.created(&["anna"])?;
    require_is_done(&rig.change(next_of(&anna))?)?;
    require_eq!(rig.change(next_of(&anna))?, Changed::Stale, "from an older version");
    let remove = Edit::Remove { user: anna.id, expect: 1 };
    require_eq!(rig.change(Change::of(remove))?, Changed::Stale, "removing from an older version");
    let nobody = rig.person(&["nobody"])?;
    require_eq!(rig.change(next_of(&nobody))?, Changed::Gone, "somebody who is not there");
    require_eq!(rig.named("nobody")?, None, "after that");
    Ok(Skipped::No)
}

pub(super) fn listed_in_pages(rig: &Rig) -> Verdict {
    let mut all = Vec::new();
    for number in 0..7 {
        all.push(rig.created(&[&format!("user{number}")])?.id);
    }
    all.sort();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = wait(rig.stores.directory.people(after, 3))?;
        require!(page.len() <= 3, "a page of {}", page.len());
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|account| account.id));
    }
    require_eq!(seen, all, "all of them, once, in order");
    require_eq!(wait(rig.stores.directory.count())?, 7, "their number");
    Ok(Skipped::No)
}

/// Counters that are newer than the account they come with would make a password good for what begins after it was changed.
pub(super) fn an_account_and_its_counters_are_of_one_moment(rig: &Rig) -> Verdict {
    const CHANGES: u64 = 500;
    let anna = rig.created(&["anna@example.com"])?;
    let (subject, name) = (subject_of(&anna)?, rig.login_name("anna@example.com")?);
    let is_done = AtomicBool::new(false);
    let (changed, read) = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                for found in
                    [wait(rig.stores.directory.by_name(&name))?, wait(rig.stores.directory.by_id(anna.id))?]
                {
                    let Some(Found { account, truth }) = found else {
                        return Err(Violation::of("somebody who was there all the time was not".to_owned()));
                    };
                    require_eq!(truth.user, account.version - anna.version, "counters of another moment");
                }
            }
            Ok(())
        });
        let changing = || {
            for number in 0..CHANGES {
                let account = Account { version: anna.version + number, ..anna.clone() };
                let raise = Some(Raise { subject: subject.clone(), expect: number, keep: None });
                let change = Change { raise, ..next_of(&account) };
                let trail = rig.raise_trail(&subject, number + 1);
                require_is_done(&wait(rig.stores.directory.change(change, &trail))?)?;
            }
            Ok::<_, Violation>(())
        };
        let changed = changing();
        is_done.store(true, Ordering::Relaxed);
        (changed, reading.join())
    });
    changed?;
    read.map_err(|_| Violation::of("a reader panicked".to_owned()))??;
    Ok(Skipped::No)
}

pub(super) fn a_change_is_whole_or_nothing(rig: &Rig) -> Verdict {
    let anna = rig.created(&["anna@example.com"])?;
    let subject = subject_of(&anna)?;
    let session = rig.opened(Some(&subject))?;
    let link = rig.request(Some(anna.id), About::Recovery { email: rig.login_name("anna@example.com")? });
    let other = rig.request(Some(anna.id), About::AdminLink);
    let of_another = rig.request(None, About::AdminLink);
    let asked = wait(
        rig.stores
            .requests
            .ask(asking(vec![link.clone(), other.clone(), of_another.clone()], Vec::new()), &Trail::none()),
    )?;
    require_is!(asked, Asked::Done(_), "three requests");
    let raise = |expect| Raise { subject: subject.clone(), expect, keep: None };
    let trail = Trail {
        events: vec![rig.event(EventName::PasswordChange, session.session.id)],
        ..rig.raise_trail(&subject, 1)
    };
    let full = |expect: u64| Change {
        redeem: Some(link.look_up),
        void: true,
        raise: Some(raise(expect)),
        post: vec![rig.letter()],
        ask: vec![Request {
            generations: Generations { user: 1, epoch: 0 },
            ..rig.request(Some(anna.id), About::AdminLink)
        }],
        ..next_of(&anna)
    };
    let told = |rig: &Rig| rig.told_of(session.session.id).map(|told| told.len());
    let before = told(rig)?;
    // One thing in the way, and nothing is done.
    let refused = wait(rig.stores.directory.change(full(7), &trail))?;
    require_eq!(refused, Changed::Stale, "a counter that is elsewhere");
    let gone = Change { redeem: Some(look_up(999_999)), ..full(0) };
    require_eq!(wait(rig.stores.directory.change(gone, &trail))?, Changed::LinkGone, "a link nobody has");
    require_eq!(rig.account(anna.id)?, Some(anna.clone()), "after two refused changes");
    require!(rig.is_live(&session)?, "a refused change has ended a session");
    require!(rig.pending(&link.look_up)?.is_some(), "a refused change has used a link");
    require_eq!(wait(rig.stores.outbox.waiting())?, 0, "letters of refused changes");
    require_eq!(told(rig)?, before, "a refused change is told of");
    // Nothing in the way, and all of it is done.
    let change = full(0);
    let asked = change.ask.first().map(|request| request.look_up);
    let changed = wait(rig.stores.directory.change(change.clone(), &trail))?;
    require_is!(changed, Changed::Done(_, 1), "the whole change");
    require_eq!(rig.account(anna.id)?.map(|account| account.version), Some(2), "the account");
    require!(!rig.is_live(&session)?, "its sessions go on");
    require!(rig.pending(&link.look_up)?.is_none(), "its link is still good");
    require!(rig.pending(&other.look_up)?.is_none(), "another link of theirs is still good");
    require!(rig.pending(&of_another.look_up)?.is_some(), "a link of somebody else went with it");
    let new = asked.map(|look_up| rig.pending(&look_up)).transpose()?.flatten();
    require!(new.is_some(), "what began with it is not there");
    require_eq!(wait(rig.stores.outbox.waiting())?, 1, "its letter");
    require_eq!(told(rig)?, before + 1, "told once");
    require_eq!(rig.change(change)?, Changed::Stale, "the same change again");
    Ok(Skipped::No)
}

pub(super) fn a_request_is_used_once_and_in_time(rig: &Rig) -> Verdict {
    let abouts = [
        About::SignUp {
            email: rig.login_name("new@example.com")?,
            called: "New".to_owned(),
            password: PasswordHash("$argon2id$…".to_owned()),
        },
        About::Invitation { email: rig.login_name("new@example.com")?, groups: Vec::new() },
        About::Recovery { email: rig.login_name("anna@example.com")? },
        About::Verification { email: rig.login_name("anna@example.com")? },
        About::EmailChange { to: rig.login_name("b@example.com")?, session: rig.row(None).session.id },
        About::EmailUndo {
            user: UserId::from_bytes([8; 16]),
            back_to: rig.login_name("a@example.com")?,
            version: 3,
        },
        About::HandOff {
            host: rig.row(None).session.host,
            challenge: [3; 32],
            session: rig.row(None).session.id,
            assurance: Assurance {
                methods: "pwd otp".split(' ').filter_map(|m| m.parse().ok()).collect(),
                at: rig.now(),
            },
        },
        About::AdminLink,
    ];
    for about in abouts {
        let request = rig.request(None, about);
        wait(rig.stores.requests.ask(asking(vec![request.clone()], Vec::new()), &Trail::none()))?;
        let again =
            wait(rig.stores.requests.ask(asking(vec![request.clone()], vec![rig.letter()]), &Trail::none()))?;
        require_eq!(again, Asked::Taken, "the same secret twice");
        require_eq!(rig.pending(&request.look_up)?, Some(request.clone()), "as it was begun");
        let redeemed = wait(rig.stores.requests.redeem(&request.look_up, &Trail::none()))?;
        require_is!(&redeemed, Redeemed::Done(_, found) if **found == request, "the first use");
        let redeemed = wait(rig.stores.requests.redeem(&request.look_up, &Trail::none()))?;
        require_eq!(redeemed, Redeemed::Gone, "the second use");
        let late = rig.request(None, request.about);
        wait(rig.stores.requests.ask(asking(vec![late.clone()], Vec::new()), &Trail::none()))?;
        rig.pass(Span::minutes(10));
        require_eq!(rig.pending(&late.look_up)?, None, "when its time is over");
        let redeemed = wait(rig.stores.requests.redeem(&late.look_up, &Trail::none()))?;
        require_eq!(redeemed, Redeemed::Gone, "used when its time is over");
    }
    require_eq!(wait(rig.stores.outbox.waiting())?, 0, "letters of what was not begun");
    require_eq!(wait(rig.stores.requests.forget_requests(3))?, 3, "forgotten in steps");
    require_eq!(wait(rig.stores.requests.forget_requests(100))?, 5, "and the rest");
    Ok(Skipped::No)
}

pub(super) fn a_request_ends_with_everything_of_its_user(rig: &Rig) -> Verdict {
    let anna = rig.created(&["anna@example.com"])?;
    let subject = subject_of(&anna)?;
    let of_anna = rig.request(Some(anna.id), About::AdminLink);
    let of_nobody = rig.request(None, About::AdminLink);
    wait(
        rig.stores.requests.ask(asking(vec![of_anna.clone(), of_nobody.clone()], Vec::new()), &Trail::none()),
    )?;
    rig.revoke_all(&subject)?;
    require_eq!(rig.pending(&of_anna.look_up)?, None, "after everything of theirs was revoked");
    let redeemed = wait(rig.stores.requests.redeem(&of_anna.look_up, &Trail::none()))?;
    require_eq!(redeemed, Redeemed::Gone, "used after that");
    require!(rig.pending(&of_nobody.look_up)?.is_some(), "somebody else's ended too");
    rig.raise_epoch()?;
    require_eq!(rig.pending(&of_nobody.look_up)?, None, "after the store began anew");
    Ok(Skipped::No)
}

pub(super) fn what_was_begun_is_taken_back(rig: &Rig) -> Verdict {
    let (anna, ben) = (UserId::from_bytes([0x61; 16]), UserId::from_bytes([0x62; 16]));
    let [first, second, other, nobodys] =
        [Some(anna), Some(anna), Some(ben), None].map(|of| rig.request(of, About::AdminLink));
    let all = vec![first.clone(), second.clone(), other.clone(), nobodys.clone()];
    wait(rig.stores.requests.ask(asking(all, Vec::new()), &Trail::none()))?;
    let session = session_id(rig.next());
    let withdraw =
        |user| wait(rig.stores.requests.withdraw(user, &rig.telling(EventName::LinkWithdrawn, session)));
    require_is!(withdraw(anna)?, Withdrawn::Done(_, 2), "both of hers");
    for (request, is_there) in [(&first, false), (&second, false), (&other, true), (&nobodys, true)] {
        require_eq!(rig.pending(&request.look_up)?.is_some(), is_there, "after it was taken back");
    }
    let redeemed = wait(rig.stores.requests.redeem(&first.look_up, &Trail::none()))?;
    require_eq!(redeemed, Redeemed::Gone, "used after that");
    require_eq!(withdraw(anna)?, Withdrawn::Nothing, "twice");
    require_eq!(rig.told_of(session)?, vec![EventName::LinkWithdrawn], "what did nothing tells nothing");
    // So is what something else begins in the place of, and what an account has an end with that begins.
    let asked = |of, void: UserId| -> Result<Request, Violation> {
        let request = rig.request(Some(of), About::AdminLink);
        let asking = Asking { void: vec![void], ask: vec![request.clone()], post: Vec::new() };
        wait(rig.stores.requests.ask(asking, &Trail::none()))?;
        Ok(request)
    };
    let earlier = asked(anna, anna)?;
    let later = asked(anna, anna)?;
    require_eq!(rig.pending(&earlier.look_up)?, None, "after another one in its place");
    require!(rig.pending(&later.look_up)?.is_some(), "the one in its place");
    require!(rig.pending(&other.look_up)?.is_some(), "somebody else's");
    let person = rig.person(&["carla@example.com"])?;
    let change = Change { void_of: vec![anna], ..Change::of(Edit::Create(person.clone())) };
    require_is_done(&rig.change(change)?)?;
    require_eq!(rig.pending(&later.look_up)?, None, "after the change that ends it");
    let stale = Change { void_of: vec![ben], ..Change::of(Edit::Create(person)) };
    require_eq!(rig.change(stale)?, Changed::Taken, "the same account again");
    require!(rig.pending(&other.look_up)?.is_some(), "after a change that was none");
    Ok(Skipped::No)
}

/// A thousand times: a link that two use at one moment is used by one.
pub(super) fn a_link_that_two_use_is_used_by_one(rig: &Rig) -> Verdict {
    let anna = rig.created(&["anna@example.com"])?;
    for round in 0..1_000u64 {
        let link = rig.request(None, About::AdminLink);
        wait(rig.stores.requests.ask(asking(vec![link.clone()], Vec::new()), &Trail::none()))?;
        let version = round + 1;
        let current = Account { version, ..anna.clone() };
        let (alone, with_change) = thread::scope(|scope| {
            let alone = scope.spawn(|| wait(rig.stores.requests.redeem(&link.look_up, &Trail::none())));
            let change = Change { redeem: Some(link.look_up), ..next_of(&current) };
            let with_change = wait(rig.stores.directory.change(change, &Trail::none()));
            (alone.join(), with_change)
        });
        let alone = alone.map_err(|_| Violation::of("a redemption panicked".to_owned()))??;
        let one = matches!(alone, Redeemed::Done(..));
        let other = matches!(with_change?, Changed::Done(..));
        require!(one != other, "round {round}: used by {}", if one { "both" } else { "none" });
        if one {
            require_is_done(&rig.change(next_of(&current))?)?;
        }
    }
    Ok(Skipped::No)
}

/// A thousand times: of two who want one name, one gets it.
pub(super) fn a_name_that_two_want_is_had_by_one(rig: &Rig) -> Verdict {
    for round in 0..1_000 {
        let name = format!("user{round}@example.com");
        let (one, other) = (rig.person(&[&name])?, rig.person(&[&name])?);
        let create = |account: &Account| {
            wait(rig.stores.directory.change(Change::of(Edit::Create(account.clone())), &Trail::none()))
        };
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| create(&one));
            let other = create(&other);
            (one.join(), other)
        });
        let one = one.map_err(|_| Violation::of("a creation panicked".to_owned()))??;
        let done = [one, other?].iter().filter(|changed| matches!(changed, Changed::Done(..))).count();
        require_eq!(done, 1, "round {round}: how many have the name");
    }
    Ok(Skipped::No)
}

fn bucket(number: u64, burst: u32) -> Bucket {
    Bucket { key: look_up(number), every: Span::seconds(10), burst }
}

pub(super) fn buckets_empty_and_fill(rig: &Rig) -> Verdict {
    let take = |buckets: &[Bucket]| wait(rig.stores.throttle.take(buckets));
    let (small, large) = (bucket(1, 2), bucket(2, 5));
    require_eq!(take(&[small, large])?, Taken::Done, "the first");
    require_eq!(take(&[small, large])?, Taken::Done, "the second");
    let again = rig.now().plus(Span::seconds(10));
    require_eq!(take(&[large, small])?, Taken::Empty(1, again), "the small one is empty");
    for _ in 0..3 {
        require_eq!(take(&[large])?, Taken::Done, "a refusal takes from none");
    }
    require_is!(take(&[large])?, Taken::Empty(0, _), "the large one is empty too");
    wait(rig.stores.throttle.give_back(&[small]))?;
    require_eq!(take(&[small])?, Taken::Done, "what was put back");
    require_is!(take(&[small])?, Taken::Empty(..), "once");
    let full = |expected| if rig.forgets_buckets { 0 } else { expected };
    require_eq!(wait(rig.stores.throttle.forget_buckets(10))?, 0, "none is full");
    rig.pass(Span::seconds(20));
    require_eq!(wait(rig.stores.throttle.forget_buckets(10))?, full(1), "the small one is full again");
    rig.pass(Span::seconds(30));
    require_eq!(wait(rig.stores.throttle.forget_buckets(10))?, full(1), "and the large one");
    require_eq!(take(&[small, large])?, Taken::Done, "after that");
    Ok(Skipped::No)
}

/// Many at one moment take no more than there is.
pub(super) fn a_crowd_takes_no_more_than_there_is(rig: &Rig) -> Verdict {
    for round in 0..50 {
        let limit = bucket(1_000 + round, 3);
        let taken = thread::scope(|scope| {
            let tries: Vec<_> =
                (0..8).map(|_| scope.spawn(|| wait(rig.stores.throttle.take(&[limit])))).collect();
            tries
                .into_iter()
                .filter_map(|one| one.join().ok()?.ok())
                .filter(|one| *one == Taken::Done)
                .count()
        });
        require_eq!(taken, 3, "round {round}");
    }
    Ok(Skipped::No)
}

pub(super) fn a_letter_is_given_to_one_of_many_who_send(rig: &Rig) -> Verdict {
    for round in 0..20 {
        let letters: Vec<Letter> = (0..10).map(|_| rig.letter()).collect();
        wait(rig.stores.requests.ask(asking(Vec::new(), letters), &Trail::none()))?;
        let given = thread::scope(|scope| {
            let due = || wait(rig.stores.outbox.due(10, Span::minutes(5)));
            let senders: Vec<_> = (0..4).map(|_| scope.spawn(due)).collect();
            senders.into_iter().filter_map(|one| one.join().ok()?.ok()).flatten().collect::<Vec<_>>()
        });
        let mut ids: Vec<_> = given.iter().map(|letter| letter.id).collect();
        ids.sort_unstable();
        ids.dedup();
        require_eq!(ids.len(), given.len(), "round {round}: a letter is sent twice");
        let left = wait(rig.stores.outbox.due(10, Span::minutes(5)))?;
        require_eq!(given.len() + left.len(), 10, "round {round}: a letter is lost");
        for letter in given.into_iter().chain(left) {
            wait(rig.stores.outbox.settle(letter.id, Settled::Gone))?;
        }
    }
    Ok(Skipped::No)
}

pub(super) fn letters_are_given_to_one_and_tried_again(rig: &Rig) -> Verdict {
    let (keep, none) = (Span::minutes(5), Trail::none());
    let due = |at_most| wait(rig.stores.outbox.due(at_most, keep));
    let ids = |letters: &[Letter]| letters.iter().map(|letter| letter.id).collect::<Vec<_>>();
    require!(due(10)?.is_empty(), "an empty outbox");
    let (one, later) = (rig.letter(), Letter { due: rig.now().plus(Span::minutes(1)), ..rig.letter() });
    wait(rig.stores.requests.ask(asking(Vec::new(), vec![one.clone(), later.clone()]), &none))?;
    let given = due(10)?;
    require_eq!(ids(&given), vec![one.id], "what is due");
    require_is!(given.first(), Some(Letter { tries: 1, .. }), "its first try");
    require_eq!(given.first().map(|letter| &letter.sealed), Some(&one.sealed), "what it says");
    require!(due(10)?.is_empty(), "a letter that somebody is sending");
    rig.pass(Span::minutes(1));
    require_eq!(ids(&due(10)?), vec![later.id], "what is due later");
    require!(wait(rig.stores.outbox.settle(later.id, Settled::Gone))?, "a letter that was sent");
    require!(!wait(rig.stores.outbox.settle(later.id, Settled::Gone))?, "a letter that is gone");
    let again = rig.now().plus(Span::minutes(2));
    require!(wait(rig.stores.outbox.settle(one.id, Settled::Again(again)))?, "a letter to try again");
    require!(due(10)?.is_empty(), "before its time");
    rig.pass(Span::minutes(2));
    let given = due(10)?;
    require_is!(given.first(), Some(Letter { tries: 2, .. }), "its second try");
    // Whoever had it is gone.
    rig.pass(keep);
    require_eq!(ids(&due(10)?), vec![one.id], "a letter that was never settled");
    rig.pass(Span::hours(1));
    require!(due(10)?.is_empty(), "a letter that says nothing true any more");
    require_eq!(wait(rig.stores.outbox.waiting())?, 0, "it is dropped");
    Ok(Skipped::No)
}

/// What was acknowledged is there after a kill: the person, the link and the letter.
pub(super) fn acknowledged_people_are_there_after_a_kill(rig: &Rig) -> Verdict {
    let Some(crash) = &rig.crash else {
        return Ok(Skipped::Because("it promises nothing beyond its process"));
    };
    let anna = rig.created(&["anna@example.com"])?;
    let (link, letter) = (rig.request(Some(anna.id), About::AdminLink), rig.letter());
    wait(rig.stores.requests.ask(asking(vec![link.clone()], vec![letter]), &Trail::none()))?;
    wait(rig.stores.throttle.take(&[bucket(1, 1)]))?;
    let after = crash();
    require_eq!(wait(after.directory.by_id(anna.id))?.map(|found| found.account), Some(anna), "the person");
    require_eq!(wait(after.requests.pending(&link.look_up))?, Some(link), "the link");
    require_eq!(wait(after.outbox.waiting())?, 1, "the letter");
    require_is!(wait(after.throttle.take(&[bucket(1, 1)]))?, Taken::Empty(0, _), "the try");
    Ok(Skipped::No)
}
