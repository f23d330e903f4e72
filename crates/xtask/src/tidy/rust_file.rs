//! A Rust file with its code, and which of its lines are tests.

use std::path::Path;

use super::mask::mask;
use crate::repository::TextFile;

/// A Rust file, ready for scanning.
pub(crate) struct RustFile<'f> {
    /// Relative to the root.
    pub(crate) path: &'f str,
    /// The source.
    pub(crate) text: &'f str,
    /// The source without comments and literals, byte for byte in the same place.
    pub(crate) code: String,
    /// Byte ranges of `#[cfg(test)]` items.
    tests: Vec<std::ops::Range<usize>>,
}

impl<'f> RustFile<'f> {
    /// Reads a file; `None` unless it is Rust.
    pub(crate) fn of(file: &'f TextFile) -> Option<Self> {
        let is_rust = Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
        is_rust.then(|| {
            let code = mask(&file.text);
            let tests = test_ranges(&code);
            Self { path: &file.path, text: &file.text, code, tests }
        })
    }

    /// Whether the byte at `offset` is test code: in a test item, or in a file of tests.
    pub(crate) fn is_test(&self, offset: usize) -> bool {
        let test_file = self.path.split('/').any(|part| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs"));
        test_file || self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The line of a byte, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    /// Every place in the code where `needle` stands.
    pub(crate) fn occurrences(&self, needle: &str) -> impl Iterator<Item = usize> {
        self.code.match_indices(needle).map(|(at, _)| at)
    }
}

fn test_ranges(code: &str) -> Vec<std::ops::Range<usize>> {
    let attributes = code.match_indices("#[cfg(test)]");
    attributes.map(|(at, _)| at..at + block_end(&code[at..]).unwrap_or(code.len() - at)).collect()
}

/// The end of the first braced block, or of the first statement that ends before one starts.
pub(crate) fn block_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut nested = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested = nested.saturating_sub(1),
            b';' if depth == 0 && nested == 0 => return Some(at + 1),
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_items_are_told_from_code() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { {} }\n}\nfn c() {}\n".to_owned();
        let file = TextFile { path: "crates/x/src/a.rs".to_owned(), text };
        let rust = RustFile::of(&file).unwrap();
        let is_test = |needle| rust.is_test(rust.occurrences(needle).next().unwrap());
        assert_eq!((is_test("fn a"), is_test("fn b"), is_test("fn c")), (false, true, false));
        assert_eq!(rust.line_of(rust.occurrences("fn c").next().unwrap()), 6);
    }

    #[test]
    fn files_of_tests_are_tests() {
        for (path, test) in
            [("crates/x/tests/a.rs", true), ("crates/x/src/a/tests.rs", true), ("crates/testkit/src/lib.rs", false)]
        {
            let file = TextFile { path: path.to_owned(), text: "fn a() {}".to_owned() };
            assert_eq!(RustFile::of(&file).unwrap().is_test(0), test, "{path}");
        }
    }
}
