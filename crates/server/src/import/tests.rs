use super::*;
use cloakroom_authority::root_key::system_entropy;
use cloakroom_crypto::password::argon2id::{Cost, Memory, hash as hash_with};
use cloakroom_crypto::password::fast::Bare;
use cloakroom_crypto::password::{Verdict, verify};

/// Whether this is the password of the only person in a file.
fn is_password(format: Format, text: &str, password: &str) -> bool {
    let rows = read(format, text).unwrap();
    let row = rows.first().unwrap().as_ref().unwrap();
    let mut memory = Memory::for_cost(Cost::LEAST);
    let hash = row.hash.clone().unwrap();
    let hash = match Bare::parse(&hash) {
        Some(bare) => {
            let entropy = system_entropy().unwrap();
            let inner = hash_with(bare.inner().as_bytes(), Cost::LEAST, &mut memory, &*entropy).unwrap();
            bare.how.around(&inner)
        }
        None => hash,
    };
    let verdict = verify(&hash, password.as_bytes(), Cost::LEAST, &mut memory);
    matches!(verdict, Ok(Verdict::Match { .. }))
}

#[test]
fn passwords_of_other_systems_are_theirs_here() {
    let django = |hash: &str| {
        format!(
            r#"[{{"model":"auth.user","pk":1,"fields":{{"username":"ada","email":"","password":"{hash}"}}}}]"#
        )
    };
    let keycloak = |secret: &str, data: &str| {
        let (secret, data) = (secret.replace('"', "\\\""), data.replace('"', "\\\""));
        format!(
            r#"{{"realm":"r","users":[{{"username":"ada","credentials":[{{"type":"password","secretData":"{secret}","credentialData":"{data}"}}]}}]}}"#
        )
    };
    let line = |hash: &str| format!(r#"{{"email":"a@example.com","password_hash":"{hash}"}}"#);
    for (format, text, password) in [
        (Format::Django, django("pbkdf2_sha1$1000000$rcSXLfFL5J3syGV6BnZLGN$LpupiJ+ux21VE0I8A9Gbm6OT8Ec="), "correct horse"),
        (Format::Django, django("scrypt$16384$WwddlAzFfGy3UFNbg95fYF$8$5$s8emnkdP1gVtWGbsoCjs+Snf50Ui/2o5K2kzk0QMMQYd9VcgaaZYnmci4EP5Evoq+dFNYrIDF9Ytx27arVirNw=="), "correct horse"),
        (Format::Jsonl, line("000102030405060708090a0b0c0d0e0f:9372e2d20f7c9ba55e54d10569dfe24824c5765383f46b040e9ac7b33041339c514173900cb63a37c935c0e2f40cfe2cb39bee5fe58f54715c1fd913c4638373"), "correct horse"),
        (Format::Auth0, r#"{"email":"c@contoso.com","custom_password_hash":{"algorithm":"scrypt","hash":{"value":"097f6197e1b41538f723e32aa7a68e8d76227d8e432ce5faa4882a913032db29","encoding":"hex"},"salt":{"value":"abc123","encoding":"utf8"},"keylen":32,"cost":4096}}"#.to_owned(), "password"),
        (Format::Auth0, r#"{"_id":{"$oid":"1"},"identifiers":[{"type":"email","value":"john@example.com","verified":true}],"passwordHash":"$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K"}"#.to_owned(), "hello"),
        (Format::Keycloak, keycloak(r#"{"value":"BruFLfFkjH/8erZ26NnrbkOrWiZuQyDRCHD9o0R6Scg=","salt":"Cf9AYCE5pAbb4CKEF0GUTA=="}"#, r#"{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}"#), "password"),
        (Format::Keycloak, keycloak(r#"{"value":"4pf9K2jWSCcHC+CwsZP/qidN5pSmDUe6AX6wBerSGdBVKkExay8MWKx+EKmaaObZW6FVsD8vdW/ZsyUFD9gJ1Q==","salt":"1/qNkZ5kr77jOMOBPBogGw=="}"#, r#"{"hashIterations":27500,"algorithm":"pbkdf2-sha256"}"#), "admin"),
        (Format::Django, django("md5$pepper$52f36768c11844771e5f7ff576e2dba2"), "correct horse"),
        (Format::Django, django("sha1$pepper$d11dc5896bf42fb4320130682b5909d363bf770b"), "correct horse"),
        (Format::Django, django("unsalted_md5$$3cb4e732631f47e6eb961f34554b7cde"), "correct horse"),
        (Format::Jsonl, line("{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI="), "correct horse"),
        (Format::Jsonl, line("{MD5}PLTnMmMfR+brlh80VUt83g=="), "correct horse"),
        (Format::Jsonl, line("{ssha256}iiBneCY1H83bKojQwRhnuXkXl3mOZIuJrAljDBgCy5BwZXBwZXI="), "correct horse"),
        (Format::Jsonl, line("{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew=="), "correct horse"),
        (Format::Auth0, r#"{"email":"c@contoso.com","custom_password_hash":{"algorithm":"sha256","hash":{"value":"869a1fa0609a1d15a5c3eb891428b7a6c8395b2ee10c4762e97ffca0ebe8c0b5","encoding":"hex"},"salt":{"value":"pepper","encoding":"utf8","position":"prefix"}}}"#.to_owned(), "correct horse"),
    ] {
        assert!(is_password(format, &text, password), "{text}");
        assert!(!is_password(format, &text, "another"), "{text}");
    }
}

#[test]
fn people_are_read_from_tables_of_any_spelling() {
    let text = "\u{feff}Primary Email Address,User Name,First_Name,last name,Email Verified,Password Digest,Roles,Banned\r\n\
                Anna@example.com,anna,Anna,Meier,YES,$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K,staff|boss,\r\n\
                'bert@example.com,,,,,,,true\r\n\
                ,,Nobody,,,,,\r\n\
                \"carla@example.com\nRCPT\",,,,,,,\r\n\
                dora@example.com,,,,,hunter2,,\r\n";
    assert_eq!(guess("users.csv", text), Format::Csv);
    let rows = read(Format::Csv, text).unwrap();
    let anna = rows[0].as_ref().unwrap();
    assert_eq!(anna.names, ["Anna@example.com", "anna"]);
    assert_eq!((anna.called.as_str(), anna.verified, anna.active, anna.place), ("Anna Meier", true, true, 2));
    assert_eq!(anna.groups, ["staff", "boss"]);
    let bert = rows[1].as_ref().unwrap();
    assert_eq!(
        (bert.names.as_slice(), bert.active, bert.hash.is_none()),
        (&["bert@example.com".to_owned()][..], false, true)
    );
    let why: Vec<_> = rows[2..].iter().map(|row| row.as_ref().unwrap_err().why).collect();
    assert!(
        why[0].contains("neither") && why[1].contains("mail can be sent to") && why[2].contains("not hashed"),
        "{why:?}"
    );
    assert!(read(Format::Csv, "a,b\n1,2\n").is_err_and(|error| error.to_string().contains("CK7001")));
    let rows = read(Format::Csv, "email,b\na@b.example\nnobody,\na@b.example,1\n").unwrap();
    let why: Vec<_> = rows.iter().map(|row| row.as_ref().err().map_or("", |row| row.why)).collect();
    assert!(why[0].contains("as many cells") && why[1].contains("mail can be sent to"), "{why:?}");
    assert!(rows[2].is_ok());
    let open = "email,b\na@b.example,1\nb@b.example,\"2\nc@b.example,3\nd@b.example,4\n";
    let told = read(Format::Csv, open).unwrap_err().to_string();
    assert!(told.contains("line 3") && told.contains("closed nowhere"), "{told}");
}

#[test]
fn a_dump_of_django_has_its_groups_and_no_password_where_there_is_none() {
    let text = r#"[{"model":"auth.user","pk":1,"fields":{"username":"ada","email":"Ada@example.com","password":"!LOtJ38","is_active":false,"groups":[7]}},
        {"model":"auth.group","pk":7,"fields":{"name":"site editors"}},
        {"model":"account.emailaddress","fields":{"user":1,"email":"ada@example.com","verified":true}}]"#;
    assert_eq!(guess("x.json", text), Format::Django);
    let rows = read(Format::Django, text).unwrap();
    let ada = rows[0].as_ref().unwrap();
    assert_eq!((rows.len(), ada.hash.is_none(), ada.active, ada.verified), (1, true, false, true));
    assert_eq!(ada.groups, ["site-editors"]);
}

#[test]
fn a_realm_without_users_says_where_they_are_and_clients_are_no_people() {
    assert!(
        read(Format::Keycloak, r#"{"realm":"r"}"#)
            .is_err_and(|error| error.to_string().contains("users-0.json"))
    );
    let text = r#"{"realm":"r","users":[{"username":"service-account-x","serviceAccountClientId":"x"},
        {"username":"ada","enabled":true,"emailVerified":true,"email":"ada@example.com","groups":["/a/b c"],"realmRoles":["offline_access","boss"]}]}"#;
    assert_eq!(guess("x.json", text), Format::Keycloak);
    let rows = read(Format::Keycloak, text).unwrap();
    assert_eq!(
        (rows.len(), rows[0].as_ref().unwrap().groups.as_slice()),
        (1, &["b-c".to_owned(), "boss".to_owned()][..])
    );
}

#[test]
fn a_broken_hash_is_found_at_import_and_not_at_the_first_sign_in() {
    for hash in [
        "$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$AAAA",
        "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
        "md5$salt$c2e7f21e89c9e0dc299f5ff09b0250",
        "3cb4e732631f47e6eb961f34554b7cde",
        "{SSHA}zj5ows3u",
        "{CRYPT}$1$salt$qJH7.N4xYta3aEG/dfqo/0",
    ] {
        let rows =
            read(Format::Jsonl, &format!(r#"{{"email":"a@b.example","password_hash":"{hash}"}}"#)).unwrap();
        assert!(rows[0].is_err(), "{hash}");
    }
    // Spare bits of a bcrypt salt that some libraries leave set.
    let line = r#"{"email":"a@b.example","password_hash":"$2b$10$nFguVi9LsCAcvTZFKQlRKfLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K"}"#;
    assert!(is_password(Format::Jsonl, line, "hello"));
}

#[test]
fn hashes_of_one_cost_are_told_by_what_stands_before_the_salt() {
    for (hash, cost) in [
        ("$2b$14$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K", "2b$14"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "argon2id$v=19$m=19456,t=2,p=1"),
        ("$pbkdf2-sha256$i=600000$c2FsdA$aGFzaA", "pbkdf2-sha256$i=600000"),
        ("$scrypt$ln=14,r=16,p=1$c2FsdA$aGFzaA", "scrypt$ln=14,r=16,p=1"),
    ] {
        assert_eq!(cost_of(hash), cost);
    }
}
