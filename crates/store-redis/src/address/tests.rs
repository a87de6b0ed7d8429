use super::{Address, Kind};

#[test]
fn addresses_are_read() {
    for (text, name, user, password, database, prefix) in [
        ("redis://localhost", "localhost:6379", None, None, 0, "ck:"),
        ("redis://127.0.0.1:7000/2", "127.0.0.1:7000", None, None, 2, "ck:"),
        ("redis://:pa%40ss@localhost", "localhost:6379", None, Some("pa@ss"), 0, "ck:"),
        (
            "rediss://app:p%25%2Fw@cache.example:6380/1?prefix=shop:",
            "cache.example:6380",
            Some("app"),
            Some("p%/w"),
            1,
            "shop:",
        ),
        ("redis://[::1]:7000", "::1:7000", None, None, 0, "ck:"),
        ("valkey://localhost", "localhost:6379", None, None, 0, "ck:"),
    ] {
        let address = Address::read(text).unwrap();
        assert_eq!(address.name(), name, "{text}");
        assert_eq!(address.settings.username(), user, "{text}");
        assert_eq!(address.settings.password(), password, "{text}");
        assert_eq!(address.settings.db(), database, "{text}");
        assert_eq!(address.prefix, prefix, "{text}");
        assert!(!format!("{address:?}").contains("p%") && !format!("{address:?}").contains("pa@"));
    }
}

#[test]
fn what_is_no_address_is_told_without_its_password() {
    for (text, why) in [
        ("postgres://localhost", "CK2050"),
        ("redis:localhost", "CK2050"),
        ("redis://u:hunter@22@localhost", "%40"),
        ("redis://u:hunter22@localhost:port", "port"),
        ("redis://u:12?hunter22@localhost", "%3F"),
        ("redis://:hunter22127.0.0.1:6379", "ends with @"),
        ("rediss://u:hunter22-cache.example:6380", "ends with @"),
        ("redis://u:hunter22@localhost/name", "database"),
        ("redis://u:hunter22@localhost?eviction=yes", "eviction"),
        ("redis://u:hunter22@host1,host2", "redis+cluster"),
        ("redis+sentinel://u:hunter22@localhost", "name of the service"),
        ("redis+cluster://u:hunter22@localhost/2", "has no number"),
        ("redis+proxy://u:hunter22@localhost", "redis+sentinel"),
        ("redis://u:hunter22@localhost?db=first", "database"),
        ("rediss://u:hunter22@localhost?sslrootcert=/nowhere", "/nowhere"),
        ("redis+cluster://u:hunter22@localhost,cache.example", "CK2052"),
        ("redis://u:hunter%zz22@localhost", "%25"),
        ("redis://u:hunter22@cache.example", "CK2052"),
    ] {
        let error = Address::read(text).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("hunter"), "{text}: {error}");
    }
}

#[test]
fn sentinels_and_clusters_have_several_places() {
    let places =
        |text: &str| Address::read(text).map(|address| (address.kind.clone(), address.name())).unwrap();
    assert_eq!(
        places("redis+sentinel://app:pw@localhost,127.0.0.1:7001/shop?db=3&sentinel_password=x"),
        (Kind::Sentinel("shop".to_owned()), "localhost:26379,127.0.0.1:7001".to_owned())
    );
    assert_eq!(
        places("rediss+cluster://a.example,b.example:7001"),
        (Kind::Cluster, "a.example:6379,b.example:7001".to_owned())
    );
}
