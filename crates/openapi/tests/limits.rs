//! Hostile sources: every limit refuses in time, with its own words, and never by running out of stack or memory.

use std::time::{Duration, Instant};

use stagegate_openapi::{ImportError, ImportErrorKind, ImportLimits, ImportOptions, WarningKind, import};

const HEAD: &str = "openapi: 3.0.0\ninfo: {title: t}\n";
const MEBIBYTE: usize = 1 << 20;

fn options(change: impl FnOnce(&mut ImportLimits)) -> ImportOptions {
    let mut options = ImportOptions::default();
    change(&mut options.limits);
    options
}

fn refused(source: &str, options: &ImportOptions) -> ImportError {
    let started = Instant::now();
    let error = import(source.as_bytes(), options).expect_err("a refusal");
    // A debug build takes some ten times what is allowed to a release build.
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    error
}

fn over_limit(source: &str, options: &ImportOptions, words: &str) {
    let error = refused(source, options);
    assert_eq!(error.kind, ImportErrorKind::Limit, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

/// One line for each number below `count`.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// `count` anchors, each repeating the one before it ten times.
fn laughs(count: usize) -> String {
    let level = |below: usize| {
        let aliases = vec![format!("*a{below}"); 10].join(", ");
        format!(
            "x{0}: &a{0} [{aliases}]
",
            below + 1
        )
    };
    format!(
        "{HEAD}x0: &a0 [ha]
{}",
        lines(count, level)
    )
}

#[test]
fn a_source_over_the_size_limit_is_refused_unread() {
    let source = format!("{HEAD}#{}", "x".repeat(100));
    over_limit(&source, &options(|limits| limits.source_bytes = source.len() - 1), "at most");
    assert!(import(source.as_bytes(), &options(|limits| limits.source_bytes = source.len())).is_ok());
}

#[test]
fn nesting_is_bounded_in_json_and_yaml_alike() {
    let nested = |levels: usize| {
        format!(
            "{{\"openapi\":\"3.0.0\",\"info\":{{\"title\":\"t\"}},\"x\":{}{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(import(nested(99).as_bytes(), &ImportOptions::default()).is_ok());
    over_limit(&nested(100), &ImportOptions::default(), "nested more than 100 levels");
    over_limit(&nested(500_000), &options(|limits| limits.depth = u32::MAX), "nested more than 500 levels");
    over_limit(&format!("{HEAD}x: {}", "[".repeat(200)), &ImportOptions::default(), "nested more than 100 levels");
    over_limit(
        &format!("{HEAD}x:\n  {}y", "- ".repeat(500_000)),
        &ImportOptions::default(),
        "nested more than 100 levels",
    );
    let blocks = lines(200, |level| format!("{}a:\n", " ".repeat(level)));
    over_limit(&blocks, &ImportOptions::default(), "nested more than 100 levels");
}

#[test]
fn nesting_counts_what_aliases_repeat() {
    let levels = lines(60, |below| format!("x{0}: &a{0} [[*a{below}]]\n", below + 1));
    let source = format!("{HEAD}x0: &a0 []\n{levels}");
    over_limit(&source, &ImportOptions::default(), "nested more than 100 levels");
}

#[test]
fn aliases_that_multiply_are_refused() {
    assert!(import(laughs(3).as_bytes(), &ImportOptions::default()).is_ok());
    over_limit(&laughs(50), &ImportOptions::default(), "more than 1000000 nodes");
}

#[test]
fn aliases_and_merge_keys_that_repeat_long_text_are_refused() {
    let long = "x".repeat(MEBIBYTE);
    let repeated = format!("{HEAD}a: &a {long}\nb: [{}]\n", vec!["*a"; 100].join(", "));
    over_limit(&repeated, &ImportOptions::default(), "bytes of text");
    let merged = lines(100, |index| format!("m{index}: {{<<: *a}}\n"));
    over_limit(&format!("{HEAD}a: &a {{k: {long}}}\n{merged}"), &ImportOptions::default(), "bytes of text");
}

#[test]
fn references_that_repeat_much_are_refused() {
    let long = "x".repeat(MEBIBYTE);
    let operations = lines(100, |index| {
        format!("  /p{index}: {{get: {{x-amazon-apigateway-integration: {{$ref: '#/x-shared'}}}}}}\n")
    });
    let source =
        format!("{HEAD}paths:\n{operations}x-shared: {{type: mock, requestTemplates: {{application/json: {long}}}}}\n");
    over_limit(&source, &ImportOptions::default(), "bytes of text");
}

#[test]
fn a_long_base_path_is_not_multiplied_by_the_paths() {
    let base = vec!["p".repeat(1_000); 10].join("/");
    let paths = lines(10_000, |index| format!("  /p{index}: {{}}\n"));
    let source = format!("swagger: '2.0'\ninfo: {{title: t}}\nbasePath: /{base}\npaths:\n{paths}");
    let mut options = ImportOptions { basepath: "prepend".parse().expect("a mode"), ..ImportOptions::default() };
    over_limit(&source, &options, "bytes of text");
    options.basepath = "ignore".parse().expect("a mode");
    assert!(import(source.as_bytes(), &options).is_ok());
}

#[test]
fn paths_are_bounded_in_parts_and_bytes() {
    let path =
        |path: &str| format!("{{\"openapi\":\"3.0.0\",\"info\":{{\"title\":\"t\"}},\"paths\":{{\"{path}\":{{}}}}}}");
    over_limit(&path(&"/a".repeat(65)), &ImportOptions::default(), "the path has 65 parts, more than 64");
    over_limit(&path(&format!("/{}", "a".repeat(10_240))), &ImportOptions::default(), "the path has 10241 bytes");
    assert!(import(path(&"/a".repeat(64)).as_bytes(), &ImportOptions::default()).is_ok());
}

#[test]
fn nodes_are_counted_in_plain_json_too() {
    let source = format!("{{\"openapi\":\"3.0.0\",\"x\":[{}0]}}", "0,".repeat(1_500_000));
    over_limit(&source, &ImportOptions::default(), "more than 1000000 nodes");
}

#[test]
fn warnings_are_listed_up_to_a_limit_and_counted_beyond() {
    let operations = lines(50, |index| format!("  /p{index}: {{trace: {{}}}}\n"));
    let source = format!("{HEAD}paths:\n{operations}");
    let imported = import(source.as_bytes(), &options(|limits| limits.warnings = 10)).expect("an import");
    assert_eq!(imported.warnings.len(), 11);
    assert_eq!(imported.warnings[10].message, "40 more warnings are not listed");
    assert!(imported.warnings.iter().all(|warning| warning.kind == WarningKind::Definition));
}

#[test]
fn text_from_the_source_is_shortened_in_messages() {
    let key = "k".repeat(100_000);
    let error =
        refused(&format!("{HEAD}paths: {{'/{key}{{': {{}}}}\n"), &options(|limits| limits.path_bytes = usize::MAX));
    assert!(error.to_string().len() < 1_000, "{} bytes", error.to_string().len());
}

#[test]
fn a_source_that_is_not_utf_8_is_refused_at_the_offending_byte() {
    let mut source = HEAD.as_bytes().to_vec();
    source.extend_from_slice("é: \u{0}".as_bytes());
    source.push(0xff);
    let error = import(&source, &ImportOptions::default()).expect_err("a refusal");
    assert_eq!((error.kind, error.line, error.column), (ImportErrorKind::Syntax, 3, 5));
}

#[test]
fn the_timeout_of_an_integration_is_bounded_only_when_the_caller_says_so() {
    let source = format!(
        "{HEAD}paths: {{/a: {{get: {{x-amazon-apigateway-integration: {{type: mock, timeoutInMillis: 29001}}}}}}}}\n"
    );
    assert!(import(source.as_bytes(), &ImportOptions::default()).is_ok());
    let error = refused(&source, &options(|limits| limits.integration_timeout_ms = Some(29_000)));
    let message =
        "Unable to put integration on 'GET' for resource at path '/a': Timeout should be between 50 ms and 29000 ms";
    assert_eq!(error.message, message);
}

/// A definition of about size megabytes with `count` operations.
fn large(count: usize, template_bytes: usize) -> String {
    let template = "#set($x = $input.path('$'))".repeat(template_bytes / 27);
    let operation = |index: usize| {
        format!(
            "  /resource{index}/{{id}}:\n    get:\n      operationId: op{index}\n      parameters:\n        - {{name: id, in: path, required: true}}\n      \
             responses: {{200: {{description: ok}}}}\n      x-amazon-apigateway-integration:\n        type: http_proxy\n        httpMethod: GET\n        \
             uri: http://backend.example/{index}/{{id}}\n        requestParameters: {{integration.request.path.id: method.request.path.id}}\n        \
             requestTemplates: {{application/json: \"{template}\"}}\n"
        )
    };
    format!("{HEAD}paths:\n{}", lines(count, operation))
}

#[test]
fn six_megabytes_import_in_bounded_time() {
    for (count, template_bytes) in [(11_000, 100), (500, 11_000)] {
        let source = large(count, template_bytes);
        assert!(source.len() > 5 * MEBIBYTE && source.len() <= 6 * MEBIBYTE, "{} bytes", source.len());
        let started = Instant::now();
        let imported = import(source.as_bytes(), &ImportOptions::default()).expect("an import");
        println!("{count} operations in {} bytes: {:?}", source.len(), started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
        assert_eq!(imported.api.paths.len(), count);
    }
}

#[test]
fn shapes_that_are_hard_to_scan_are_refused_or_imported_in_bounded_time() {
    let size = 2 * MEBIBYTE;
    let shapes = [
        ("open brackets", format!("x: {}", "[".repeat(size))),
        ("open braces", "{".repeat(size)),
        ("flow pairs", format!("x: [{}]", "a: b, ".repeat(size / 6 - 10))),
        ("dashes", "- ".repeat(size / 2)),
        ("question marks", "? ".repeat(size / 2)),
        ("colons", ": ".repeat(size / 2)),
        ("one plain scalar", format!("x: {}", "a ".repeat(size / 2 - 4))),
        ("plain scalar over lines", format!("x: {}", "a\n  ".repeat(size / 4 - 4))),
        ("quotes never closed", format!("x: \"{}", "a".repeat(size - 8))),
        ("anchors", "&a ".repeat(size / 3)),
        ("anchored items", format!("x: [{}]", lines(size / 16, |index| format!("&a{index} b, ")))),
        ("block scalar", format!("x: |\n{}", "  a\n".repeat(size / 4 - 4))),
        ("comments", "# a\n".repeat(size / 4)),
        ("blank lines", "\n".repeat(size)),
        ("tags", "!a ".repeat(size / 3)),
        ("directives", "%TAG ! tag:a,2000:\n".repeat(size / 20)),
        ("documents", "---\n".repeat(size / 4)),
        ("spaces", " ".repeat(size)),
        ("tabs", "\t".repeat(size)),
        ("one key", format!("{}: a", "k".repeat(size - 10))),
        ("deep json path", format!("{{\"a\":{}", "[[[[\"".repeat(size / 5 - 5))),
    ];
    for (name, source) in shapes {
        let started = Instant::now();
        let outcome = import(source.as_bytes(), &ImportOptions::default());
        println!("{name}: {:?} {}", started.elapsed(), outcome.is_err());
        assert!(started.elapsed() < Duration::from_secs(30), "{name} took {:?}", started.elapsed());
    }
}
