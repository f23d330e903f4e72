//! Members as XML, as the Query protocol answers them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::value::Value;
use crate::query::Xml;

/// The member that is a map of names, which XML writes as entries.
const MAP: &str = "ExtendedStatistics";

/// Writes the members of a structure.
pub(super) fn members(value: &Value, xml: &mut Xml) {
    let Value::Map(members) = value else { return };
    for (name, held) in members {
        member(name, held, xml);
    }
}

fn member(name: &str, value: &Value, xml: &mut Xml) {
    match value {
        Value::Null => {}
        Value::Map(entries) if name == MAP => xml.node(name, |map| {
            for (key, held) in entries {
                map.node("entry", |entry| {
                    entry.leaf("key", key);
                    member("value", held, entry);
                });
            }
        }),
        Value::Map(_) => xml.node(name, |node| members(value, node)),
        Value::List(items) => xml.node(name, |list| items.iter().for_each(|item| member("member", item, list))),
        Value::Text(text) => xml.leaf(name, text),
        Value::Boolean(given) => xml.leaf(name, if *given { "true" } else { "false" }),
        Value::Number(number) => xml.leaf(name, &number.to_string()),
        Value::Time(seconds) => xml.leaf(name, &date(*seconds)),
    }
}

fn date(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "times here are whole minutes")]
    let at = OffsetDateTime::from_unix_timestamp(seconds as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_become_elements() {
        let value = Value::of([
            ("Timestamp", Value::Time(1_366_261_318.0)),
            ("Sum", Value::Number(1.5)),
            ("Names", Value::List(vec![Value::text("a<b")])),
            (MAP, Value::of([("p99", Value::Number(2.0))])),
        ]);
        let mut xml = Xml::default();
        members(&value, &mut xml);
        let expected = "<A xmlns=\"n\"><Timestamp>2013-04-18T05:01:58Z</Timestamp><Sum>1.5</Sum>\
                        <Names><member>a&lt;b</member></Names><ExtendedStatistics><entry><key>p99</key>\
                        <value>2</value></entry></ExtendedStatistics></A>\n";
        assert_eq!(xml.root("A", "n"), expected);
    }
}
