//! What pages and letters say, by language. A text that a language lacks is taken from English; a test sees to it that none does.

use std::collections::BTreeMap;

/// The languages there are.
pub(crate) const LANGUAGES: [(&str, &str); 2] =
    [("en", include_str!("../../pages/words/en.toml")), ("de", include_str!("../../pages/words/de.toml"))];

/// Texts by language and key.
#[derive(Debug)]
pub(crate) struct Words(BTreeMap<&'static str, BTreeMap<String, String>>);

impl Words {
    pub(crate) fn load() -> Result<Self, toml::de::Error> {
        let read = |(tag, text): (&'static str, &str)| Ok((tag, toml::from_str(text)?));
        LANGUAGES.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    #[cfg(test)]
    pub(crate) fn keys(&self, tag: &str) -> Vec<&str> {
        self.0.get(tag).into_iter().flat_map(|texts| texts.keys().map(String::as_str)).collect()
    }

    /// The text of a key, with what belongs into its braces.
    pub(crate) fn text(&self, tag: &str, key: &str, with: &[(&str, String)]) -> Option<String> {
        let of = |tag: &str| self.0.get(tag).and_then(|texts| texts.get(key));
        let text = of(tag).or_else(|| of("en"))?;
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
}

/// The language of a reader, from what their browser says and what they said.
pub(crate) fn language(said: &str, accepts: Option<&str>) -> &'static str {
    let known = |tag: &str| {
        let short = tag.trim().split(['-', '_', ';']).next().unwrap_or_default();
        LANGUAGES.iter().map(|(tag, _)| *tag).find(|tag| tag.eq_ignore_ascii_case(short))
    };
    let accepted = || accepts.unwrap_or_default().split(',').take(16).find_map(known);
    known(said).filter(|_| !said.is_empty()).or_else(accepted).unwrap_or("en")
}

/// Which way a language is written.
pub(crate) fn direction(tag: &str) -> &'static str {
    if ["ar", "he", "fa", "ur"].contains(&tag) { "rtl" } else { "ltr" }
}
