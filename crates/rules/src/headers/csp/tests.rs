use super::*;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};

#[test]
fn it_begins_strict() {
    let nonce = Nonce("abc".to_owned());
    assert_eq!(
        Csp::default().to_text(Some(&nonce)),
        "default-src 'self'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self' 'nonce-abc'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self'; require-trusted-types-for 'script'"
    );
    let without = Csp::default().to_text(None);
    assert!(
        without.contains("script-src 'self';") && !without.contains("nonce") && !without.contains("unsafe")
    );
}

#[test]
fn every_widening_stands_in_its_own_directive() {
    let origin = |text: &str| text.parse().unwrap();
    let csp = Csp::default()
        .images_from(origin("https://img.example.com"))
        .connects_to(origin("https://api.example.com"))
        .forms_may_end_at(origin("https://login.example.com"))
        .reports_to("/csp");
    let text = csp.to_text(None);
    for part in [
        "img-src 'self' https://img.example.com;",
        "connect-src 'self' https://api.example.com;",
        "form-action 'self' https://login.example.com;",
        "; report-uri /csp",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn nonces_are_drawn() {
    let entropy = SeededEntropy::new(1);
    let (one, other) = (Nonce::draw(&entropy).unwrap(), Nonce::draw(&entropy).unwrap());
    assert!(one != other && one.as_str().len() == 22);
    assert!(Nonce::draw(&NoEntropyAtAll).is_err());
}
