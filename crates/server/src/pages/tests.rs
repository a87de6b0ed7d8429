use super::own::defect;
use super::samples::all;
use super::words::{OURS, Texts, Words, braces, direction};
use super::*;
use crate::config::Look;
use std::collections::BTreeSet;
use std::path::Path;

fn look(folder: Option<&Path>) -> Look {
    Look { name: "Example <i>".to_owned(), folder: folder.map(Path::to_path_buf) }
}

#[test]
fn every_page_is_drawn_in_every_language_and_nothing_in_it_is_markup() {
    let pages = Pages::load(&look(None)).unwrap();
    for (tag, _) in OURS {
        for who in [None, Some("<script>alert(1)</script>".to_owned())] {
            let frame = Frame {
                language: tag.to_owned(),
                csrf: "token\"><b>".to_owned(),
                who: who.clone(),
                home: String::new(),
                dev: who.is_some(),
            };
            for page in all() {
                let drawn = pages.draw(&page, &frame).unwrap_or_else(|| panic!("{page:?} in {tag}"));
                assert_eq!(defect(&drawn), None, "{page:?}");
                assert_eq!(drawn.matches("<h1>").count(), 1, "{page:?}");
                // Managers fill in what says what it is, and nothing keeps anybody from pasting.
                for field in drawn.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
                    let is_filled =
                        !field.contains("type=\"hidden\"") && !field.contains("type=\"checkbox\"");
                    assert!(!is_filled || field.contains("autocomplete=\""), "{field} in {page:?}");
                    let kind = ["\"current-password\"", "\"new-password\""];
                    let is_password = field.contains("type=\"password\"");
                    assert!(
                        !is_password || kind.iter().any(|kind| field.contains(kind)),
                        "{field} in {page:?}"
                    );
                }
                for (field, id) in [
                    ("password\" name=\"password\" type=\"password\"", "password"),
                    ("username\" name", "username"),
                ] {
                    if drawn.contains(&format!("id=\"{field}")) {
                        assert!(
                            drawn.contains(&format!("<label for=\"{id}\">")),
                            "{id} without a label: {page:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_language_says_the_same_things() {
    let words = Words::load().unwrap();
    let english: BTreeSet<_> = words.keys("en").into_iter().collect();
    for (tag, text) in OURS {
        assert_eq!(words.keys(tag).into_iter().collect::<BTreeSet<_>>(), english, "{tag}");
        let texts: Texts = toml::from_str(text).unwrap();
        for (key, text) in &texts {
            assert_eq!(braces(text), braces(words.written(key).unwrap()), "{tag} {key}");
        }
    }
}

#[test]
fn the_language_is_the_readers() {
    let words = Words::load().unwrap();
    for (said, accepts, expected) in [
        ("", None, "en"),
        ("", Some("de-AT,de;q=0.9,en;q=0.5"), "de"),
        ("", Some("fr,DE;q=0.8"), "de"),
        ("", Some("fr"), "en"),
        ("de", Some("en"), "de"),
        ("xx", Some("de"), "de"),
    ] {
        assert_eq!(words.language(said, accepts), expected, "{said:?} {accepts:?}");
    }
    assert_eq!((direction("he"), direction("de")), ("rtl", "ltr"));
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn an_operator_puts_pages_words_and_style_in_the_place_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files() {
        put(folder.path(), &name, text);
    }
    Pages::load(&look(Some(folder.path()))).unwrap();
    put(
        folder.path(),
        "sign_out.html",
        "{% extends \"frame\" %}{% block title %}Bye{% endblock %}{% block main %}<h1>Bye {{ product }}</h1>{% endblock %}",
    );
    put(folder.path(), "style.css", ":root { --accent: #123456; }");
    put(folder.path(), "words/ar.toml", "\"sign-in\" = \"دخول\"\n");
    put(folder.path(), ".hidden", "x");
    let pages = Pages::load(&look(Some(folder.path()))).unwrap();
    let frame = Frame { language: pages.language("", Some("ar-EG")), ..Frame::default() };
    let drawn = pages.draw(&Page::SignOut { to: "/logout" }, &frame).unwrap();
    assert!(
        drawn.contains("<html lang=\"ar\" dir=\"rtl\">") && drawn.contains("<h1>Bye Example &lt;i&gt;</h1>"),
        "{drawn}"
    );
    assert!(pages.style().contains("--paper") && pages.style().ends_with("#123456; }"));
    assert_eq!(pages.text("ar", "sign-in", &[]), "دخول");
    assert_eq!(pages.text("ar", "sign-out", &[]), "Sign out");
}

#[test]
fn what_cannot_be_used_is_told_before_anybody_sees_it() {
    let page = |main: &str| {
        format!(
            "{{% extends \"frame\" %}}{{% block title %}}x{{% endblock %}}{{% block main %}}<h1>x</h1>{main}{{% endblock %}}"
        )
    };
    for (name, text, told) in [
        ("sing_in.html", page(""), "no page is called that"),
        ("notes.txt", String::new(), "no page is called that"),
        ("words/xx-yy.toml", String::new(), "no language is called that"),
        ("words/de.toml", "\"sing-in\" = \"x\"".to_owned(), "no words called sing-in"),
        (
            "words/de.toml",
            "\"retry\" = \"{second}\"".to_owned(),
            "other names in braces than there are: seconds",
        ),
        ("words/de.toml", "\"retry\" = \"{seconds\"".to_owned(), "other names in braces"),
        ("words/de.toml", "retry".to_owned(), "words/de.toml"),
        ("sign_out.html", page("{% if %}"), "sign_out.html:1"),
        ("sign_out.html", page("\n{{ page.nothing.there }}"), "sign_out.html:2"),
        ("sign_out.html", page("{{ t('nothing') }}"), "no words for nothing"),
        ("sign_out.html", page("<form method=\"post\"></form>"), "a form without its token"),
        ("sign_out.html", page("<p style=\"color: red\">"), "in the page itself"),
        ("sign_out.html", page("<p onclick=\"x()\">"), "in the page itself"),
        ("sign_out.html", page("<script src=\"/x.js\"></script>"), "in the page itself"),
        ("person.html", page("{{ page.person.called|safe }}"), "would be markup"),
        ("frame.html", page(""), "frame.html"),
        ("sign_in.html", page("<input value=\"{{ page.return_to|safe }}\">"), "would be markup"),
        ("sign_in.html", page("<p title={{ page.name }}>x</p>"), "would be attributes"),
        ("sign_out.html", page("<form method='post'></form>"), "a form without its token"),
        ("sign_out.html", page("<meta http-equiv=refresh content=0>"), "must not"),
        ("link.html", page("<a href='{{ page.token|safe }}'>x</a>"), "would be markup"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), name, &text);
        let refused = Pages::load(&look(Some(folder.path())))
            .err()
            .unwrap_or_else(|| panic!("{name} is taken"))
            .to_string();
        assert!(refused.starts_with("error[CK4020]: ") && refused.contains(told), "{name}: {refused}");
    }
    let refused = Pages::load(&look(Some(Path::new("/nowhere")))).unwrap_err().to_string();
    assert!(refused.contains("/nowhere"), "{refused}");
}

#[test]
fn braces_in_what_is_put_in_are_no_braces() {
    let words = Words::load().unwrap();
    let text = words
        .text("en", "forbidden-lead", &[("app", "{who}".to_owned()), ("who", "{app}".to_owned())])
        .unwrap();
    assert!(text.contains("{who}") && text.contains("{app}"), "{text}");
    assert!(words.text("en", "forbidden-lead", &[]).is_none());
}
