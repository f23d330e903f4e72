//! Reading a form: its fields, lists of them, numbers.

use stagegate_model::iam::Tag;

use crate::call::Call;
use crate::fault::Fault;
use crate::query::{QueryFault, fault};
use crate::route::decode_query;

/// The most fields of a form of IAM's or STS's: fifty tags with key and value, and what else a call has.
pub(super) const FIELDS: usize = 512;

/// Reads the fields of the query and of the body, at most so many.
pub(crate) fn read(query: &str, body: &[u8], max: usize) -> Result<Vec<(String, String)>, Fault> {
    let body = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
    let mut fields = decode_query(query);
    fields.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"));
    fields.extend(decode_query(body));
    if fields.len() > max {
        return Err(malformed(&format!("the form has more than {max} fields")));
    }
    Ok(fields)
}

fn malformed(why: &str) -> Fault {
    fault(QueryFault::MalformedQueryString, format!("The request is not a form: {why}"))
}

/// The texts of a list: `{name}.member.1` and so on, in the order of their numbers.
pub(crate) fn texts<'c>(call: &'c Call, name: &str) -> Vec<&'c str> {
    items(call, name, "").into_iter().map(|(_, value)| value).collect()
}

/// The tags of a call.
pub(crate) fn tags(call: &Call) -> Vec<Tag> {
    let values = items(call, "Tags", ".Value");
    let value = |number: u32| values.iter().find(|(at, _)| *at == number).map_or("", |(_, value)| value);
    let keys = items(call, "Tags", ".Key").into_iter();
    keys.map(|(number, key)| Tag { key: key.to_owned(), value: value(number).to_owned() }).collect()
}

/// The items of a list by their numbers.
pub(super) fn items<'c>(call: &'c Call, name: &str, part: &str) -> Vec<(u32, &'c str)> {
    let number = |field: &str| {
        let rest = field.strip_prefix(name)?.strip_prefix(".member.")?;
        rest.strip_suffix(part)?.parse::<u32>().ok()
    };
    let mut items: Vec<(u32, &str)> =
        call.query.iter().filter_map(|(field, value)| Some((number(field)?, value.as_str()))).collect();
    items.sort_unstable_by_key(|(number, _)| *number);
    items
}

/// A whole number that was checked.
pub(crate) fn whole_number(call: &Call, name: &str) -> Option<i64> {
    call.field(name)?.parse().ok()
}

/// Whether a flag is on.
pub(crate) fn flag(call: &Call, name: &str) -> bool {
    call.field(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_come_from_the_query_and_the_body_but_for_the_signature() {
        let fields =
            read("Action=GetUser&X-Amz-Signature=a", b"UserName=ann%2Bbob&Path=%2Fa+b%2F", FIELDS).expect("a form");
        let expected = [("Action", "GetUser"), ("UserName", "ann+bob"), ("Path", "/a b/")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert!(read("", b"\xff", FIELDS).is_err());
        assert!(read("", "a=b&".repeat(FIELDS + 1).as_bytes(), FIELDS).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(query in ".*", body: Vec<u8>) {
            let _ = read(&query, &body, FIELDS);
        }
    }
}
