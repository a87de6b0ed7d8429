//! What an operator puts in the place of our pages, and what must be true of it.

use super::words::{Texts, Words, braces};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The pages of an operator cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("error[CK4020]: {what}\n  --> {place}\nhint: {hint}")]
pub(crate) struct NoPages {
    pub(super) what: String,
    pub(super) place: String,
    pub(super) hint: &'static str,
}

/// What was found in their folder.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Templates by name.
    pub(super) templates: BTreeMap<String, String>,
    /// Style that comes after ours.
    pub(super) style: String,
    /// Their icon.
    pub(super) icon: Option<String>,
    /// Texts by language.
    pub(super) words: Vec<(String, Texts)>,
}

const WHAT_THERE_IS: &str = "there are NAME.html, style.css, icon.svg and words/LANGUAGE.toml; `cloakroom config pages FOLDER` writes all of ours";

fn trouble(place: &Path, what: impl ToString, hint: &'static str) -> NoPages {
    NoPages { what: what.to_string(), place: place.display().to_string(), hint }
}

fn read(path: &Path) -> Result<String, NoPages> {
    fs::read_to_string(path).map_err(|error| trouble(path, error, "it must be text that Cloakroom may read"))
}

/// What lies in a folder, but for what is hidden.
fn entries(folder: &Path) -> Result<Vec<(String, std::path::PathBuf)>, NoPages> {
    let cannot = |error| trouble(folder, error, "[pages] folder is a folder that Cloakroom may read");
    let all = fs::read_dir(folder).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    let named = all.into_iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let mut shown: Vec<_> = named.filter(|(name, _)| !name.starts_with('.')).collect();
    shown.sort();
    Ok(shown)
}

impl Own {
    /// Everything in a folder. What has no meaning there is told of: a name that is mistyped would change nothing.
    pub(super) fn read(folder: &Path, templates: &[(&str, &str)]) -> Result<Self, NoPages> {
        let mut own = Self::default();
        for (name, path) in entries(folder)? {
            match name.strip_suffix(".html") {
                Some(template) if templates.iter().any(|(known, _)| *known == template) => {
                    own.templates.insert(template.to_owned(), read(&path)?);
                }
                None if name == "style.css" => own.style = read(&path)?,
                None if name == "icon.svg" => own.icon = Some(read(&path)?),
                None if name == "words" => own.words = words(&path)?,
                _ => return Err(trouble(&path, "no page is called that", WHAT_THERE_IS)),
            }
        }
        Ok(own)
    }

    /// Their texts in the place of ours.
    pub(super) fn speaks(&mut self, words: &mut Words, folder: &Path) -> Result<(), NoPages> {
        for (tag, texts) in core::mem::take(&mut self.words) {
            let place = folder.join(format!("words/{tag}.toml"));
            for (key, text) in &texts {
                let Some(ours) = words.written(key) else {
                    return Err(trouble(&place, format!("there are no words called {key}"), WHAT_THERE_IS));
                };
                let known = braces(ours).unwrap_or_default();
                if !braces(text).is_some_and(|used| used.iter().all(|name| known.contains(name))) {
                    let what =
                        format!("{key} has other names in braces than there are: {}", known.join(", "));
                    return Err(trouble(&place, what, "write {name} as the English text has it"));
                }
            }
            words.put(&tag, texts);
        }
        Ok(())
    }
}

fn words(folder: &Path) -> Result<Vec<(String, Texts)>, NoPages> {
    let mut all = Vec::new();
    for (name, path) in entries(folder)? {
        let tag = name.strip_suffix(".toml").filter(|tag| {
            (2..=3).contains(&tag.len()) && tag.bytes().all(|letter| letter.is_ascii_lowercase())
        });
        let Some(tag) = tag else {
            return Err(trouble(&path, "no language is called that", "it is called like de.toml"));
        };
        let texts = toml::from_str(&read(&path)?)
            .map_err(|error| trouble(&path, error.message(), "a line is \"key\" = \"text\""))?;
        all.push((tag.to_owned(), texts));
    }
    Ok(all)
}

/// What stands in the tags of a page outside of quotes: the names of attributes, and values that nothing holds in.
fn loose(drawn: &str) -> String {
    let (mut in_tag, mut quote, mut out) = (false, None, String::new());
    for letter in drawn.chars() {
        match (in_tag, quote) {
            (false, _) => in_tag = letter == '<',
            (true, Some(open)) => quote = (letter != open).then_some(open),
            (true, None) => {
                in_tag = letter != '>';
                quote = (letter == '"' || letter == '\'').then_some(letter);
                out.push(letter);
            }
        }
    }
    out
}

/// What is wrong with a page that was drawn of samples that break out of whatever does not hold them.
pub(super) fn defect(drawn: &str) -> Option<(&'static str, &'static str)> {
    let lower = drawn.to_ascii_lowercase();
    let loose = loose(&lower);
    let has_handler = loose.split_whitespace().any(|word| {
        let name = word.split_once('=').map(|(name, _)| name).unwrap_or_default();
        name.len() > 2 && name.starts_with("on") && name.bytes().all(|letter| letter.is_ascii_lowercase())
    });
    let plain = lower.replace(['"', '\''], "");
    if lower.contains("<b>") || lower.contains("<i>") {
        Some(("what somebody typed would be markup", "let it be escaped: no `|safe`, no `autoescape false`"))
    } else if loose.contains("data-loose") {
        Some(("what somebody typed would be attributes", "put quotes around the values of attributes"))
    } else if ["<script", "<style", "javascript:", "http-equiv"].iter().any(|bad| lower.contains(bad))
        || loose.contains(" style=")
        || has_handler
    {
        Some((
            "browsers will not run or apply what stands in the page itself, or must not",
            "the policy of these pages allows no script, and style from style.css only",
        ))
    } else if !lower.starts_with("<!doctype html>") || !lower.trim_end().ends_with("</html>") {
        Some(("this is no whole page", "begin with {% extends \"frame\" %}, or with <!doctype html>"))
    } else if plain.matches("method=post").count() != plain.matches("name=_csrf").count() {
        Some((
            "a form without its token would be refused",
            "put <input type=\"hidden\" name=\"_csrf\" value=\"{{ csrf }}\"> into each form with method=\"post\"",
        ))
    } else {
        None
    }
}
