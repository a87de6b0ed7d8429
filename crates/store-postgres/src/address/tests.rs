use super::*;

#[test]
fn what_leaves_the_machine_is_encrypted() {
    for (url, is_encrypted) in [
        ("postgres://u:p@localhost/db", Some(false)),
        ("postgres://u@127.0.0.1:5433/db", Some(false)),
        ("postgres://u@[::1]/db", Some(false)),
        ("postgres:///db?host=/run/postgresql&user=u", Some(false)),
        ("postgres://u@localhost/db?sslmode=require", Some(true)),
        ("postgres://u@db.example.com/db", Some(true)),
        ("postgres://u@10.0.0.5/db?sslmode=prefer", Some(true)),
        ("postgres://u@db.example.com/db?sslmode=verify-full&connect_timeout=3", Some(true)),
        ("postgres://u@localhost,db.example.com/db", Some(true)),
        ("postgres://u@db.example.com/db?sslmode=disable", None),
        ("postgres://u@localhost/db?sslmode=sometimes", None),
        ("postgres://u@db.example.com/db?sslrootcert=/nowhere.pem", None),
        ("postgres://u@localhost:port/db", None),
        ("postgres://u@localhost/db?pgbouncer=true", Some(false)),
        ("postgres://u@localhost/db?pgbouncer=perhaps", None),
        ("postgres://u@localhost/db?hostaddr=10.0.0.5", Some(true)),
        ("postgres://u@localhost/db?hostaddr=10.0.0.5&sslmode=disable", None),
        ("mysql://u@localhost/db", None),
    ] {
        let read = Address::read(url).ok().map(|address| address.tls.is_some());
        assert_eq!(read, is_encrypted, "{url}");
    }
}

#[test]
fn no_message_has_the_password() {
    let told =
        Address::read("postgres://u:hunter22@db.example.com/db?sslmode=disable").unwrap_err().to_string();
    assert!(
        told.contains("CK2045") && told.contains("db.example.com:5432/db") && !told.contains("hunter22"),
        "{told}"
    );
    let told = Address::read("postgres://u:hunter22@db.example.com:x/db").unwrap_err().to_string();
    assert!(told.contains("CK2040") && !told.contains("hunter22"), "{told}");
    let told = Address::read("postgres://u:hun@ter/22#x@db.example.com/db").unwrap_err().to_string();
    assert!(told.contains("%40") && !told.contains("ter"), "{told}");
    let address = Address::read("postgres://u:hunter22@db.example.com/db").unwrap();
    assert!(!format!("{address:?}").contains("hunter22"));
}
