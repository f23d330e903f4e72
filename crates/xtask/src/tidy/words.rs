//! Words that must not be committed.

use super::rust_file::RustFile;
use crate::problem::Problem;
use crate::repository::TextFile;

/// What no tracked file may say: places that exist on one machine only, and hosts that a mirror may stand for.
/// Each is spelled in two halves, so that this file does not say it either.
const EVERYWHERE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.npm", "js.org"),
    concat!("--index", "-url"),
];

/// Marks of unfinished work.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// What code outside tests may not call.
const CALLS: &[&str] = &[".unwrap()", "todo!(", "unimplemented!(", "panic!(", "dbg!("];

/// Checks every tracked file.
pub(crate) fn check_files(files: &[TextFile]) -> Vec<Problem> {
    let in_line = |file: &TextFile, (index, line): (usize, &str)| {
        let said = EVERYWHERE.iter().find(|word| line.contains(**word))?;
        Some(Problem::at(&file.path, index + 1, format!("says `{said}`")))
    };
    let in_file = |file: &TextFile| -> Vec<Problem> {
        file.text.lines().enumerate().filter_map(|line| in_line(file, line)).collect()
    };
    files.iter().flat_map(in_file).collect()
}

/// Checks one Rust file: unfinished marks anywhere, calls outside tests.
pub(crate) fn check_rust(file: &RustFile<'_>) -> Vec<Problem> {
    let unfinished = UNFINISHED.iter().flat_map(|word| file.text.match_indices(word));
    let calls = CALLS.iter().flat_map(|call| file.code.match_indices(call)).filter(|(at, call)| {
        let inside_word = at.checked_sub(1).is_some_and(|before| {
            let byte = file.code.as_bytes()[before];
            !call.starts_with('.') && (byte.is_ascii_alphanumeric() || byte == b'_')
        });
        !inside_word && !file.is_test(*at)
    });
    unfinished
        .chain(calls)
        .map(|(at, word)| Problem::at(file.path, file.line_of(at), format!("says `{word}`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust_problems(path: &str, text: &str) -> usize {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check_rust(&RustFile::of(&file).unwrap()).len()
    }

    #[test]
    fn forbidden_calls_are_found_outside_tests_only() {
        let source = "crates/x/src/a.rs";
        let test = "#[cfg(test)]\nmod tests { fn f() { x.unwrap(); } }";
        for (path, text, problems) in [
            (source, "fn f() { x.unwrap(); }", 1),
            (source, "fn f() { x.unwrap_or(1); }", 0),
            (source, "fn f() { todo!() }", 1),
            (source, "fn f() { panic!(\"x\") }", 1),
            (source, "fn f() { my_panic!(\"x\") }", 0),
            (source, "// x.unwrap()\nconst X: &str = \".unwrap()\";", 0),
            (source, test, 0),
            ("crates/x/tests/a.rs", "fn f() { x.unwrap(); }", 0),
        ] {
            assert_eq!(rust_problems(path, text), problems, "{text}");
        }
    }

    #[test]
    fn unfinished_work_is_found_in_comments_too() {
        for word in UNFINISHED {
            assert_eq!(rust_problems("crates/x/src/a.rs", &format!("// {word} later")), 1, "{word}");
        }
    }

    #[test]
    fn places_and_hosts_are_found_in_any_file() {
        for word in EVERYWHERE {
            let file = TextFile { path: "docs/a.md".to_owned(), text: format!("fine\nsee {word}x\n") };
            let found = check_files(&[file]);
            assert_eq!(found.len(), 1, "{word}");
            assert_eq!(found[0].line, 2);
        }
    }
}
