//! A world around the program in which a test sets the clock and fills the disk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The shim, made once for all tests.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let made_here = folder.join(format!("shim-{}.so", std::process::id()));
        let source = made_here.with_extension("c");
        std::fs::write(&source, include_str!("shim.c")).unwrap();
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&made_here)
            .arg(&source)
            .arg("-ldl")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::remove_file(source).unwrap();
        // Others may be making it too: one is as good as another.
        let library = folder.join("shim.so");
        std::fs::rename(made_here, &library).unwrap();
        library
    })
}

pub(crate) struct World(TempDir);

impl World {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// What a program is started with to live in it.
    pub(crate) fn env(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", shim().to_owned()), ("WORLD", self.0.path().to_owned())]
    }

    /// The wall clock is so many seconds off from now on.
    pub(crate) fn set_clock(&self, seconds: i64) {
        let (new, clock) = (self.0.path().join("new"), self.0.path().join("clock"));
        std::fs::write(&new, seconds.to_string()).unwrap();
        std::fs::rename(new, clock).unwrap();
    }

    /// Whether the disk is full.
    pub(crate) fn set_full(&self, is_full: bool) {
        let file = self.0.path().join("full");
        match is_full {
            true => std::fs::write(file, "").unwrap(),
            false => std::fs::remove_file(file).unwrap(),
        }
    }
}
