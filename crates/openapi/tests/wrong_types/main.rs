//! A definition that has everything, with each of its nodes in turn replaced by a value of every other JSON type: what is
//! not an error is a remark, or stands where anything may stand.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stagegate_openapi::{
    DocumentLanguage, ExportFormat, ExportOptions, Extension, ImportErrorKind, ImportOptions, export, import,
};

/// Every step from the root to every node, the root's own first.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| places(member, &format!("{here}/{}", escape(key)), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{here}/{index}"), found));
        }
        _ => {}
    }
}

/// A value of each JSON type, and the empty ones that readers forget.
fn replacements() -> [Value; 10] {
    [
        Value::Null,
        json!(true),
        json!(-7),
        json!(1.5),
        json!(""),
        json!("no such thing"),
        json!([]),
        json!([[null]]),
        json!({}),
        json!({"no such": {"thing": null}}),
    ]
}

/// Whether a value may silently stand for another: one of its own type (an unknown one is another test's), null, which is as
/// good as absent, and any scalar where a text is read.
fn may_stand_for(wrong: &Value, was: &Value) -> bool {
    let scalar = |value: &Value| !value.is_array() && !value.is_object();
    wrong.is_null()
        || std::mem::discriminant(wrong) == std::mem::discriminant(was)
        || (was.is_string() && scalar(wrong))
}

/// Places below which anything may stand: what is kept as it is, and what others check.
fn is_free(place: &str) -> bool {
    ["/properties/", "/x-amazon-apigateway-policy/", "/schema/type"].iter().any(|part| place.contains(part))
}

fn full() -> Value {
    serde_saphyr::from_str(include_str!("full.yaml")).expect("YAML")
}

#[test]
fn every_node_of_a_wrong_type_is_refused_or_remarked_upon() {
    let full = full();
    assert_eq!(import(full.to_string().as_bytes(), &ImportOptions::default()).map(|_| ()), Ok(()));
    let mut all = Vec::new();
    places(&full, "", &mut all);
    let mut silent = BTreeSet::new();
    for place in &all {
        for wrong in replacements() {
            let mut document = full.clone();
            let node = document.pointer_mut(place).expect("a place");
            let was = std::mem::replace(node, wrong.clone());
            let what = format!("{place} = {wrong}");
            if !is_noticed(&document, &what) && !may_stand_for(&wrong, &was) && !is_free(place) {
                silent.insert(what);
            }
        }
    }
    assert_eq!(silent, BTreeSet::new());
}

/// Whether an import refuses a document or remarks upon it. What it takes it exports and takes again.
fn is_noticed(document: &Value, what: &str) -> bool {
    let imported = match import(document.to_string().as_bytes(), &ImportOptions::default()) {
        Ok(imported) => imported,
        Err(error) => {
            assert!(matches!(error.kind, ImportErrorKind::Definition | ImportErrorKind::Entity), "{what}: {error}");
            assert!(!error.message.is_empty() && error.path.starts_with('$'), "{what}: {error}");
            return true;
        }
    };
    let options = ExportOptions {
        extensions: BTreeSet::from([Extension::Apigateway, Extension::Documentation]),
        ..ExportOptions::new(ExportFormat::Oas30)
    };
    let text = DocumentLanguage::Json.write(&export(&imported.api, &options)).expect("a text");
    let again = import(text.as_bytes(), &ImportOptions::default()).map(|again| again.api.paths);
    assert_eq!(again, Ok(imported.api.paths), "{what}");
    !imported.warnings.is_empty()
}
