use super::check;
use std::fs;
use tempfile::TempDir;

fn found(lines: &[usize]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("target")).unwrap();
    fs::write(folder.path().join("target/generated.rs"), "\n".repeat(9_000)).unwrap();
    for (number, lines) in lines.iter().enumerate() {
        fs::write(folder.path().join(format!("file-{number}.rs")), "//\n".repeat(*lines)).unwrap();
    }
    check(folder.path()).found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_may_be_six_hundred_lines_long_and_no_longer() {
    let mut lines = vec![10; 10];
    lines.push(600);
    assert_eq!(found(&lines), Vec::<String>::new());
    lines.push(601);
    let found = found(&lines);
    assert!(found[0].contains("file-11.rs: 601 lines"), "{found:?}");
}

#[test]
fn one_in_ten_may_be_large_and_no_more() {
    let mut lines = vec![10; 18];
    lines.extend([400, 400]);
    assert_eq!(found(&lines), Vec::<String>::new());
    lines.extend([400]);
    assert!(found(&lines)[0].contains("3 of 21 files"));
}
