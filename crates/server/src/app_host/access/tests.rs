use super::*;
use cloakroom_model::words::subject::Group;

fn app() -> App {
    App {
        origin: "https://app.example".parse().unwrap(),
        upstream: None,
        allow: vec!["staff".parse().unwrap()],
        public: vec!["/assets/".to_owned(), "/health".to_owned()],
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
fn an_app_is_for_its_groups() {
    let groups =
        |text: &str| text.split_whitespace().map(|group| group.parse().unwrap()).collect::<Vec<Group>>();
    assert!(app().lets_in(&groups("a staff")) && !app().lets_in(&groups("a b")) && !app().lets_in(&[]));
    assert!(App { allow: Vec::new(), ..app() }.lets_in(&[]));
}
