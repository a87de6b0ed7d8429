use super::*;
use cloakroom_crypto::password::fast::sha1;
use std::fmt::Write;

fn list(ends: &str, counts: bool) -> (tempfile::TempDir, Vec<[u8; 20]>, BreachFile) {
    let mut all: Vec<[u8; 20]> =
        (0..1_000).map(|number| sha1(format!("password{number}").as_bytes())).collect();
    all.sort_unstable();
    let text = all.iter().enumerate().fold(String::new(), |mut text, (place, digest)| {
        let digits = data_encoding::HEXUPPER.encode(digest);
        let count = if counts { format!(":{}", 7_u64.pow((place % 12) as u32)) } else { String::new() };
        write!(text, "{digits}{count}{ends}").unwrap();
        text
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    std::fs::write(&path, text.trim_end()).unwrap();
    let open = BreachFile::open(&path).unwrap();
    (folder, all, open)
}

#[test]
fn what_is_in_it_is_found_and_nothing_else() {
    for (ends, counts) in [("\r\n", true), ("\n", true), ("\n", false)] {
        let (_folder, all, list) = list(ends, counts);
        for digest in &all {
            assert!(list.has(digest).unwrap());
            let mut other = *digest;
            other[19] ^= 1;
            assert!(!list.has(&other).unwrap());
        }
        assert!(!list.has(&[0; 20]).unwrap() && !list.has(&[0xff; 20]).unwrap());
        assert!(list.has(&sha1(b"password7")).unwrap() && !list.has(&sha1(b"password1000")).unwrap());
    }
}

#[test]
fn a_list_that_is_being_written_anew_says_nothing() {
    let (folder, all, list) = list("\n", true);
    let path = folder.path().join("list.txt");
    let text = std::fs::read(&path).unwrap();
    for left in [0, text.len() / 2, text.len() - 1] {
        std::fs::write(&path, &text[..left]).unwrap();
        assert!(list.has(&all[0]).is_err() && list.has(&[0; 20]).is_err(), "{left}");
    }
    // Longer is as it was, as far as it goes.
    std::fs::write(&path, [&text[..], b"\n"].concat()).unwrap();
    assert!(list.has(&all[0]).unwrap() && !list.has(&[0; 20]).unwrap());
}

#[test]
fn what_is_no_such_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    let digits = |number: u32| data_encoding::HEXUPPER.encode(&sha1(&number.to_be_bytes()));
    let unordered = (0..1_000).map(digits).collect::<Vec<_>>().join("\n");
    for text in ["", "password\n", &"A".repeat(41), &"x".repeat(4_000), &unordered] {
        std::fs::write(&path, text).unwrap();
        let refused = BreachFile::open(&path).unwrap_err().to_string();
        assert!(refused.starts_with("error[CK1011]: "), "{refused}");
    }
    assert!(
        BreachFile::open(folder.path()).is_err() && BreachFile::open(&folder.path().join("none")).is_err()
    );
}
