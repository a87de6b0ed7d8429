//! Every requirement we answer for has a test, a place in the docs, or an owner who will answer.

use crate::finding::Findings;
use crate::tree::{files, read};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const LIST: &str = "docs/checklist.csv";
const COLUMNS: [&str; 5] = ["id", "level", "requirement", "lane", "answer"];
const FORMS: &str = "answers are `test:FILE::NAME`, `scenario:ID`, `doc:FILE#ANCHOR` or `open:FILE#ANCHOR`, separated by spaces";

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    tested: usize,
    documented: usize,
    open: usize,
}

pub(crate) fn check(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let text = read(&root.join(LIST), &mut findings);
    let mut lanes = BTreeMap::<String, Count>::new();
    let mut seen = BTreeSet::new();
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    if reader.headers().is_ok_and(|headers| headers.iter().ne(COLUMNS)) {
        findings.add(LIST, "other columns than expected", format!("they are {}", COLUMNS.join(",")));
    }
    for record in reader.records() {
        let Ok(record) = record else {
            findings.add(LIST, "a row does not parse", "quote fields that hold commas");
            continue;
        };
        let field = |at: usize| record.get(at).unwrap_or_default();
        let place = format!("{LIST}: {}", field(0));
        if !seen.insert(field(0).to_owned()) {
            findings.add(&place, "stands twice", "keep one row");
        }
        let answers: Vec<_> = field(4).split_whitespace().collect();
        if answers.is_empty() {
            findings.add(&place, "has no answer", FORMS);
        }
        for answer in &answers {
            if let Some(reason) = wrong(root, answer) {
                findings.add(&place, format!("`{answer}`: {reason}"), FORMS);
            }
        }
        let count = lanes.entry(field(3).to_owned()).or_default();
        let has = |form: &str| answers.iter().any(|answer| answer.starts_with(form));
        match (has("open:"), has("test:") || has("scenario:"), has("doc:")) {
            (true, ..) => count.open += 1,
            (false, true, _) => count.tested += 1,
            (false, false, true) => count.documented += 1,
            (false, false, false) => {}
        }
    }
    findings.summary = summary(&lanes);
    findings
}

fn summary(lanes: &BTreeMap<String, Count>) -> String {
    let row = |name: &str, count: &Count| {
        format!("{name:<16}{:>7}{:>7}{:>7}", count.tested, count.documented, count.open)
    };
    let all = lanes.values().fold(Count::default(), |sum, count| Count {
        tested: sum.tested + count.tested,
        documented: sum.documented + count.documented,
        open: sum.open + count.open,
    });
    let mut lines = vec![format!("{:<16}{:>7}{:>7}{:>7}", "checklist", "tested", "docs", "open")];
    lines.extend(lanes.iter().map(|(name, count)| row(name, count)));
    lines.push(row("all", &all));
    lines.join("\n")
}

/// What is wrong with an answer, if anything.
fn wrong(root: &Path, answer: &str) -> Option<String> {
    let (form, rest) = answer.split_once(':')?;
    let text =
        |file: &str| std::fs::read_to_string(root.join(file)).map_err(|_| format!("there is no {file}"));
    match form {
        "test" => {
            let Some((file, name)) = rest.split_once("::") else { return Some("names no test".to_owned()) };
            match text(file) {
                Ok(text) if is_test(&text, name) => None,
                Ok(_) => Some(format!("there is no test `{name}` in {file}")),
                Err(missing) => Some(missing),
            }
        }
        "scenario" => {
            let line = format!("id = \"{rest}\"");
            let is_played = files(&root.join("e2e/scenarios"), "toml").iter().any(|file| {
                std::fs::read_to_string(file).is_ok_and(|text| text.lines().any(|at| at == line))
            });
            (!is_played).then(|| format!("there is no scenario `{rest}` under e2e/scenarios"))
        }
        "doc" | "open" => {
            let Some((file, anchor)) = rest.split_once('#') else {
                return Some("names no anchor".to_owned());
            };
            match text(file) {
                Ok(text) if text.lines().any(|line| anchor_of(line).as_deref() == Some(anchor)) => None,
                Ok(_) => Some(format!("there is no heading `#{anchor}` in {file}")),
                Err(missing) => Some(missing),
            }
        }
        _ => Some("is of no known form".to_owned()),
    }
}

/// A function behind `#[test]`, or a case of the suite.
fn is_test(text: &str, name: &str) -> bool {
    let mut is_attributed = false;
    for line in text.lines().map(str::trim) {
        let declares = |before: &str| {
            let rest = line.strip_prefix(before).and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with('('))
        };
        if declares("pub(super) fn ") || (is_attributed && (declares("fn ") || declares("async fn "))) {
            return true;
        }
        is_attributed =
            matches!(line, "#[test]" | "#[tokio::test]") || (is_attributed && line.starts_with("#["));
    }
    false
}

/// The anchor of a heading, as readers of Markdown make it.
fn anchor_of(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-')
        .collect::<String>();
    Some(kept.replace(' ', "-"))
}

#[cfg(test)]
mod tests;
