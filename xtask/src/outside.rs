//! An app written from the README alone, in a workspace of its own: it builds, runs, and does what the README says. And
//! programs that must not build, with what the compiler says of them.

mod browse;

use crate::finding::Findings;
use browse::Browser;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const README: &str = "README.md";
const HINT: &str = "do what the README says in an empty folder";

pub(crate) fn check(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("outside");
    let told = match written(root, &folder) {
        Ok(outside) => {
            if let Err(reason) = outside.runs() {
                findings.add(README, reason, HINT);
            }
            outside.refused(root, &mut findings)
        }
        Err(reason) => {
            findings.add(README, reason, HINT);
            0
        }
    };
    findings.summary = format!("outside: an app from the README, and {told} programs that must not build");
    findings
}

struct Outside {
    folder: PathBuf,
    port: u16,
}

/// The first block of a language in the README, as it stands there.
fn block<'a>(readme: &'a str, language: &str) -> Result<&'a str, String> {
    let start = format!("\n```{language}\n");
    let (_, after) = readme.split_once(&start).ok_or_else(|| format!("it has no block of {language}"))?;
    after.split_once("\n```").map(|(block, _)| block).ok_or_else(|| "a block has no end".to_owned())
}

/// Writes the app: the dependencies and the program of the README, at a free port.
fn written(root: &Path, folder: &Path) -> Result<Outside, String> {
    let said = |error: std::io::Error| error.to_string();
    let readme = fs::read_to_string(root.join(README)).map_err(said)?;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(said)?.port();
    let ours = block(&readme, "toml")?.replace("…", &root.display().to_string());
    let manifest = format!(
        "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n{ours}\n"
    );
    let program = block(&readme, "rust,no_run")?.replace("3000", &port.to_string());
    let _none_yet = fs::remove_dir_all(folder.join("src"));
    let _none_yet = fs::remove_dir_all(folder.join("run"));
    fs::create_dir_all(folder.join("src/bin")).map_err(said)?;
    fs::create_dir_all(folder.join("run")).map_err(said)?;
    fs::write(folder.join("Cargo.toml"), manifest).map_err(said)?;
    fs::write(folder.join("src/main.rs"), program).map_err(said)?;
    // The versions that everything else here is tested with.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(said)?;
    Ok(Outside { folder: folder.to_owned(), port })
}

impl Outside {
    fn build(&self, program: &str) -> Result<std::process::Output, String> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--color=never", "--bin", program]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.folder.join("target")).output().map_err(|error| error.to_string())
    }

    /// Builds the app, starts it in a folder of its own, and goes there.
    fn runs(&self) -> Result<(), String> {
        let built = self.build("outside")?;
        if !built.status.success() {
            return Err(format!("its app does not build:\n{}", String::from_utf8_lossy(&built.stderr)));
        }
        let mut app = Command::new(self.folder.join("target/debug/outside"));
        let app = app.current_dir(self.folder.join("run")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut app = app.spawn().map_err(|error| error.to_string())?;
        let seen = self.looks_right(&mut app);
        let _gone_already = app.kill();
        let _gone_already = app.wait();
        seen
    }

    fn looks_right(&self, app: &mut Child) -> Result<(), String> {
        let mut browser = Browser::at(self.port, app)?;
        for visit in ["visit 1.", "visit 2."] {
            browser.get("/")?.must_say(visit)?;
        }
        let page = browser.get("/")?;
        browser.post("/bye", "")?.must_say("303")?;
        browser.post("/bye", &format!("_csrf={}", page.token()))?.must_say("Durable")?;
        browser.get("/")?.must_say("visit 1.")
    }

    /// Builds each program that must not build. Answers how many there are.
    fn refused(&self, root: &Path, findings: &mut Findings) -> usize {
        let shelf = root.join("xtask/outside");
        let mut programs: Vec<_> =
            fs::read_dir(&shelf).into_iter().flatten().flatten().map(|file| file.path()).collect();
        programs.sort();
        if programs.is_empty() {
            findings.add(
                shelf.display(),
                "there is no program",
                "put the programs that must not build there",
            );
        }
        for program in &programs {
            if let Err(reason) = self.is_refused(program) {
                findings.add(
                    program.display(),
                    reason,
                    "say in it what the compiler says, in lines of `//! says: `",
                );
            }
        }
        programs.len()
    }

    fn is_refused(&self, program: &Path) -> Result<(), String> {
        let said = |error: std::io::Error| error.to_string();
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(program).map_err(said)?;
        let place = self.folder.join("src/bin").join(format!("{name}.rs"));
        fs::write(&place, &text).map_err(said)?;
        let built = self.build(&name)?;
        fs::remove_file(&place).map_err(said)?;
        let heard = String::from_utf8_lossy(&built.stderr);
        if built.status.success() {
            return Err("it builds".to_owned());
        }
        let expected: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("//! says: ")).collect();
        match expected.iter().find(|words| !heard.contains(**words)) {
            Some(words) => Err(format!("the compiler does not say {words:?}, but:\n{heard}")),
            None if expected.is_empty() => Err("it says nothing of what is expected".to_owned()),
            None => Ok(()),
        }
    }
}
