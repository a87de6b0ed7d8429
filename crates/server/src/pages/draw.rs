//! From a page to HTML.

use super::page::Page;
use super::words::{Words, direction};
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use std::sync::Arc;

/// The templates, by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("frame", include_str!("../../pages/frame.html")),
    ("sign_in", include_str!("../../pages/sign_in.html")),
    ("sign_up", include_str!("../../pages/sign_up.html")),
    ("recover", include_str!("../../pages/recover.html")),
    ("sent", include_str!("../../pages/sent.html")),
    ("link", include_str!("../../pages/link.html")),
    ("link_gone", include_str!("../../pages/link_gone.html")),
    ("done", include_str!("../../pages/done.html")),
    ("account", include_str!("../../pages/account.html")),
    ("password", include_str!("../../pages/password.html")),
    ("address", include_str!("../../pages/address.html")),
    ("delete", include_str!("../../pages/delete.html")),
    ("confirm", include_str!("../../pages/confirm.html")),
    ("devices", include_str!("../../pages/devices.html")),
    ("sign_out", include_str!("../../pages/sign_out.html")),
    ("people", include_str!("../../pages/people.html")),
    ("person", include_str!("../../pages/person.html")),
    ("problem", include_str!("../../pages/problem.html")),
    ("loop", include_str!("../../pages/loop.html")),
    ("forbidden", include_str!("../../pages/forbidden.html")),
    ("unreachable", include_str!("../../pages/unreachable.html")),
    ("demo", include_str!("../../pages/demo.html")),
    ("mail", include_str!("../../pages/mail.html")),
    ("one_letter", include_str!("../../pages/one_letter.html")),
];

/// What the pages look like.
pub(crate) const STYLE: &str = include_str!("../../pages/style.css");

/// What every page knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// The language.
    pub(crate) language: String,
    /// The token of its forms.
    pub(crate) csrf: String,
    /// Whoever is signed in.
    pub(crate) who: Option<String>,
    /// Where one signs in: what links of pages of other hosts begin with.
    pub(crate) home: String,
    /// Whether this is a machine of somebody who develops.
    pub(crate) dev: bool,
}

/// The templates and the words.
#[derive(Debug, Clone)]
pub(crate) struct Pages(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    templates: Environment<'static>,
    words: Words,
    product: String,
}

impl Pages {
    /// All of them. A template that is none is found here.
    pub(crate) fn load(product: &str) -> Result<Self, Error> {
        let words =
            || Words::load().map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()));
        let (own, known) = (words()?, Arc::new(words()?));
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.add_function("t", move |state: &State<'_, '_>, key: &str, with: Kwargs| {
            let language = state.lookup("language").and_then(|tag| tag.as_str().map(str::to_owned));
            let names: Vec<&str> = with.args().collect();
            let mut values = Vec::with_capacity(names.len());
            for name in names {
                values.push((name, with.peek::<Value>(name)?.to_string()));
            }
            let text = known.text(&language.unwrap_or_default(), key, &values);
            text.ok_or_else(|| {
                Error::new(ErrorKind::InvalidOperation, format!("there are no words for {key}"))
            })
        });
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self(Arc::new(Inner { templates, words: own, product: product.to_owned() })))
    }

    /// The page as HTML. `None`: the template asks for what is not there, which a test would have found.
    pub(crate) fn draw(&self, page: &Page, frame: &Frame) -> Option<String> {
        let template = self.0.templates.get_template(page.template()).ok()?;
        let context = context! {
            page => Serde(page),
            language => frame.language.as_str(),
            direction => direction(&frame.language),
            csrf => frame.csrf.as_str(),
            who => frame.who.as_deref(),
            home => frame.home.as_str(),
            dev => frame.dev,
            product => self.0.product.as_str(),
        };
        match template.render(context) {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::error!(template = page.template(), kind = ?error.kind(), line = error.line(), "a page cannot be drawn");
                None
            }
        }
    }

    /// A text of the words.
    pub(crate) fn text(&self, language: &str, key: &str, with: &[(&str, String)]) -> String {
        self.0.words.text(language, key, with).unwrap_or_default()
    }
}
