//! From a page to HTML.

use super::own::{NoPages, Own, defect};
use super::page::Page;
use super::samples::{NASTY, all};
use super::words::{OURS, Words, direction};
use crate::config::Look;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
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

const STYLE: &str = include_str!("../../pages/style.css");
const ICON: &str = include_str!("../../pages/icon.svg");

/// All files of our pages, for who wants to begin with them. Style of theirs comes after ours.
pub(crate) fn files() -> impl Iterator<Item = (String, &'static str)> {
    let style = "/* This comes after the style of Cloakroom, which is made of variables. */\n:root {\n  --accent: #7a1f3d;\n}\n";
    let templates = TEMPLATES.iter().map(|(name, text)| (format!("{name}.html"), *text));
    let words = OURS.into_iter().map(|(tag, text)| (format!("words/{tag}.toml"), text));
    templates.chain(words).chain([("style.css".to_owned(), style), ("icon.svg".to_owned(), ICON)])
}

/// The engine of templates, with the words in it.
fn environment(words: Arc<Words>) -> Environment<'static> {
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
        let text = words.text(&language.unwrap_or_default(), key, &values);
        text.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there are no words for {key}")))
    });
    templates
}

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
    words: Arc<Words>,
    product: String,
    style: String,
    icon: String,
}

/// A template that cannot be used.
fn unfit(error: &Error, folder: Option<&Path>) -> NoPages {
    let file = format!("{}.html", error.name().unwrap_or_default());
    let file = folder.map_or(PathBuf::from(&file), |folder| folder.join(&file));
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let place = format!("{}:{}", file.display(), error.line().unwrap_or(1));
    NoPages { what, place, hint: "`cloakroom config pages FOLDER` writes ours, which work" }
}

impl Pages {
    /// Ours, and in their place those of the operator. Whatever is wrong with one is found here, and not when somebody wants to sign in.
    pub(crate) fn load(look: &Look) -> Result<Self, NoPages> {
        let folder = look.folder.as_deref();
        let mut own = folder.map(|folder| Own::read(folder, TEMPLATES)).transpose()?.unwrap_or_default();
        let mut words = Words::load().map_err(|error| NoPages {
            what: error.message().to_owned(),
            place: "our own words".to_owned(),
            hint: "this is a defect of Cloakroom",
        })?;
        if let Some(folder) = folder {
            own.speaks(&mut words, folder)?;
        }
        let words = Arc::new(words);
        let mut templates = environment(words.clone());
        for (name, text) in TEMPLATES {
            let text = own.templates.remove(*name).map_or(Cow::Borrowed(*text), Cow::Owned);
            templates.add_template_owned(*name, text).map_err(|error| unfit(&error, folder))?;
        }
        let pages = Self(Arc::new(Inner {
            templates,
            words,
            product: look.name.clone(),
            style: format!("{STYLE}{}", own.style),
            icon: own.icon.unwrap_or_else(|| ICON.to_owned()),
        }));
        if folder.is_some() {
            pages.try_out(folder)?;
        }
        Ok(pages)
    }

    /// Draws everything there is, of texts that are markup.
    fn try_out(&self, folder: Option<&Path>) -> Result<(), NoPages> {
        for language in self.0.words.languages() {
            for who in [None, Some(format!("Anna{NASTY}"))] {
                let frame = Frame {
                    language: language.to_owned(),
                    csrf: format!("token{NASTY}"),
                    dev: who.is_some(),
                    who,
                    home: "https://login.example.com".to_owned(),
                };
                for page in all() {
                    let drawn = self.drawn(&page, &frame).map_err(|error| unfit(&error, folder))?;
                    if let Some((what, hint)) = defect(&drawn) {
                        let file = format!("{}.html", page.template());
                        let file = folder.map_or(PathBuf::from(&file), |folder| folder.join(&file));
                        let what = format!("{what} (in {language})");
                        return Err(NoPages { what, place: file.display().to_string(), hint });
                    }
                }
            }
        }
        Ok(())
    }

    /// The page as HTML. `None`: the template asks for what is not there, which a test would have found.
    pub(crate) fn draw(&self, page: &Page, frame: &Frame) -> Option<String> {
        self.drawn(page, frame)
            .inspect_err(|error| {
                let (kind, line) = (error.kind(), error.line());
                tracing::error!(template = page.template(), ?kind, line, "a page cannot be drawn");
            })
            .ok()
    }

    fn drawn(&self, page: &Page, frame: &Frame) -> Result<String, Error> {
        self.0.templates.get_template(page.template())?.render(context! {
            page => Serde(page),
            language => frame.language.as_str(),
            direction => direction(&frame.language),
            csrf => frame.csrf.as_str(),
            who => frame.who.as_deref(),
            home => frame.home.as_str(),
            dev => frame.dev,
            product => self.0.product.as_str(),
        })
    }

    /// What the pages look like.
    pub(crate) fn style(&self) -> &str {
        &self.0.style
    }

    /// Their icon.
    pub(crate) fn icon(&self) -> &str {
        &self.0.icon
    }

    /// The language of a reader, from what they said and what their browser says.
    pub(crate) fn language(&self, said: &str, accepts: Option<&str>) -> String {
        self.0.words.language(said, accepts).to_owned()
    }

    /// What the service is called.
    pub(crate) fn product(&self) -> &str {
        &self.0.product
    }

    /// A text of the words.
    pub(crate) fn text(&self, language: &str, key: &str, with: &[(&str, String)]) -> String {
        self.0.words.text(language, key, with).unwrap_or_default()
    }
}
