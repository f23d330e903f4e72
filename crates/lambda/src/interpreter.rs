//! Interpreters: found on the search path, asked where they really are, and looked for again when they are not there.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::runtime::Runtime;

/// The interpreters of a search path.
#[derive(Debug)]
pub(crate) struct Interpreters {
    search_path: OsString,
    found: Mutex<HashMap<String, PathBuf>>,
}

impl Interpreters {
    pub(crate) fn new(search_path: OsString) -> Self {
        Self { search_path, found: Mutex::default() }
    }

    /// The interpreter of a runtime, or the name of the program that is not there; none for a runtime that needs none. Looking for
    /// it may block.
    pub(crate) fn of(&self, runtime: &Runtime) -> Result<Option<PathBuf>, &'static str> {
        match runtime {
            Runtime::Python { minor } => self.python(*minor).map(Some).ok_or("python3"),
            Runtime::Node { .. } => self.node().map(Some).ok_or("node"),
            Runtime::Provided { .. } => Ok(None),
        }
    }

    pub(crate) fn search_path(&self) -> String {
        self.search_path.to_string_lossy().into_owned()
    }

    /// `python3.{minor}`, or whatever `python3` is there.
    fn python(&self, minor: u16) -> Option<PathBuf> {
        let ask = ["-c", "import sys; print(sys.executable)"];
        self.find(&format!("python3.{minor}"), &ask).or_else(|| self.find("python3", &ask))
    }

    /// Whatever `node` is there.
    fn node(&self) -> Option<PathBuf> {
        self.find("node", &["-p", "process.execPath"])
    }

    /// Finds a program and the file behind it: what lies on a path may be a script of a version manager, which needs an
    /// environment that functions do not have.
    fn find(&self, name: &str, ask: &[&str]) -> Option<PathBuf> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        // It may have been removed since, or replaced by another version.
        if let Some(path) = known.filter(|path| is_executable(path)) {
            return Some(path);
        }
        let path = std::env::split_paths(&self.search_path)
            .map(|folder| folder.join(name))
            .filter(|path| is_executable(path))
            .find_map(|path| really(&path, ask, &self.search_path))?;
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), path.clone());
        Some(path)
    }
}

pub(crate) fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

fn really(path: &Path, ask: &[&str], search_path: &OsString) -> Option<PathBuf> {
    let mut command = Command::new(path);
    command.args(ask).env("PATH", search_path).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    let answer = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    (answer.is_absolute() && is_executable(&answer)).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(folder: &Path, name: &str, text: &str) {
        std::fs::write(folder.join(name), format!("#!/bin/sh\n{text}\n")).expect("written");
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).expect("allowed");
    }

    #[test]
    fn the_exact_version_is_preferred_and_broken_ones_are_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        script(folder.path(), "python3", "echo /bin/sh");
        script(folder.path(), "python3.9", "exit 127");
        script(folder.path(), "python3.12", "echo /bin/cat");
        let interpreters = Interpreters::new(folder.path().into());
        assert_eq!(interpreters.python(12), Some("/bin/cat".into()));
        assert_eq!(interpreters.python(9), Some("/bin/sh".into()));
        assert_eq!(interpreters.python(99), Some("/bin/sh".into()));
        assert_eq!(interpreters.node(), None);
    }
}
