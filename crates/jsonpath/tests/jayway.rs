//! What Jayway answers for several hundred paths, and what this crate answers.

use serde_json::{Map, Value};
use stagegate_jsonpath::{Budget, Path};

const CASES: [(&str, &str); 4] = [
    ("paths", include_str!("cases/paths.json")),
    ("filters", include_str!("cases/filters.json")),
    ("functions", include_str!("cases/functions.json")),
    ("store", include_str!("cases/store.json")),
];
const DIFFERENCES: &str = include_str!("cases/differences.json");

/// An outcome in the form of the case files.
fn outcome(path: &str, document: &Value) -> Map<String, Value> {
    let mut outcome = Map::new();
    let mut is = |name: &str, value: Value| outcome.insert(name.to_owned(), value);
    match Path::parse(path) {
        Err(_) => drop(is("refused", Value::Bool(true))),
        Ok(parsed) => {
            is("definite", Value::Bool(parsed.is_definite()));
            match parsed.evaluate(document, &Budget::default()) {
                Ok(found) => match found.into_value() {
                    Some(value) => drop(is("value", value)),
                    None => drop(is("missing", Value::Bool(true))),
                },
                Err(_) => drop(is("error", Value::Bool(true))),
            }
        }
    }
    outcome
}

fn differences() -> Vec<Value> {
    serde_json::from_str(DIFFERENCES).expect("the differences are a JSON list")
}

#[test]
fn paths_answer_as_jayway_does_save_for_the_recorded_differences() {
    let differences = differences();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (name, text) in CASES {
        let file: Value = serde_json::from_str(text).expect("a case file is JSON");
        for case in file["cases"].as_array().expect("a case file lists cases") {
            let path = case["path"].as_str().expect("a case has a path");
            let document = &file["documents"][case["document"].as_str().expect("a case names its document")];
            let mut expected = case.as_object().expect("a case is an object").clone();
            if let Some(difference) = differences.iter().find(|difference| difference["path"] == *path) {
                expected = difference["ours"].as_object().expect("a difference says what is ours").clone();
            }
            expected.remove("document");
            expected.remove("path");
            let got = outcome(path, document);
            if got != expected {
                let print = |outcome: &Map<String, Value>| Value::Object(outcome.clone()).to_string();
                wrong.push(format!("{name}: {path}\n  expected {}\n  got      {}", print(&expected), print(&got)));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_recorded_difference_is_one_and_says_why() {
    for difference in differences() {
        let path = difference["path"].as_str().expect("a difference has a path");
        assert!(difference["reason"].as_str().is_some_and(|reason| reason.len() > 20), "{path} has no reason");
        let jayway = CASES.iter().find_map(|(_, text)| {
            let file: Value = serde_json::from_str(text).expect("a case file is JSON");
            file["cases"].as_array().and_then(|cases| cases.iter().find(|case| case["path"] == *path).cloned())
        });
        let mut jayway = jayway.and_then(|case| case.as_object().cloned()).expect("a difference names a case");
        jayway.remove("document");
        jayway.remove("path");
        assert_ne!(difference["ours"].as_object(), Some(&jayway), "{path} is no difference");
    }
}
