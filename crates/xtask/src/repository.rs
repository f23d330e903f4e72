//! The repository on disk: its root and its tracked files.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::problem::Problem;

/// The workspace's root, two levels above this crate.
pub(crate) fn root() -> Result<PathBuf, Problem> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(Path::to_path_buf).ok_or_else(|| Problem::everywhere("xtask lies outside a workspace"))
}

/// A tracked text file.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

/// Tracked files, and new ones that are about to be.
const LISTING: [&str; 5] = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];

/// Every tracked or new file that is text.
pub(crate) fn text_files(root: &Path) -> Result<Vec<TextFile>, Problem> {
    let output = Command::new("git").arg("-C").arg(root).args(LISTING).output();
    let output = output.map_err(|error| Problem::everywhere(format!("git ls-files: {error}")))?;
    if !output.status.success() {
        return Err(Problem::everywhere("git ls-files failed: tidy reads tracked files, so it needs a git clone"));
    }
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let read = |path: &str| {
        // A file that is tracked but deleted in the working tree, or binary, has no text to check.
        let text = String::from_utf8(std::fs::read(root.join(path)).ok()?).ok()?;
        Some(TextFile { path: path.to_owned(), text })
    };
    Ok(listing.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect())
}

/// Reads a file below the root.
pub(crate) fn read(root: &Path, path: &str) -> Result<String, Problem> {
    std::fs::read_to_string(root.join(path)).map_err(|error| Problem::in_file(path, error.to_string()))
}
