//! Files stay small: none over 600 lines, nine in ten under 400.

use crate::finding::Findings;
use crate::tree::{files, read, said};
use std::path::Path;

const MOST: usize = 600;
const LARGE: usize = 400;

pub(crate) fn check(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let mut large = Vec::new();
    let (mut count, mut lines_in_all) = (0, 0);
    for path in files(root, "rs") {
        let lines = read(&path, &mut findings).lines().count();
        (count, lines_in_all) = (count + 1, lines_in_all + lines);
        let place = said(root, &path);
        if lines > MOST {
            findings.add(
                &place,
                format!("{lines} lines, {MOST} at most"),
                "give each idea a file of its own",
            );
        }
        if lines >= LARGE {
            large.push(place);
        }
    }
    if large.len() * 10 > count {
        let reason = format!("{} of {count} files have {LARGE} lines or more, a tenth at most", large.len());
        findings.add(large.join(", "), reason, "split the largest first");
    }
    findings.summary =
        format!("sizes: {count} files, {lines_in_all} lines, {} of {LARGE} or more", large.len());
    findings
}

#[cfg(test)]
mod tests;
