use super::without_secrets;

#[test]
fn of_an_address_all_is_shown_but_what_nobody_may_see() {
    for (text, shown) in [
        ("sqlite:data/cloakroom.db", "sqlite:data/cloakroom.db"),
        (
            "postgres://u:hunter22@db.example.com:5433/name?sslmode=require",
            "postgres://u:…@db.example.com:5433/name",
        ),
        ("postgres://u:hun@ter/22@db.example.com/name", "postgres://u:…@db.example.com/name"),
        ("postgres://u:hun?ter22@db.example.com/name", "postgres://u:…@db.example.com/name"),
        ("postgres:///name?host=/run/postgresql&password=hunter22", "postgres:///name"),
        ("smtps://user:hunter22@mail.example.com", "smtps://user:…@mail.example.com"),
        ("rediss://app:hunter22@cache.example.com:6380/1", "rediss://app:…@cache.example.com:6380/1"),
        ("redis://:hunter22@localhost", "redis://:…@localhost"),
        ("hunter22", "…"),
    ] {
        assert_eq!(without_secrets(text), shown);
    }
}
