//! The configuration: read, checked, typed. What is wrong with it is told all at once, with its place and what to do.

mod trouble;

mod keys;

mod raw;

mod values;

mod reading;

mod apps;

mod typed;

mod changes;

pub(crate) use apps::App;
pub(crate) use changes::needing_a_start;
pub(crate) use keys::{KEYS, Key, Kind, reference, sections};
pub(crate) use raw::{Origin, Raw, Section, Value};
pub(crate) use trouble::{Trouble, Troubles};
pub(crate) use typed::{Config, Look, Mail, Session, StoreAt, Tls};
pub(crate) use values::{Network, duration};

use std::collections::BTreeMap;
use std::path::Path;

/// The environment, as far as it is text.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl Config {
    /// The configuration of a file and of the environment.
    pub(crate) fn read(path: &Path, env: &BTreeMap<String, String>) -> Result<(Self, Raw), Troubles> {
        let text =
            std::fs::read_to_string(path).map_err(|error| Troubles::of(Trouble::no_file(path, &error)))?;
        let (mut config, raw) = Self::parse(&path.display().to_string(), &text, env)?;
        config.lies_in(path.parent().unwrap_or(Path::new("")));
        Ok((config, raw))
    }

    /// Files are named from where the configuration lies, wherever the program is called from.
    fn lies_in(&mut self, folder: &Path) {
        let tls = self.tls.iter_mut().flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let maybe = [&mut self.root_file, &mut self.look.folder, &mut self.breached].into_iter().flatten();
        let store = match &mut self.store {
            StoreAt::Sqlite(path) => Some(path),
            StoreAt::Postgres(_) => None,
        };
        let ours = [&mut self.beside].into_iter().chain(store).chain(maybe);
        for file in tls.chain(ours) {
            *file = folder.join(&*file);
        }
    }

    /// The same from text.
    pub(crate) fn parse(
        name: &str,
        text: &str,
        env: &BTreeMap<String, String>,
    ) -> Result<(Self, Raw), Troubles> {
        let mut troubles = Troubles::default();
        let raw = Raw::read(name, text, env, &mut troubles);
        let config = typed::typed(&raw, &mut troubles);
        troubles.none()?;
        config.map(|config| (config, raw)).ok_or_else(|| Troubles::of(Trouble::unfinished(name)))
    }
}

#[cfg(test)]
mod tests;
