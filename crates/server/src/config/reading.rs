//! Values on their way from text to what they mean, and what is wrong with them.

use super::keys::{Kind, find};
use super::raw::{Origin, Raw, Section, Value};
use super::trouble::{Place, Trouble, Troubles};
use super::values::duration;
use cloakroom_model::words::time::Span;
use core::net::SocketAddr;

/// One value and where it came from.
pub(super) struct Found<'a> {
    pub(super) raw: &'a Raw,
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) list: Vec<String>,
    pub(super) origin: Option<&'a Origin>,
}

impl Found<'_> {
    fn place(&self) -> Place {
        let is_secret = find(self.section, self.name).is_some_and(|key| key.kind == Kind::Secret);
        match self.origin {
            Some(origin) => self.raw.place(origin, is_secret),
            None => Place::File(self.raw.name.clone()),
        }
    }

    pub(super) fn trouble(&self, code: &'static str, what: String, hint: &str) -> Trouble {
        Trouble { code, what, place: self.place(), hint: hint.to_owned() }
    }

    pub(super) fn bad(&self, wanted: &str, hint: &str) -> Trouble {
        self.trouble("CK1004", format!("[{}] {} is not {wanted}", self.section, self.name), hint)
    }
}

/// Reads values, and gathers what is wrong with them.
pub(super) struct Reading<'a> {
    pub(super) raw: &'a Raw,
    pub(super) troubles: &'a mut Troubles,
}

impl<'a> Reading<'a> {
    pub(super) fn in_table(
        &self,
        table: Option<&'a Section>,
        section: &'static str,
        name: &'static str,
    ) -> Option<Found<'a>> {
        let written = table.and_then(|table| table.get(name));
        let default = find(section, name).and_then(|key| key.default);
        let (text, list, origin) = match (written, default) {
            (Some((Value::One(text), origin)), _) => (text.clone(), Vec::new(), Some(origin)),
            (Some((Value::Many(list), origin)), _) => (String::new(), list.clone(), Some(origin)),
            (None, Some(default)) => {
                let list = default.split(", ").filter(|item| !item.is_empty()).map(str::to_owned);
                (default.to_owned(), list.collect(), None)
            }
            (None, None) => return None,
        };
        Some(Found { raw: self.raw, section, name, text, list, origin })
    }

    pub(super) fn found(&self, section: &'static str, name: &'static str) -> Option<Found<'a>> {
        self.in_table(self.raw.sections.get(section), section, name)
    }

    /// A value that means something, or a trouble.
    pub(super) fn parsed<T>(
        &mut self,
        section: &'static str,
        name: &'static str,
        wanted: &str,
        hint: &str,
        parse: impl FnOnce(&Found<'_>) -> Option<T>,
    ) -> Option<T> {
        let found = self.found(section, name)?;
        let parsed = parse(&found);
        if parsed.is_none() {
            self.troubles.add(found.bad(wanted, hint));
        }
        parsed
    }

    pub(super) fn span(&mut self, section: &'static str, name: &'static str) -> Option<Span> {
        let hint = "write \"500ms\", \"30s\", \"10m\", \"8h\" or \"14d\"";
        self.parsed(section, name, "a time", hint, |found| duration(&found.text))
    }

    pub(super) fn number(
        &mut self,
        section: &'static str,
        name: &'static str,
        range: core::ops::RangeInclusive<usize>,
    ) -> Option<usize> {
        let hint = format!("it is a number from {} to {}", range.start(), range.end());
        self.parsed(section, name, "a number that fits", &hint, |found| {
            found.text.replace('_', "").parse().ok().filter(|number| range.contains(number))
        })
    }

    pub(super) fn word(&mut self, section: &'static str, name: &'static str) -> Option<String> {
        let words = match find(section, name)?.kind {
            Kind::Word(words) => words,
            _ => return None,
        };
        let hint = format!("it is one of {}", words.join(", "));
        self.parsed(section, name, "a word that is known", &hint, |found| {
            words.contains(&found.text.as_str()).then(|| found.text.clone())
        })
    }

    pub(super) fn address(&mut self, name: &'static str) -> Option<SocketAddr> {
        let hint = "write an address and a port: \"127.0.0.1:8080\", \"[::1]:8080\", \"0.0.0.0:443\"";
        self.parsed("server", name, "an address with a port", hint, |found| found.text.parse().ok())
    }

    pub(super) fn text(&self, section: &'static str, name: &'static str) -> Option<String> {
        self.found(section, name).map(|found| found.text)
    }
}
