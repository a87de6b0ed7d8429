use super::*;
use crate::config::Look;
use crate::pages::{Frame, Pages};
use std::path::Path;

/// Problems of apps that are made with the library, which this program never has.
const OF_LIBRARY_APPS: [&str; 4] = ["bad-claims", "no-tokens", "revocation-unknown", "tampered-cookie"];

#[test]
fn every_problem_that_is_documented_has_its_page() {
    let folder = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../docs/problems");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut documented: Vec<String> = files
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".md")?.to_owned()))
        .filter(|name| name != "README" && !OF_LIBRARY_APPS.contains(&name.as_str()))
        .collect();
    documented.sort();
    assert_eq!(documented, SLUGS);
    let pages = Pages::load(&Look::default()).unwrap();
    for slug in SLUGS {
        assert!(
            pages
                .draw(&Page::Problem { slug, retry: None, request: String::new() }, &Frame::default())
                .is_some(),
            "{slug}"
        );
    }
}
