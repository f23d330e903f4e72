//! Names of files and folders that say nothing.

use crate::problem::Problem;
use crate::repository::TextFile;

/// Names that are not names.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

/// Checks every part of every path.
pub(crate) fn check(files: &[TextFile]) -> Vec<Problem> {
    let bad = |file: &&TextFile| {
        file.path.split('/').any(|part| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default()))
    };
    let problem = |file: &TextFile| Problem::in_file(&file.path, "has a name that says nothing");
    files.iter().filter(bad).map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_in_files_and_folders() {
        for (path, problems) in [
            ("crates/model/src/utils.rs", 1),
            ("crates/common/src/lib.rs", 1),
            ("tests/helpers/x.py", 1),
            ("crates/model/src/utilsation.rs", 0),
            ("crates/model/src/keys.rs", 0),
        ] {
            let file = TextFile { path: path.to_owned(), text: String::new() };
            assert_eq!(check(&[file]).len(), problems, "{path}");
        }
    }
}
