//! What holds for every path and every document.

use proptest::prelude::*;
use serde_json::{Value, json};
use stagegate_jsonpath::{Budget, EvalError, Found, Path};

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c$@'\\\\]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Texts that are paths more often than chance has it.
fn paths() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        ".a",
        ".b",
        "['c']",
        "['a','b']",
        "[0]",
        "[-1]",
        "[0,1]",
        "[1:]",
        "[:-1]",
        "[-2:1]",
        "[*]",
        ".*",
        "..",
        "..a",
        "..*",
        "[?(@.a)]",
        "[?(!@.b)]",
        "[?(@ > 1)]",
        "[?(@.a == $.b)]",
        "[?(@.a in $.c)]",
        "[?(@.a contains 'a')]",
        "[?(@.a =~ /a.*/i)]",
        "[?(@..a empty true || @ size 1)]",
        ".length()",
        ".sum()",
        ".first()",
        ".keys()",
        ".append(1)",
        ".concat($..a)",
        "[?(@",
        "]",
        "(",
        ")",
        "'",
        "\"",
        "\\",
        " ",
        "é",
        "&&",
        "!",
    ]);
    prop::collection::vec(part, 0..8).prop_map(|parts| format!("${}", parts.concat()))
}

/// A member's name or an element's index.
#[derive(Debug, Clone)]
enum Part {
    Name(String),
    Index(usize),
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof!["[a-c]".prop_map(Part::Name), (0..4_usize).prop_map(Part::Index)];
    prop::collection::vec(part, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_parses_or_is_refused_within_itself(text in "\\PC{0,40}") {
        if let Err(error) = Path::parse(&text) {
            prop_assert!(error.offset <= text.len(), "{error} in {text:?}");
        }
    }

    #[test]
    fn an_evaluation_ends_within_its_budget(path in paths(), document in documents()) {
        let Ok(path) = Path::parse(&path) else { return Ok(()) };
        let budget = Budget { max_steps: 5_000, max_results: 100, max_depth: 64 };
        match path.evaluate(&document, &budget) {
            Ok(Found::Many(values)) => prop_assert!(!path.is_definite() && values.len() <= 100),
            Ok(Found::One(_)) => prop_assert!(path.is_definite()),
            Ok(Found::Missing) | Err(_) => {}
        }
    }

    #[test]
    fn a_definite_path_leads_where_a_json_pointer_does(parts in parts(), document in documents()) {
        let written = |part: &Part| match part {
            Part::Name(name) => format!("['{name}']"),
            Part::Index(index) => format!("[{index}]"),
        };
        let path = format!("${}", parts.iter().map(written).collect::<Vec<_>>().concat());
        let mut expected = Some(&document);
        for part in &parts {
            expected = expected.and_then(|value| match part {
                Part::Name(name) => value.as_object().and_then(|_| value.pointer(&format!("/{name}"))),
                Part::Index(index) => value.as_array().and_then(|_| value.pointer(&format!("/{index}"))),
            });
        }
        let found = Path::parse(&path).expect("the path is well formed").evaluate(&document, &Budget::default());
        let found = found.expect("the path is short").into_value();
        prop_assert_eq!(found.as_ref(), expected);
    }
}

/// A list in a list, `depth` times.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| Value::Array(vec![inner]))
}

#[test]
fn a_document_deeper_than_the_budget_is_an_error() {
    let path = Path::parse("$..[*]").expect("the path is well formed");
    let budget = Budget::default();
    assert_eq!(path.evaluate(&nested(2_000), &budget), Err(EvalError::Depth(budget.max_depth)));
    assert!(path.evaluate(&nested(100), &budget).is_ok());
}

#[test]
fn a_path_that_multiplies_its_finds_runs_out_of_budget() {
    let row = Value::Array(vec![json!(1); 50]);
    let document = Value::Array(vec![row; 50]);
    let path = Path::parse("$..*..*..*[?(@ in $..*)]").expect("the path is well formed");
    let budget = Budget { max_steps: 10_000, ..Budget::default() };
    assert_eq!(path.evaluate(&document, &budget), Err(EvalError::Steps(10_000)));
    let path = Path::parse("$[*][*]").expect("the path is well formed");
    let budget = Budget { max_results: 100, ..Budget::default() };
    assert_eq!(path.evaluate(&document, &budget), Err(EvalError::Results(100)));
}

#[test]
fn long_and_deep_paths_are_refused() {
    let brackets = format!("$[?({}@.a{})]", "(".repeat(5_000), ")".repeat(5_000));
    let negations = format!("$[?({}(@.a))]", "!".repeat(5_000));
    let filters = format!("${}{}", "[?(@".repeat(2_000), ")]".repeat(2_000));
    let calls = format!("$.{}1{}", "sum($.".repeat(1_000), ")".repeat(1_000));
    let json = format!("$[?(@ == {}{})]", "[".repeat(5_000), "]".repeat(5_000));
    for path in [brackets, negations, filters, calls, json, ".a".repeat(200), "a".repeat(20_000)] {
        assert!(Path::parse(&path).is_err(), "{}", &path[..20]);
    }
}

#[test]
fn patterns_only_java_knows_are_refused_by_name() {
    for (pattern, word) in [
        ("(?=a)b", "look-ahead"),
        ("(?<!a)b", "look-behind"),
        ("(a)\\1", "back-reference"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        ("(a{1000}){1000}", "does not compile"),
    ] {
        let error = Path::parse(&format!("$[?(@ =~ /{pattern}/)]")).expect_err("the pattern is refused");
        assert!(error.message.contains(word), "{pattern}: {error}");
        assert_eq!(error.offset, 9, "{pattern}: {error}");
    }
}
