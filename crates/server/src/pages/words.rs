//! What pages and letters say, by language. A text that a language lacks is taken from English; a test sees to it that none of ours does.

use std::collections::BTreeMap;

/// The texts of one language, by key.
pub(super) type Texts = BTreeMap<String, String>;

/// Our languages.
pub(crate) const OURS: [(&str, &str); 2] =
    [("en", include_str!("../../pages/words/en.toml")), ("de", include_str!("../../pages/words/de.toml"))];

/// What is taken where nothing else is known.
const FALLBACK: &str = "en";

/// Texts by language.
#[derive(Debug)]
pub(crate) struct Words(BTreeMap<String, Texts>);

impl Words {
    /// Ours.
    pub(super) fn load() -> Result<Self, toml::de::Error> {
        let read = |(tag, text): (&str, &str)| Ok((tag.to_owned(), toml::from_str(text)?));
        OURS.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Puts texts in the place of ours, or beside them.
    pub(super) fn put(&mut self, tag: &str, texts: Texts) {
        self.0.entry(tag.to_owned()).or_default().extend(texts);
    }

    /// The English text of a key, as it is written.
    pub(super) fn written(&self, key: &str) -> Option<&str> {
        self.0.get(FALLBACK)?.get(key).map(String::as_str)
    }

    /// All languages.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The keys of a language.
    #[cfg(test)]
    pub(super) fn keys(&self, tag: &str) -> Vec<&str> {
        self.0.get(tag).into_iter().flat_map(|texts| texts.keys().map(String::as_str)).collect()
    }

    /// The text of a key, with what belongs into its braces.
    pub(crate) fn text(&self, tag: &str, key: &str, with: &[(&str, String)]) -> Option<String> {
        let of = |tag: &str| self.0.get(tag).and_then(|texts| texts.get(key));
        let text = of(tag).or_else(|| of(FALLBACK))?;
        let (mut out, mut rest) = (String::new(), text.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            out.push_str(before);
            out.push_str(&with.iter().find(|(known, _)| *known == name)?.1);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    /// The language of a reader, from what they said and what their browser says.
    pub(crate) fn language(&self, said: &str, accepts: Option<&str>) -> &str {
        let known = |tag: &str| {
            let short = tag.trim().split(['-', '_', ';']).next().unwrap_or_default();
            self.languages().find(|tag| tag.eq_ignore_ascii_case(short))
        };
        let accepted = || accepts.unwrap_or_default().split(',').take(16).find_map(known);
        known(said).filter(|_| !said.is_empty()).or_else(accepted).unwrap_or(FALLBACK)
    }
}

/// The names in the braces of a text, sorted. `None`: a brace is left open.
pub(super) fn braces(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        names.push(name);
        rest = after;
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// Which way a language is written.
pub(crate) fn direction(tag: &str) -> &'static str {
    if ["ar", "he", "fa", "ur"].contains(&tag) { "rtl" } else { "ltr" }
}
