use super::*;

const START: Time = Time::from_millis(1_790_000_000_000);

fn id(kid: u16) -> KeyId {
    KeyId::from_bytes([kid as u8; 16])
}

fn key(kid: u16, state: KeyState, changed: Time) -> KeyRecord {
    KeyRecord {
        id: id(kid),
        kid,
        purpose: "access".to_owned(),
        state,
        created: changed,
        changed,
        sealed: Vec::new(),
    }
}

fn policy() -> KeyPolicy {
    KeyPolicy::default()
}

#[test]
fn the_steps_in_their_order() {
    use KeyState::{Active, Destroyed, Next, Retired};
    let (day, hour) = (Span::days(1), Span::hours(1));
    let at = |span| START.plus(span);
    for (name, keys, now, wanted) in [
        ("first start", vec![], START, Some(Step::Make)),
        ("killed after making", vec![key(1, Next, START)], START, Some(Step::Activate(id(1)))),
        ("in use", vec![key(1, Active, START)], at(day), None),
        (
            "an hour before the end",
            vec![key(1, Active, START)],
            at(Span::hours(30 * 24 - 1)),
            Some(Step::Make),
        ),
        ("published, not long enough", vec![key(1, Active, START), key(2, Next, at(day))], at(day), None),
        (
            "published long enough",
            vec![key(1, Active, START), key(2, Next, at(day))],
            at(day).plus(hour),
            Some(Step::Activate(id(2))),
        ),
        (
            "killed between the two",
            vec![key(1, Active, START), key(2, Active, at(day))],
            at(day),
            Some(Step::Retire(id(1))),
        ),
        ("still published", vec![key(1, Retired, START), key(2, Active, START)], START, None),
        (
            "nothing of it is alive",
            vec![key(1, Retired, START), key(2, Active, START)],
            at(hour),
            Some(Step::Wipe(id(1))),
        ),
        (
            "the one in use was destroyed",
            vec![key(1, Destroyed, START), key(2, Next, START)],
            START,
            Some(Step::Activate(id(2))),
        ),
        ("and there is no other", vec![key(1, Destroyed, START)], START, Some(Step::Make)),
    ] {
        assert_eq!(due(&keys, &policy(), now), wanted, "{name}");
    }
}

/// Played for three months with a kill after every step: there is always a key that signs, it was published an hour before (but for
/// the first), and what was retired stays for an hour.
#[test]
fn three_months_with_a_kill_after_every_step() {
    let (mut keys, mut now): (Vec<KeyRecord>, Time) = (Vec::new(), START);
    let (mut made, mut wiped) = (0, 0);
    while now < START.plus(Span::days(95)) {
        // At most one step a look: the process is killed after it.
        match due(&keys, &policy(), now) {
            Some(Step::Make) => {
                let number = next_number(&keys).unwrap();
                keys.push(key(number, KeyState::Next, now));
                made += 1;
            }
            Some(Step::Activate(next)) => {
                let next = keys.iter_mut().find(|key| key.id == next).unwrap();
                assert!(next.kid == 1 || now >= next.created.plus(policy().published_before));
                (next.state, next.changed) = (KeyState::Active, now);
            }
            Some(Step::Retire(old)) => {
                let old = keys.iter_mut().find(|key| key.id == old).unwrap();
                (old.state, old.changed) = (KeyState::Retired, now);
            }
            Some(Step::Wipe(old)) => {
                let old = keys.iter_mut().find(|key| key.id == old).unwrap();
                assert!(now >= old.changed.plus(policy().published_after));
                (old.state, old.changed) = (KeyState::Destroyed, now);
                wiped += 1;
            }
            Some(Step::Drop(..)) => panic!("nothing is lost here"),
            None => now = now.plus(Span::minutes(10)),
        }
        assert!(made == 0 || now == START || keys.iter().any(|key| key.state == KeyState::Active));
        assert!(keys.iter().all(|key| key.state.may_become(KeyState::Destroyed) || key.changed <= now));
    }
    assert_eq!((made, wiped), (4, 3));
}
