use super::*;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Span;

fn app() -> App {
    App {
        origin: "https://app.example".parse().unwrap(),
        upstream: None,
        allow: vec!["staff".parse().unwrap()],
        public: vec!["/assets/".to_owned(), "/health".to_owned()],
        fresh: Vec::new(),
        fresh_for: Span::minutes(10),
    }
}

#[test]
fn what_could_be_another_path_is_not_public() {
    for (path, expected) in [
        ("/assets/a.css", true),
        ("/assets/", true),
        ("/assets", false),
        ("/health", true),
        ("/health/", false),
        ("/healthy", false),
        ("/", false),
        ("/assets/../admin", false),
        ("/assets/..", false),
        ("/assets/./a", false),
        ("/assets/%2e%2e/admin", false),
        ("/assets//admin", false),
        ("//assets/", false),
        ("/assets/..;/admin", false),
        ("/assets/..\\admin", false),
        ("/Assets/a", false),
    ] {
        assert_eq!(is_public(&app(), path), expected, "{path}");
    }
}

#[test]
fn what_could_be_a_path_for_the_fresh_is_one() {
    let fresh = vec!["/admin/".to_owned(), "/assets/keys".to_owned()];
    let app = App { fresh, ..app() };
    for (path, is_fresh, is_open) in [
        ("/admin/", true, false),
        ("/admin/users", true, false),
        ("/admin", true, false),
        ("/Admin", true, false),
        ("/ADMIN/users", true, false),
        ("/admin.json", true, false),
        ("/administrators", false, false),
        ("/", false, false),
        ("/assets/a.css", false, true),
        ("/assets/KEYS", true, false),
        ("/assets/keys/", true, false),
        ("/assets/keys.json", true, false),
        ("/assets/keys/a", true, false),
        ("/assets/keystore", false, true),
        ("/assets/keys", true, false),
        ("/x/..;/admin/", true, false),
        ("//admin/", true, false),
        ("/%61dmin/", true, false),
    ] {
        assert_eq!((is_fresh_only(&app, path), is_public(&app, path)), (is_fresh, is_open), "{path}");
    }
    assert!(!is_fresh_only(&App { fresh: Vec::new(), ..app }, "//admin/"));
}

#[test]
fn an_app_is_for_its_groups() {
    let groups =
        |text: &str| text.split_whitespace().map(|group| group.parse().unwrap()).collect::<Vec<Group>>();
    assert!(app().lets_in(&groups("a staff")) && !app().lets_in(&groups("a b")) && !app().lets_in(&[]));
    assert!(App { allow: Vec::new(), ..app() }.lets_in(&[]));
}
