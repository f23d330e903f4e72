//! Every case of `templates/` renders as Apache Velocity 1.7 rendered it, save the differences that are explained.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use stagegate_vtl::{Budget, Context, Options, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The named parts of a file.
fn parts(text: &str) -> Vec<(String, String)> {
    let text = format!("\n{text}");
    let parts = text.split("\n=== ").filter(|part| !part.trim().is_empty());
    parts.map(|part| part.split_once('\n').unwrap()).map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

fn render(prelude: &Template, source: &str) -> String {
    let mut context = Context::new();
    let options = Options { budget: Budget { macro_depth: 20, ..Budget::default() }, ..Options::default() };
    prelude.render(&mut context, &options, &mut String::new()).unwrap();
    let Ok(template) = Template::parse(source) else { return "!refused".to_owned() };
    let mut output = String::new();
    match template.render(&mut context, &options, &mut output) {
        Ok(()) => output,
        Err(_) => "!failed".to_owned(),
    }
}

#[test]
fn templates_render_as_apache_velocity_renders_them() {
    let prelude = Template::parse(&read(&folder().join("prelude.vm"))).unwrap();
    let table = read(&folder().join("differences.txt"));
    let explained: BTreeMap<&str, &str> =
        table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect();
    let mut differing = BTreeSet::new();
    let (mut cases, mut report) = (0, Vec::new());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "cases")) {
        let expected = read(&file.with_extension("expected"));
        let expected: BTreeMap<_, _> = parts(expected.strip_suffix('\n').unwrap()).into_iter().collect();
        let topic = file.file_stem().unwrap().to_string_lossy();
        for (name, source) in parts(&read(file)) {
            cases += 1;
            let (ours, theirs) = (render(&prelude, &source), &expected[&name]);
            let id = format!("{topic}/{name}");
            if ours == *theirs {
                continue;
            }
            if !explained.contains_key(id.as_str()) {
                report.push(format!("{id}\n  source {source:?}\n  theirs {theirs:?}\n  ours   {ours:?}\n"));
            }
            differing.insert(id);
        }
    }
    assert!(cases > 900, "{cases}");
    assert!(report.is_empty(), "{}", report.concat());
    let same: Vec<_> = explained.keys().filter(|id| !differing.contains(**id)).collect();
    assert!(same.is_empty(), "explained, but no difference: {same:?}");
}
