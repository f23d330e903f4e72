//! The members that calls on HTTP APIs may set, as tables: read once, checked once, and merged by one engine.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::fault::{Fault, FaultKind};

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// A string of so many characters.
    Text(usize, usize),
    /// True or false.
    Flag,
    /// A whole number between two.
    Integer(i64, i64),
    /// A number that is not negative.
    Rate,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A list of strings.
    Texts,
    /// A map of strings. When it is merged, an empty string takes its key away.
    TextMap,
    /// A map of maps of strings. When it is merged, an empty map takes its key away.
    TextMaps,
    /// A structure with these members, which replaces the one that was.
    Structure(&'static [Member]),
    /// A map of structures. When it is merged, those that are named replace those that were.
    Structures(&'static [Member]),
}

/// When a member may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// When the noun is made, and later.
    Always,
    /// The same, and it must be there when the noun is made.
    Required,
    /// Only when the noun is made.
    AtFirst,
}

/// One member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    name: &'static str,
    form: Form,
    when: When,
}

/// A member that may always be set.
pub(crate) const fn member(name: &'static str, form: Form) -> Member {
    Member { name, form, when: When::Always }
}

/// A member that must be there when the noun is made.
pub(crate) const fn required(name: &'static str, form: Form) -> Member {
    Member { name, form, when: When::Required }
}

/// A member that never changes.
pub(crate) const fn at_first(name: &'static str, form: Form) -> Member {
    Member { name, form, when: When::AtFirst }
}

/// Reads the members of a call that makes a noun. What nobody asks for is ignored, and so is what is `null`, as on AWS.
pub(crate) fn made(call: &Call, members: &[Member]) -> Result<Map<String, Value>, Fault> {
    given(body(call)?, members)
}

/// Reads the members of a noun that is made, whoever says them.
pub(crate) fn given(body: Map<String, Value>, members: &[Member]) -> Result<Map<String, Value>, Fault> {
    for member in members.iter().filter(|member| member.when == When::Required) {
        if body.get(member.name).is_none_or(Value::is_null) {
            return Err(Fault::bad_request(format!("{} is a required parameter", title(member.name))));
        }
    }
    read(body, members, |_| true)
}

/// Reads the members of a call that changes a noun.
pub(crate) fn changed(call: &Call, members: &[Member]) -> Result<Map<String, Value>, Fault> {
    read(body(call)?, members, |member| member.when != When::AtFirst)
}

fn body(call: &Call) -> Result<Map<String, Value>, Fault> {
    if call.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Fault::new(FaultKind::Serialization, "The request body is not a JSON object")),
        Err(error) => Err(Fault::new(FaultKind::Serialization, format!("The request body is not valid JSON: {error}"))),
    }
}

fn read(
    mut body: Map<String, Value>,
    members: &[Member],
    is_wanted: impl Fn(&Member) -> bool,
) -> Result<Map<String, Value>, Fault> {
    let mut read = Map::new();
    for member in members.iter().filter(|member| is_wanted(member)) {
        if let Some(value) = body.shift_remove(member.name).filter(|value| !value.is_null()) {
            check(&title(member.name), &member.form, &value)?;
            read.insert(member.name.to_owned(), value);
        }
    }
    Ok(read)
}

/// `routeKey` as messages name it: `RouteKey`.
fn title(name: &str) -> String {
    let mut title = name.to_owned();
    title[..1].make_ascii_uppercase();
    title
}

fn invalid(at: &str, allowed: &str) -> Fault {
    Fault::bad_request(format!("Invalid value for {at}: it must be {allowed}"))
}

fn check(at: &str, form: &Form, value: &Value) -> Result<(), Fault> {
    match form {
        Form::Text(least, most) => {
            let length = value.as_str().map(|text| text.chars().count());
            let fits = length.is_some_and(|length| (*least..=*most).contains(&length));
            if fits { Ok(()) } else { Err(invalid(at, &format!("a string of {least} to {most} characters"))) }
        }
        Form::Flag => value.as_bool().map(drop).ok_or_else(|| invalid(at, "true or false")),
        Form::Integer(least, most) => {
            let fits = value.as_i64().is_some_and(|number| (*least..=*most).contains(&number));
            if fits { Ok(()) } else { Err(invalid(at, &format!("a whole number from {least} to {most}"))) }
        }
        Form::Rate => {
            let fits = value.as_f64().is_some_and(|rate| rate >= 0.0);
            if fits { Ok(()) } else { Err(invalid(at, "a number that is not negative")) }
        }
        Form::Choice(allowed) => {
            let fits = value.as_str().is_some_and(|text| allowed.contains(&text));
            if fits { Ok(()) } else { Err(invalid(at, &format!("one of {}", allowed.join(", ")))) }
        }
        Form::Texts => {
            let items = value.as_array().ok_or_else(|| invalid(at, "a list of strings"))?;
            let all = items.iter().all(Value::is_string);
            if all { Ok(()) } else { Err(invalid(at, "a list of strings")) }
        }
        Form::TextMap => check_map(at, value, "a map of strings", |_, item| item.is_string().then_some(Ok(()))),
        Form::TextMaps => check_map(at, value, "a map of maps of strings", |at, item| {
            Some(check(&at, &Form::TextMap, item)).filter(|_| item.is_object())
        }),
        Form::Structure(members) => check_structure(at, members, value),
        Form::Structures(members) => check_map(at, value, "a map of structures", |at, item| {
            Some(check_structure(&at, members, item)).filter(|_| item.is_object())
        }),
    }
}

/// Checks each value of a map; one for which `check_item` has no answer is of another type.
fn check_map(
    at: &str,
    value: &Value,
    allowed: &str,
    check_item: impl Fn(String, &Value) -> Option<Result<(), Fault>>,
) -> Result<(), Fault> {
    let entries = value.as_object().ok_or_else(|| invalid(at, allowed))?;
    entries.iter().try_for_each(|(key, item)| {
        check_item(format!("{at}[{key}]"), item).unwrap_or_else(|| Err(invalid(at, allowed)))
    })
}

fn check_structure(at: &str, members: &[Member], value: &Value) -> Result<(), Fault> {
    let object = value.as_object().ok_or_else(|| invalid(at, "a structure"))?;
    members.iter().try_for_each(|member| match object.get(member.name) {
        Some(value) if !value.is_null() => check(&format!("{at}.{}", title(member.name)), &member.form, value),
        _ => Ok(()),
    })
}

/// Merges what a call changes into a noun: the one way in which nouns of version 2 change. Maps are merged key by key, and an
/// empty value takes its key away; everything else replaces what was. An empty string or structure takes its member away.
pub(crate) fn merge(noun: &mut Map<String, Value>, change: Map<String, Value>, members: &[Member]) {
    for (name, value) in change {
        let form = members.iter().find(|member| member.name == name).map(|member| member.form);
        match (form, value) {
            (Some(Form::TextMap | Form::TextMaps | Form::Structures(_)), Value::Object(entries)) => {
                merge_map(noun, &name, entries);
            }
            (_, value) if is_empty(&value) => drop(noun.shift_remove(&name)),
            (_, value) => drop(noun.insert(name, value)),
        }
    }
}

fn merge_map(noun: &mut Map<String, Value>, name: &str, entries: Map<String, Value>) {
    let merged = noun.entry(name).or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(merged) = merged else { return };
    for (key, value) in entries {
        if is_empty(&value) {
            merged.shift_remove(&key);
        } else {
            merged.insert(key, value);
        }
    }
    if merged.is_empty() {
        noun.shift_remove(name);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty() || members.values().all(is_empty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MEMBERS: &[Member] = &[
        required("name", Form::Text(1, 8)),
        at_first("kind", Form::Choice(&["A", "B"])),
        member("seconds", Form::Integer(0, 10)),
        member("texts", Form::Texts),
        member("map", Form::TextMap),
        member("maps", Form::TextMaps),
        member("one", Form::Structure(&[member("flag", Form::Flag), member("name", Form::Text(1, 8))])),
        member("many", Form::Structures(&[member("rate", Form::Rate)])),
    ];

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_change_replaces_members_and_merges_maps() {
        let noun = json!({ "name": "n", "map": { "a": "1", "b": "2" }, "maps": { "200": { "x": "y" } }, "texts": ["a"], "one": { "flag": true } });
        let cases = [
            (json!({ "name": "m" }), "name", json!("m")),
            (json!({ "name": "" }), "name", Value::Null),
            (json!({ "map": { "a": "", "c": "3" } }), "map", json!({ "b": "2", "c": "3" })),
            (json!({ "map": { "a": "", "b": "" } }), "map", Value::Null),
            (json!({ "maps": { "200": {}, "500": { "p": "q" } } }), "maps", json!({ "500": { "p": "q" } })),
            (json!({ "texts": [] }), "texts", json!([])),
            (json!({ "one": { "name": "" } }), "one", Value::Null),
            (json!({ "one": { "name": "x" } }), "one", json!({ "name": "x" })),
            (json!({ "many": { "GET /": { "rate": 1.5 } } }), "many", json!({ "GET /": { "rate": 1.5 } })),
        ];
        for (change, member, expected) in cases {
            let mut merged = object(noun.clone());
            merge(&mut merged, object(change.clone()), MEMBERS);
            assert_eq!(merged.get(member).cloned().unwrap_or_default(), expected, "{change}");
        }
    }

    #[test]
    fn what_a_member_cannot_hold_is_refused_by_name() {
        let cases = [
            (json!({ "name": "" }), "Name: it must be a string of 1 to 8 characters"),
            (json!({ "name": 1 }), "Name"),
            (json!({ "kind": "C" }), "Kind: it must be one of A, B"),
            (json!({ "seconds": 11 }), "Seconds: it must be a whole number from 0 to 10"),
            (json!({ "seconds": 1.5 }), "Seconds"),
            (json!({ "texts": ["a", 1] }), "Texts"),
            (json!({ "map": { "a": 1 } }), "Map: it must be a map of strings"),
            (json!({ "maps": { "200": { "a": 1 } } }), "Maps[200]: it must be a map of strings"),
            (json!({ "one": { "flag": "yes" } }), "One.Flag: it must be true or false"),
            (json!({ "many": { "GET /": { "rate": -1 } } }), "Many[GET /].Rate"),
            (json!({ "many": { "GET /": 1 } }), "Many: it must be a map of structures"),
        ];
        for (body, why) in cases {
            let error = read(object(body.clone()), MEMBERS, |_| true).expect_err(why);
            assert!(error.message.contains(why), "{body}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn merging_twice_changes_nothing_more(names in proptest::collection::vec("[abc]", 0..4), values in proptest::collection::vec("[xy]?", 0..4)) {
            let entries: Map<String, Value> = names.into_iter().zip(values.into_iter().map(Value::from)).collect();
            let change = object(json!({ "map": entries }));
            let mut once = object(json!({ "map": { "a": "1" } }));
            merge(&mut once, change.clone(), MEMBERS);
            let mut twice = once.clone();
            merge(&mut twice, change, MEMBERS);
            proptest::prop_assert_eq!(once, twice);
        }
    }
}
