//! Forms, as the Query protocol has them, into members: `MetricDataQueries.member.1.MetricStat.Stat=p99`.

use std::collections::{BTreeMap, HashMap};

use super::value::Value;

/// How deep members may be within members.
const DEPTH_MAX: usize = 16;
/// The most items of a list: a metric query more than CloudWatch takes.
const ITEMS_MAX: usize = 501;

/// A field: what is left of its name, in parts, and its value.
type Field<'f> = (Vec<&'f str>, &'f str);

/// The members of a form's fields.
pub(super) fn members(fields: &[(String, String)]) -> Result<Value, String> {
    let paths = fields.iter().map(|(name, value)| (name.split('.').collect::<Vec<_>>(), value.as_str()));
    tree(&paths.collect::<Vec<_>>(), 0)
}

/// What the fields below one place are. Fields with the same first part belong together.
fn tree(fields: &[Field<'_>], depth: usize) -> Result<Value, String> {
    if depth > DEPTH_MAX {
        return Err(format!("the form has members more than {DEPTH_MAX} deep"));
    }
    if let Some((_, value)) = fields.iter().find(|(path, _)| path.is_empty()) {
        return Ok(Value::Text((*value).to_owned()));
    }
    let mut groups: Vec<(&str, Vec<Field<'_>>)> = Vec::new();
    let mut places = HashMap::new();
    for (path, value) in fields {
        let place = *places.entry(path[0]).or_insert_with(|| {
            groups.push((path[0], Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push((path[1..].to_vec(), *value));
    }
    if let [("member", items)] = groups.as_slice() {
        return list(items, depth + 1);
    }
    let named = groups.iter().map(|(name, below)| Ok(((*name).to_owned(), tree(below, depth + 1)?)));
    named.collect::<Result<_, String>>().map(Value::Map)
}

/// A list: its items by their numbers. An empty list is the bare name.
fn list(fields: &[Field<'_>], depth: usize) -> Result<Value, String> {
    let mut items: BTreeMap<u32, Vec<Field<'_>>> = BTreeMap::new();
    for (path, value) in fields {
        let number = path.first().and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| "the items of a list are member.1, member.2 and so on".to_owned())?;
        items.entry(number).or_default().push((path[1..].to_vec(), *value));
    }
    if items.len() > ITEMS_MAX {
        return Err(format!("a list has more than {ITEMS_MAX} items"));
    }
    items.values().map(|below| tree(below, depth + 1)).collect::<Result<_, _>>().map(Value::List)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Value, String> {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        members(&fields)
    }

    #[test]
    fn lists_and_structures_are_told_from_the_names_of_fields() {
        let found = read(&[
            ("Namespace", "AWS/ApiGateway"),
            ("Dimensions.member.2.Name", "Stage"),
            ("Dimensions.member.1.Name", "ApiName"),
            ("Dimensions.member.1.Value", "pets"),
            ("Statistics.member.1", "Sum"),
        ]);
        let dimension = |members: &[(&str, &str)]| {
            Value::Map(members.iter().map(|(name, value)| ((*name).to_owned(), Value::text(value))).collect())
        };
        let expected = Value::of([
            ("Namespace", Value::text("AWS/ApiGateway")),
            (
                "Dimensions",
                Value::List(vec![
                    dimension(&[("Name", "ApiName"), ("Value", "pets")]),
                    dimension(&[("Name", "Stage")]),
                ]),
            ),
            ("Statistics", Value::List(vec![Value::text("Sum")])),
        ]);
        assert_eq!(found, Ok(expected));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(read(&[("A.member.x", "1")]).is_err());
        assert!(read(&[(&"a.".repeat(40), "1")]).is_err());
    }

    proptest! {
        #[test]
        fn no_form_makes_it_fall_over(fields in proptest::collection::vec(("(member|[0-3]|A|\\.){0,8}", ".{0,3}"), 0..12)) {
            let fields: Vec<_> = fields.into_iter().collect();
            let _ = members(&fields);
        }
    }
}
