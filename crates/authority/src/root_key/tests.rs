use super::*;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

#[test]
fn a_file_is_made_once_for_its_owner_only_and_read_from_then_on() {
    let (folder, entropy) = (TempDir::new().unwrap(), system_entropy().unwrap());
    let path = folder.path().join("app.key");
    let made = of_file(&path, &*entropy).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let read = of_file(&path, &*entropy).unwrap();
    assert!(made.check_value(1).unwrap() == read.check_value(1).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_file_that_others_can_read_or_that_holds_no_key_is_refused() {
    let (folder, entropy) = (TempDir::new().unwrap(), system_entropy().unwrap());
    let path = folder.path().join("app.key");
    of_file(&path, &*entropy).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = of_file(&path, &*entropy).unwrap_err();
    assert!(matches!(refused, RootKeyError::Open(_)) && refused.to_string().contains("hint: chmod 600"));
    fs::write(&path, "hunter2").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let refused = of_file(&path, &*entropy).unwrap_err();
    assert!(matches!(refused, RootKeyError::Malformed) && !refused.to_string().contains("hunter2"));
    assert!(matches!(of_file(&folder.path().join("no/app.key"), &*entropy), Err(RootKeyError::File { .. })));
}

/// Many starts at once: one key, the same for all, and nothing left beside it.
#[test]
fn whoever_starts_at_the_same_moment_gets_the_same_key() {
    for _ in 0..50 {
        let folder = TempDir::new().unwrap();
        let (path, barrier) = (folder.path().join("app.key"), std::sync::Barrier::new(4));
        let made: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let entropy = system_entropy().unwrap();
                        barrier.wait();
                        of_file(&path, &*entropy).unwrap().check_value(1).unwrap()
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(made.iter().all(|one| *one == made[0]), "two keys for one store");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_key_is_added_and_what_the_earlier_one_made_stays_good() {
    let (folder, entropy) = (TempDir::new().unwrap(), system_entropy().unwrap());
    let path = folder.path().join("app.key");
    assert!(matches!(add_to_file(&path, &*entropy), Err(RootKeyError::File { .. })), "a mistyped name");
    let before = of_file(&path, &*entropy).unwrap();
    let sealed = before.seal(&[b"place"], b"plain", &*entropy).unwrap();
    assert_eq!((add_to_file(&path, &*entropy).unwrap(), add_to_file(&path, &*entropy).unwrap()), (2, 3));
    let after = of_file(&path, &*entropy).unwrap();
    assert_eq!(after.kids().collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(after.open(&[b"place"], &sealed).unwrap().expose(), b"plain");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}
