//! The shape probe sees what a type's serde implementation asks for.

use std::collections::BTreeMap;

use serde::Deserialize;
use stagegate_model::rest::{Stage, StatusCode, Timestamp};
use stagegate_model::shape::{Shape, shape_of};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its shape is read")]
struct Sample {
    plain_text: String,
    #[serde(rename = "odd")]
    renamed: Option<i32>,
    flags: Option<BTreeMap<StatusCode, bool>>,
    when: Option<Timestamp>,
    list: Vec<f64>,
    any: serde_json::Value,
}

#[test]
fn members_appear_under_their_wire_names_with_their_kinds() {
    let Shape::Structure { name, members } = shape_of::<Sample>() else { panic!("a structure") };
    assert_eq!(name, "Sample");
    assert_eq!(
        members,
        [
            ("plainText", Shape::Text),
            ("odd", Shape::Integer),
            ("flags", Shape::Map(Box::new(Shape::Text), Box::new(Shape::Boolean))),
            ("when", Shape::Timestamp),
            ("list", Shape::List(Box::new(Shape::Double))),
            ("any", Shape::Any),
        ]
    );
}

#[test]
fn nested_nouns_are_seen_whole() {
    let Shape::Structure { members, .. } = shape_of::<Stage>() else { panic!("a structure") };
    let settings = &members.iter().find(|(name, _)| *name == "methodSettings").unwrap().1;
    let Shape::Map(_, setting) = settings else { panic!("a map") };
    let Shape::Structure { name, members } = &**setting else { panic!("a structure") };
    assert_eq!((*name, members.len()), ("MethodSetting", 10));
    let level = &members.iter().find(|(name, _)| *name == "loggingLevel").unwrap().1;
    assert_eq!(*level, Shape::Closed { name: "LoggingLevel", values: &["OFF", "ERROR", "INFO"] });
}
