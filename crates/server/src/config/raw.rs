//! The configuration as it was written: values by section and key, each with where it came from.

use super::keys::{KEYS, Kind, find, nearest, sections};
use super::trouble::{Place, Trouble, Troubles};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What variables of the environment begin with.
const PREFIX: &str = "CLOAKROOM_";
/// Variables of ours that are no key.
const OTHERS: [&str; 2] = ["CLOAKROOM_CONFIG", "CLOAKROOM_SOCKET"];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the file, at these bytes.
    File(Range<usize>),
    /// From a variable.
    Variable(String),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text, a number or a word.
    One(String),
    /// A list.
    Many(Vec<String>),
}

/// One table of values.
pub(crate) type Section = BTreeMap<&'static str, (Value, Origin)>;

/// The whole.
#[derive(Debug)]
pub(crate) struct Raw {
    /// The file.
    pub(crate) name: String,
    text: String,
    /// The tables that stand once.
    pub(crate) sections: BTreeMap<&'static str, Section>,
    /// The apps, and where each begins.
    pub(crate) apps: Vec<(Section, Range<usize>)>,
}

impl Raw {
    pub(super) fn read(
        name: &str,
        text: &str,
        env: &BTreeMap<String, String>,
        troubles: &mut Troubles,
    ) -> Self {
        let mut raw = Self {
            name: name.to_owned(),
            text: text.to_owned(),
            sections: BTreeMap::new(),
            apps: Vec::new(),
        };
        match DeTable::parse(text) {
            Ok(table) => raw.take_in(table.get_ref(), troubles),
            Err(error) => {
                let place = raw.at(&error.span().unwrap_or(0..0), true);
                // Its message may quote what was written, which may be a secret.
                let what = "this is not TOML".to_owned();
                let hint = "a value is text in quotes, a number, or a list in brackets; a table is [name]"
                    .to_owned();
                troubles.add(Trouble { code: "CK1002", what, place, hint });
            }
        }
        raw.take_in_environment(env, troubles);
        raw
    }

    fn take_in(&mut self, table: &DeTable<'_>, troubles: &mut Troubles) {
        for (key, value) in table {
            let (name, span) = (key.get_ref().as_ref(), key.span());
            let Some(section) = sections().find(|section| *section == name) else {
                let place = self.at(&span, false);
                let known: Vec<_> = sections().collect();
                let hint = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", known.join(", ")),
                };
                troubles.add(Trouble {
                    code: "CK1003",
                    what: format!("there is no table `{name}`"),
                    place,
                    hint,
                });
                continue;
            };
            match (section, value.get_ref()) {
                ("app", DeValue::Array(apps)) => {
                    for app in apps {
                        match app.get_ref() {
                            DeValue::Table(table) => {
                                let values = self.section("app", table, troubles);
                                self.apps.push((values, app.span()));
                            }
                            _ => self.no_table(&app.span(), "[[app]]", troubles),
                        }
                    }
                }
                ("app", _) => self.no_table(&value.span(), "[[app]]", troubles),
                (section, DeValue::Table(table)) => {
                    let values = self.section(section, table, troubles);
                    self.sections.insert(section, values);
                }
                (section, _) => self.no_table(&value.span(), &format!("[{section}]"), troubles),
            }
        }
    }

    fn no_table(&self, span: &Range<usize>, wanted: &str, troubles: &mut Troubles) {
        let place = self.at(span, true);
        let hint = format!("write {wanted} on a line of its own, and its keys below");
        troubles.add(Trouble {
            code: "CK1004",
            what: format!("this should be the table {wanted}"),
            place,
            hint,
        });
    }

    fn section(&self, section: &'static str, table: &DeTable<'_>, troubles: &mut Troubles) -> Section {
        let mut values = Section::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let Some(known) = find(section, name) else {
                let names = KEYS.iter().filter(|key| key.section == section).map(|key| key.name);
                let hint = match nearest(name, names.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                };
                let what = format!("there is no key `{name}` in [{section}]");
                troubles.add(Trouble { code: "CK1003", what, place: self.at(&key.span(), true), hint });
                continue;
            };
            let found = match (known.kind, value.get_ref()) {
                (Kind::Number, DeValue::Integer(number)) => Some(Value::One(number.as_str().to_owned())),
                (Kind::List, DeValue::Array(items)) => {
                    let text = |item: &toml::Spanned<DeValue<'_>>| item.get_ref().as_str().map(str::to_owned);
                    items.iter().map(text).collect::<Option<Vec<_>>>().map(Value::Many)
                }
                (Kind::Number | Kind::List, _) => None,
                (_, value) => value.as_str().map(|text| Value::One(text.to_owned())),
            };
            match found {
                Some(found) => drop(values.insert(known.name, (found, Origin::File(value.span())))),
                None => {
                    let place = self.at(&value.span(), known.kind == Kind::Secret);
                    let (what, hint) = expected(known.kind, &format!("[{section}] {name}"));
                    troubles.add(Trouble { code: "CK1004", what, place, hint });
                }
            }
        }
        values
    }

    /// Variables stand in for keys. A key that is also in the file is no error: that is what they are for. A value and a file with it at once is.
    fn take_in_environment(&mut self, env: &BTreeMap<String, String>, troubles: &mut Troubles) {
        for (variable, value) in env.iter().filter(|(variable, _)| variable.starts_with(PREFIX)) {
            if OTHERS.contains(&variable.as_str()) {
                continue;
            }
            let rest = variable.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
            let found = rest.split_once("__").and_then(|(section, name)| {
                let secret = |name: &str| find(section, name).filter(|key| key.kind == Kind::Secret);
                let in_file = name.strip_suffix("_file").and_then(secret);
                find(section, name).map(|key| (key, false)).or(in_file.map(|key| (key, true)))
            });
            let place = || Place::Variable(variable.clone());
            let Some((key, is_file)) = found.filter(|(key, _)| key.section != "app") else {
                let what = format!("there is no key for {variable}");
                let known: Vec<_> = KEYS
                    .iter()
                    .map(|key| format!("{PREFIX}{}__{}", key.section, key.name).to_uppercase())
                    .collect();
                let hint = match nearest(variable, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "they are called CLOAKROOM_SECTION__KEY; apps stand in the file only".to_owned(),
                };
                troubles.add(Trouble { code: "CK1003", what, place: place(), hint });
                continue;
            };
            let both = format!("{PREFIX}{}__{}", key.section, key.name).to_uppercase();
            if is_file && env.contains_key(&both) {
                let what = format!("{both} and {variable} are both set");
                let hint = "set one of them".to_owned();
                troubles.add(Trouble { code: "CK1005", what, place: place(), hint });
                continue;
            }
            let value = match is_file {
                false => value.clone(),
                true => match std::fs::read_to_string(value) {
                    Ok(text) => text.trim_end_matches(['\n', '\r']).to_owned(),
                    Err(error) => {
                        let what = format!("the file of {variable} cannot be read: {error}");
                        let hint = "it must exist and be readable by the user that runs Cloakroom".to_owned();
                        troubles.add(Trouble { code: "CK1005", what, place: place(), hint });
                        continue;
                    }
                },
            };
            let value = match key.kind {
                Kind::List => Value::Many(
                    value
                        .split(',')
                        .map(|item| item.trim().to_owned())
                        .filter(|item| !item.is_empty())
                        .collect(),
                ),
                _ => Value::One(value),
            };
            let section = self.sections.entry(key.section).or_default();
            section.insert(key.name, (value, Origin::Variable(variable.clone())));
        }
    }

    /// The place of some bytes. Of a line that may hold a secret only its beginning is shown.
    pub(super) fn at(&self, span: &Range<usize>, hides_value: bool) -> Place {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = before.get(begin..).map_or(0, |text| text.chars().count()) + 1;
        let upto = span.end.saturating_sub(begin).min(line.len());
        let shown = match line.split_once('=') {
            None if line.starts_with('[') && line.ends_with(']') => line.to_owned(),
            Some((name, _)) if hides_value || is_secret(name.trim()) => format!("{}= …", known_part(name)),
            // What stands behind it is not what this is about.
            Some(_) => line.get(..upto).unwrap_or_default().to_owned(),
            None => "…".to_owned(),
        };
        let column = column.min(shown.chars().count());
        let room = (shown.chars().count() + 1).saturating_sub(column);
        let width = self.text.get(span.clone()).map_or(1, |text| text.chars().count()).min(room).max(1);
        Place::Line {
            file: self.name.clone(),
            line: before.matches('\n').count() + 1,
            column: column.max(1),
            width,
            shown,
        }
    }

    /// Where a value stands.
    pub(super) fn place(&self, origin: &Origin, is_secret: bool) -> Place {
        match origin {
            Origin::File(span) => self.at(span, is_secret),
            Origin::Variable(name) => Place::Variable(name.clone()),
        }
    }
}

/// Whether there is a key of this name anywhere that nobody may see.
fn is_secret(name: &str) -> bool {
    KEYS.iter().any(|key| key.kind == Kind::Secret && key.name == name)
}

/// The name of a key, and nothing that can be anything else.
fn known_part(name: &str) -> &str {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_- ".contains(letter);
    if name.len() <= 40 && name.chars().all(is_word) { name } else { "… " }
}

/// What should stand there.
fn expected(kind: Kind, what: &str) -> (String, String) {
    let (wanted, hint) = match kind {
        Kind::Number => ("a number", "write it without quotes".to_owned()),
        Kind::List => ("a list of text", "write [\"one\", \"two\"]".to_owned()),
        Kind::Duration => ("a time", "write \"30s\", \"10m\", \"8h\" or \"14d\"".to_owned()),
        Kind::Word(words) => ("a word", format!("it is one of {}", words.join(", "))),
        Kind::Text | Kind::Secret => ("text", "write it in quotes".to_owned()),
    };
    (format!("{what} should be {wanted}"), hint)
}
