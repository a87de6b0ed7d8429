use super::*;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::secret::Secret;

const NOW: Time = Time::from_millis(0);

fn key(byte: u8) -> MacKey {
    MacKey::new(&Secret::new([byte; 32]))
}

fn kept(count: u64) -> Kept {
    let facts = (1..=count).map(|tag| (tag, tag * 7, Time::from_millis(tag.cast_signed() - 5)));
    let heads = Heads::from([(LaneId(0), 9), (LaneId(3), u64::MAX)]);
    let forgotten = Time::from_millis(-3);
    let contents = Contents {
        at: Time::from_millis(9),
        facts: facts.collect(),
        forgotten,
        keys: r#"{"keys":[]}"#.to_owned(),
    };
    Kept { of: Incarnation([2; 16]), heads, contents }
}

#[test]
fn what_is_written_is_read_again() {
    for count in [0, 1, 1_000] {
        assert_eq!(Kept::parse(&kept(count).to_bytes(&key(1)), &key(1)), Ok(kept(count)));
    }
}

/// One bit anywhere, a byte too few or too many, the key of another: nothing of it is believed.
#[test]
fn only_as_it_was_written() {
    let bytes = kept(2).to_bytes(&key(1));
    assert_eq!(Kept::parse(&bytes, &key(2)), Err(Malformed));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert_eq!(Kept::parse(&changed, &key(1)), Err(Malformed), "byte {at}");
        assert_eq!(Kept::parse(&bytes[..at], &key(1)), Err(Malformed), "cut at {at}");
    }
    assert_eq!(Kept::parse(&[&bytes[..], &[0]].concat(), &key(1)), Err(Malformed));
}

#[test]
fn of_another_verifier_nothing_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let of = |service, key| {
        let credential = FeedCredential {
            kid: 1,
            service: ServiceId::from_bytes([service; 16]),
            key: Secret::new([key; 32]),
        };
        Keepsake::of(folder.path().join("kept"), &credential).unwrap()
    };
    assert_eq!(of(1, 1).read(NOW).unwrap(), None, "nothing was kept yet");
    of(1, 1).write(&kept(3)).unwrap();
    assert_eq!(of(1, 1).read(NOW).unwrap(), Some(kept(3)));
    assert!(matches!(of(2, 2).read(NOW), Err(NoStream::NothingKept(..))));
    of(1, 1).write(&kept(4)).unwrap();
    assert_eq!(of(1, 1).read(NOW).unwrap(), Some(kept(4)), "in place of the other");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder.path().join("kept")).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(of(1, 1).write(&kept(1)).is_ok());
    let early = Time::from_millis(-300_004);
    assert!(of(1, 1).read(early.plus(Span::millis(1))).is_ok(), "clocks differ a little");
    assert!(matches!(of(1, 1).read(early), Err(NoStream::NothingKept(..))), "it is from the future");
    #[cfg(unix)]
    {
        // Whoever can write beside it must not lead us elsewhere.
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.path().join("kept.new")).unwrap();
        of(1, 1).write(&kept(2)).unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
        assert_eq!(of(1, 1).read(NOW).unwrap(), Some(kept(2)));
    }
    let nowhere = Keepsake { file: folder.path().join("no folder/kept"), ..of(1, 1) };
    assert!(nowhere.write(&kept(1)).is_err());
}
