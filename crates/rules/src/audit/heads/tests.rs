use super::*;
use crate::audit::tell::By;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::words::secret::Secret;

const LANE: LaneId = LaneId(1);

fn key(_: u16) -> Option<MacKey> {
    Some(MacKey::new(&Secret::new([5; 32])))
}

fn log(length: u64) -> Vec<Link> {
    let entropy = SeededEntropy::new(1);
    let mut head = ChainHead::default();
    (0..length)
        .map(|n| {
            let subject = format!("user-{n}").parse().unwrap();
            let now = Time::from_millis(n as i64);
            let event = By::system().tells_of_subject(
                &subject,
                EventName::UserCreated,
                Reason::SignIn,
                now,
                &entropy,
            );
            let link = head.link(LANE, event.unwrap());
            head = link.head();
            link
        })
        .collect()
}

fn head_at(log: &[Link], seq: u64) -> SignedHead {
    sign(LANE, log[seq as usize - 1].head(), Time::from_millis(0), 1, &key(1).unwrap())
}

fn verify(log: &[Link], heads: Vec<SignedHead>) -> Result<ChainHead, Broken> {
    let mut verification = Verification::of(LANE, heads);
    log.iter().try_for_each(|link| verification.link(link, key))?;
    verification.end()
}

#[test]
fn a_whole_log_verifies_also_with_erased_payloads() {
    let mut log = log(10);
    let heads = vec![head_at(&log, 3), head_at(&log, 10), head_at(&log, 3)];
    assert_eq!(verify(&log, heads.clone()), Ok(log[9].head()));
    log[4].event = None;
    assert_eq!(verify(&log, heads), Ok(log[9].head()));
}

/// One attack a row: what somebody with the whole database can do, and where it shows.
#[test]
fn every_change_below_a_signed_head_shows() {
    let whole = log(10);
    let heads = vec![head_at(&whole, 10)];

    let mut changed = whole.clone();
    changed[4].event = whole[5].event.clone();
    assert_eq!(verify(&changed, heads.clone()), Err(Broken::Payload(5)));

    let mut removed = whole.clone();
    removed.remove(4);
    assert_eq!(verify(&removed, heads.clone()), Err(Broken::Gap(4)));

    let mut swapped = whole.clone();
    swapped.swap(4, 5);
    assert_eq!(verify(&swapped, heads.clone()), Err(Broken::Gap(4)));

    assert_eq!(verify(&whole[..9], heads.clone()), Err(Broken::Head(10)), "cut off at the end");

    // A forger who recomputes the whole chain has no key to sign its head with.
    let mut head = ChainHead::default();
    let forged: Vec<_> = whole
        .iter()
        .filter(|link| link.seq != 5)
        .map(|link| {
            let link = head.link(LANE, link.event.clone().unwrap());
            head = link.head();
            link
        })
        .collect();
    assert_eq!(verify(&forged, heads), Err(Broken::Head(10)));
    let unsigned = SignedHead { mac: [0; 32], ..head_at(&forged, 9) };
    assert_eq!(verify(&forged, vec![unsigned]), Err(Broken::Signature(9)));
}

#[test]
fn a_signature_covers_every_field() {
    let signed = head_at(&log(2), 2);
    let key = key(1).unwrap();
    assert!(is_signed(&signed, &key));
    let other_head = ChainHead { seq: 3, ..signed.head };
    for other in [
        SignedHead { lane: LaneId(2), ..signed },
        SignedHead { head: other_head, ..signed },
        SignedHead { at: Time::from_millis(1), ..signed },
        SignedHead { kid: 2, ..signed },
    ] {
        assert!(!is_signed(&other, &key));
    }
}

#[test]
fn a_restore_leaves_a_gap_that_hides_nothing_signed() {
    let whole = log(10);
    let (who, now, entropy) = ("x".parse().unwrap(), Time::from_millis(0), SeededEntropy::new(2));
    let restored =
        By::system().tells_of_subject(&who, EventName::BackupRestored, Reason::Restored, now, &entropy);
    let after_gap = ChainHead { seq: 10, digest: whole[5].digest }.link(LANE, restored.unwrap());
    let mut log = whole[..6].to_vec();
    log.push(after_gap);
    assert_eq!(verify(&log, vec![head_at(&whole, 6)]), Ok(log[6].head()));
    assert_eq!(verify(&log, vec![head_at(&whole, 8)]), Err(Broken::Head(8)), "what was signed and is lost");
    let mut silent = log.clone();
    silent[6].event = None;
    assert_eq!(verify(&silent, vec![]), Err(Broken::Gap(6)), "without the event it is a gap");
}
