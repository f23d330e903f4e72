//! Sizes of functions, by counting braces.

use super::rust_file::{RustFile, block_end};
use crate::problem::Problem;

/// Lines that 95 % of functions may have.
const MOST_LINES: usize = 40;
/// Lines that 99 % of functions may have.
const MAX_LINES: usize = 70;

/// A function's place and length.
struct Function {
    path: String,
    line: usize,
    lines: usize,
}

/// Checks all functions together: shares, not single ones.
pub(crate) fn check(files: &[RustFile<'_>]) -> Vec<Problem> {
    let mut functions: Vec<Function> = files.iter().flat_map(functions_of).collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.lines));
    let mut problems = over(&functions, MAX_LINES, 100);
    if problems.is_empty() {
        problems = over(&functions, MOST_LINES, 20);
    }
    problems
}

/// The functions over `limit` lines, when they are more than one in `share`.
fn over(functions: &[Function], limit: usize, share: usize) -> Vec<Problem> {
    let over = functions.iter().take_while(|function| function.lines > limit).count();
    if over * share <= functions.len() {
        return Vec::new();
    }
    let problem = |function: &Function| {
        let what = format!("a function of {} lines: more than one in {share} is over {limit}", function.lines);
        Problem::at(&function.path, function.line, what)
    };
    functions[..over].iter().map(problem).collect()
}

fn functions_of(file: &RustFile<'_>) -> Vec<Function> {
    let starts_word = |at: &usize| at.checked_sub(1).is_none_or(|before| !is_word(file.code.as_bytes()[before]));
    let function = |at: usize| {
        let body = &file.code[at..at + block_end(&file.code[at..])?];
        // A signature without a body, in a trait, has no length.
        body.ends_with('}').then(|| Function {
            path: file.path.to_owned(),
            line: file.line_of(at),
            lines: body.lines().count(),
        })
    };
    file.occurrences("fn ").filter(starts_word).filter_map(function).collect()
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::TextFile;

    fn lengths(text: &str) -> Vec<usize> {
        let file = TextFile { path: "x.rs".to_owned(), text: text.to_owned() };
        functions_of(&RustFile::of(&file).unwrap()).iter().map(|function| function.lines).collect()
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_last_brace() {
        let cases: &[(&str, &[usize])] = &[
            ("fn a() {}", &[1]),
            ("pub fn a(\n    x: [u8; 3],\n) -> u8 {\n    x[0]\n}\n", &[5]),
            ("trait T {\n    fn a();\n    fn b() {\n    }\n}", &[2]),
            ("fn a() {\n    fn b() {}\n    \"{\"; // {\n}", &[4, 1]),
            ("let often = 1;", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(lengths(text), *expected, "{text}");
        }
    }

    #[test]
    fn one_long_function_among_few_is_found() {
        let long = |lines: usize| format!("fn long() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        let problems = |text: String| {
            let file = TextFile { path: "x.rs".to_owned(), text };
            check(&[RustFile::of(&file).unwrap()]).len()
        };
        assert_eq!(problems(long(40)), 0);
        assert_eq!(problems(long(41)), 1);
        assert_eq!(problems("fn a() {}\n".repeat(19) + &long(41)), 0);
        assert_eq!(problems("fn a() {}\n".repeat(19) + &long(71)), 1);
        assert_eq!(problems("fn a() {}\n".repeat(99) + &long(71)), 0);
    }
}
