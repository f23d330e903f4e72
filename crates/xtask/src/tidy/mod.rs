//! `xtask tidy`: the house rules that a compiler does not check.

mod functions;
mod imports;
mod manifest;
mod mask;
mod names;
mod rust_file;
mod sizes;
mod words;

use std::path::Path;

use crate::problem::Problem;
use crate::repository::{TextFile, text_files};
use rust_file::RustFile;

/// Runs every check over the tracked and the new files.
pub(crate) fn check(root: &Path) -> Result<Vec<Problem>, Problem> {
    Ok(check_files(&text_files(root)?))
}

fn check_files(files: &[TextFile]) -> Vec<Problem> {
    let rust: Vec<RustFile<'_>> = files.iter().filter_map(RustFile::of).collect();
    let mut problems = sizes::check(files);
    problems.extend(functions::check(&rust));
    problems.extend(names::check(files));
    problems.extend(words::check_files(files));
    problems.extend(rust.iter().flat_map(words::check_rust));
    problems.extend(rust.iter().filter_map(opening_sentence));
    problems.extend(imports::check(files, &rust));
    problems.sort_by(|a, b| (&a.file, a.line, &a.what).cmp(&(&b.file, b.line, &b.what)));
    problems
}

/// Every Rust file opens with a sentence that says what it is.
fn opening_sentence(file: &RustFile<'_>) -> Option<Problem> {
    let first = file.text.lines().next().unwrap_or_default();
    let said = first.strip_prefix("//! ").is_some_and(|sentence| !sentence.trim().is_empty());
    (!said).then(|| Problem::at(file.path, 1, "does not open with a `//!` sentence"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_without_its_sentence_is_found() {
        for (text, problems) in
            [("//! What it is.\n", 0), ("", 1), ("//!\n", 1), ("// A comment.\n", 1), ("use x;\n//! Late.\n", 1)]
        {
            assert_eq!(check_files(&[file("crates/model/src/x.rs", text)]).len(), problems, "{text:?}");
        }
    }

    #[test]
    fn problems_of_every_check_are_reported_in_order() {
        let bad = [
            file("crates/model/src/utils.rs", "fn f() { x.unwrap(); }\n"),
            file(
                "crates/gateway/Cargo.toml",
                "[package]\nname = \"g\"\n[dependencies]\nstagegate-model.workspace = true\n",
            ),
        ];
        let found: Vec<String> = check_files(&bad).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[0].starts_with("crates/gateway/Cargo.toml"), "{found:#?}");
    }
}
