use super::check;
use crate::finding::Findings;
use std::fs;
use tempfile::TempDir;

const TESTS: &str =
    "#[test]\n#[ignore]\nfn proven() {}\nfn no_test() {}\n\npub(super) fn a_case(rig: &Rig) -> Verdict {}\n";
const SCENARIO: &str = "[[scenario]]\nid = \"played\"\n";
const DOC: &str = "# Plan\n\n## 2. Sessions, in an app\n";

fn checked(rows: &str) -> Findings {
    let folder = TempDir::new().unwrap();
    for part in ["docs", "e2e/scenarios"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    let list = format!("id,level,requirement,lane,answer\n{rows}");
    for (path, text) in [
        ("docs/checklist.csv", list.as_str()),
        ("tests.rs", TESTS),
        ("docs/plan.md", DOC),
        ("e2e/scenarios/one.toml", SCENARIO),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    check(folder.path())
}

#[test]
fn answers_that_exist_are_counted_by_lane() {
    let findings = checked(
        "A1,1,\"one, two\",session,test:tests.rs::proven\nA2,1,x,session,test:tests.rs::a_case scenario:played doc:docs/plan.md#plan\n\
         A3,2,x,docs,doc:docs/plan.md#plan\nA4,2,x,session,test:tests.rs::proven open:docs/plan.md#2-sessions-in-an-app\n",
    );
    assert!(findings.found.is_empty(), "{:?}", findings.found);
    let words: Vec<Vec<&str>> =
        findings.summary.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[1], ["docs", "0", "1", "0"]);
    assert_eq!(words[2], ["session", "2", "0", "1"]);
    assert_eq!(words[3], ["all", "2", "1", "1"]);
}

#[test]
fn answers_that_do_not_exist_are_found() {
    for (answer, reason) in [
        ("", "has no answer"),
        ("test:tests.rs::gone", "no test `gone`"),
        ("scenario:playe", "no scenario `playe`"),
        ("test:tests.rs::no_test", "no test `no_test`"),
        ("test:tests.rs::prove", "no test `prove`"),
        ("test:gone.rs::proven", "there is no gone.rs"),
        ("test:tests.rs", "names no test"),
        ("doc:docs/plan.md#gone", "no heading `#gone`"),
        ("open:docs/plan.md", "names no anchor"),
        ("later:docs/plan.md#plan", "no known form"),
    ] {
        let findings = checked(&format!("A1,1,x,session,{answer}\n"));
        assert_eq!(findings.found.len(), 1, "{answer}: {:?}", findings.found);
        let said = findings.found[0].to_string();
        assert!(
            said.contains(reason) && said.contains("docs/checklist.csv: A1") && said.contains("hint: "),
            "{said}"
        );
    }
    assert_eq!(checked("A1,1,x,a,doc:docs/plan.md#plan\nA1,1,x,a,doc:docs/plan.md#plan\n").found.len(), 1);
}
