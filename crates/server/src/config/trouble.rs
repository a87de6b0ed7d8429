//! What is wrong with a configuration: where, why, and what to do.

use core::fmt;
use std::path::Path;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Its code, which never changes.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) what: String,
    /// Where: the file, the line and the column, and the line as far as it may be shown; or the variable.
    pub(crate) place: Place,
    /// What to do.
    pub(crate) hint: String,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the file as a whole.
    File(String),
    /// At a line and a column of it.
    Line {
        /// The file.
        file: String,
        /// The line, from one.
        line: usize,
        /// The column, from one.
        column: usize,
        /// How many characters of it.
        width: usize,
        /// The line as far as it may be shown.
        shown: String,
    },
    /// In a variable of the environment.
    Variable(String),
}

impl Trouble {
    pub(crate) fn no_file(path: &Path, error: &std::io::Error) -> Self {
        Self {
            code: "CK1001",
            what: format!("the configuration cannot be read: {error}"),
            place: Place::File(path.display().to_string()),
            hint: "name it with -c FILE, or write one with `cloakroom init`".to_owned(),
        }
    }

    pub(crate) fn unfinished(name: &str) -> Self {
        Self {
            code: "CK1001",
            what: "the configuration is not complete".to_owned(),
            place: Place::File(name.to_owned()),
            hint: "`cloakroom check` says what is missing".to_owned(),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.what)?;
        match &self.place {
            Place::File(file) => writeln!(f, "  --> {file}")?,
            Place::Variable(name) => writeln!(f, "  --> the environment variable {name}")?,
            Place::Line { file, line, column, width, shown } => {
                let number = line.to_string();
                let margin = " ".repeat(number.len());
                writeln!(f, "{margin} --> {file}:{line}:{column}")?;
                writeln!(f, "{margin} |")?;
                writeln!(f, "{number} | {shown}")?;
                writeln!(
                    f,
                    "{margin} | {}{}",
                    " ".repeat(column.saturating_sub(1)),
                    "^".repeat((*width).max(1))
                )?;
            }
        }
        write!(f, "hint: {}", self.hint)
    }
}

/// Everything that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Troubles(pub(crate) Vec<Trouble>);

impl Troubles {
    pub(crate) fn of(trouble: Trouble) -> Self {
        Self(vec![trouble])
    }

    pub(crate) fn add(&mut self, trouble: Trouble) {
        self.0.push(trouble);
    }

    pub(crate) fn none(&self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self.clone()) }
    }
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, trouble) in self.0.iter().enumerate() {
            if number > 0 {
                writeln!(f, "\n")?;
            }
            write!(f, "{trouble}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Troubles {}
