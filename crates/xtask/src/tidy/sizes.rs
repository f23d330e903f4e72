//! Sizes of files: median, 95th percentile, maximum.

use crate::problem::Problem;
use crate::repository::TextFile;

/// Lines that half the files may have.
const MEDIAN_LINES: usize = 150;
/// Lines that all but one in twenty may have.
const MOST_LINES: usize = 450;
/// Lines no file may exceed.
const MAX_LINES: usize = 800;

/// Checks source files of every language used here.
pub(crate) fn check(files: &[TextFile]) -> Vec<Problem> {
    let is_source = |file: &&TextFile| [".rs", ".py", ".sh"].iter().any(|ending| file.path.ends_with(ending));
    let mut sizes: Vec<(usize, &str)> =
        files.iter().filter(is_source).map(|file| (file.text.lines().count(), file.path.as_str())).collect();
    sizes.sort_unstable();
    let mut problems = Vec::new();
    if let Some((lines, _)) = sizes.get(sizes.len() / 2)
        && *lines > MEDIAN_LINES
    {
        problems.push(Problem::everywhere(format!("the median file has {lines} lines, over {MEDIAN_LINES}")));
    }
    for (index, (lines, path)) in sizes.iter().rev().enumerate() {
        if *lines > MAX_LINES {
            problems.push(Problem::in_file(path, format!("has {lines} lines, over {MAX_LINES}")));
        } else if *lines > MOST_LINES && (index + 1) * 20 > sizes.len() {
            let what = format!("has {lines} lines: more than one file in twenty is over {MOST_LINES}");
            problems.push(Problem::in_file(path, what));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(lines: &[usize]) -> Vec<TextFile> {
        let file =
            |(index, lines): (usize, &usize)| TextFile { path: format!("{index}.rs"), text: "x\n".repeat(*lines) };
        lines.iter().enumerate().map(file).collect()
    }

    #[test]
    fn sizes_are_held_to_their_bounds() {
        let mut one_big = vec![100; 19];
        one_big.push(451);
        let mut two_big = one_big.clone();
        two_big.extend([451, 100]);
        let cases: &[(&[usize], usize)] = &[
            (&[], 0),
            (&[150, 150, 450], 0),
            (&[151, 151, 100], 1),
            (&one_big, 0),
            (&two_big, 1),
            (&[100, 100, 801], 1),
        ];
        for (lines, problems) in cases {
            assert_eq!(check(&files(lines)).len(), *problems, "{lines:?}");
        }
    }
}
