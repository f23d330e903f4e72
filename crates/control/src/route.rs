//! Finds the row of the operation table that a verb and a path mean.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::operations::Operation;

/// The row that matched, with the decoded values of the path's parameters.
#[derive(Debug)]
pub(crate) struct Matched {
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: Vec<(&'static str, String)>,
}

/// Matches a verb, a raw path and decoded query parameters to a row of one service's table.
///
/// A row with a fixed query (`/restapis?mode=import`) wins over the row without.
pub(crate) fn find_in(
    table: &'static [Operation],
    verb: &Method,
    path: &str,
    query: &[(String, String)],
) -> Option<Matched> {
    let candidates = table.iter().filter(|operation| operation.verb == *verb);
    let mut best: Option<(bool, Matched)> = None;
    for operation in candidates {
        let (template, fixed) = match operation.path.split_once('?') {
            Some((template, fixed)) => (template, Some(fixed)),
            None => (operation.path, None),
        };
        if !fixed.is_none_or(|fixed| carries(query, fixed)) {
            continue;
        }
        if let Some(parameters) = bind(template, path) {
            let matched = Matched { operation, parameters };
            if best.as_ref().is_none_or(|(was_fixed, _)| fixed.is_some() && !was_fixed) {
                best = Some((fixed.is_some(), matched));
            }
        }
    }
    best.map(|(_, matched)| matched)
}

fn carries(query: &[(String, String)], fixed: &str) -> bool {
    let (name, value) = fixed.split_once('=').unwrap_or((fixed, ""));
    query.iter().any(|(have_name, have)| have_name == name && have == value)
}

/// Binds a path to a template. `{resource_arn}` (version 2: `{resource-arn}`) takes the rest of the path, since an ARN has
/// slashes and not every client encodes them; every other parameter is one segment, not empty.
fn bind(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let mut segments = path.strip_prefix('/')?.split('/');
    let mut parameters = Vec::new();
    for part in template.strip_prefix('/')?.split('/') {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if segments.next()? != part {
                return None;
            }
            continue;
        };
        let raw = if matches!(name, "resource_arn" | "resource-arn") {
            segments.by_ref().collect::<Vec<_>>().join("/")
        } else {
            segments.next()?.to_owned()
        };
        if raw.is_empty() {
            return None;
        }
        parameters.push((name, percent_decode_str(&raw).decode_utf8().ok()?.into_owned()));
    }
    segments.next().is_none().then_some(parameters)
}

/// Decodes a raw query string; `+` is a space, as in forms.
pub(crate) fn decode_query(raw: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lambda::lambda_operations;
    use crate::operations::operations;

    fn find(verb: &Method, path: &str, query: &[(String, String)]) -> Option<Matched> {
        find_in(operations(), verb, path, query)
    }

    #[test]
    fn every_row_is_found_by_its_own_template() {
        for table in [operations(), lambda_operations()] {
            for operation in table {
                let (path, query) = operation.path.split_once('?').unwrap_or((operation.path, ""));
                let concrete = path.replace(['{', '}'], "");
                let matched = find_in(table, &operation.verb, &concrete, &decode_query(query))
                    .unwrap_or_else(|| panic!("{} is not routed", operation.name));
                assert_eq!(matched.operation.name, operation.name);
                assert_eq!(matched.parameters.len(), path.matches('{').count());
            }
        }
    }

    #[test]
    fn paths_outside_the_table_match_nothing() {
        for path in ["", "/", "/restapi", "/restapis//", "/restapis/a/unknown", "/restapis/a/stages/b/c"] {
            assert!(find(&Method::GET, path, &[]).is_none(), "{path}");
        }
        assert!(find(&Method::PUT, "/account", &[]).is_none());
    }

    #[test]
    fn parameters_are_decoded_after_the_split() {
        let matched = find(&Method::GET, "/restapis/a%2Fb/stages/x%20y", &[]).expect("a row");
        assert_eq!(matched.operation.name, "GetStage");
        assert_eq!(matched.parameters[0].1, "a/b");
        assert_eq!(matched.parameters[1].1, "x y");
    }

    #[test]
    fn an_arn_is_one_parameter_with_or_without_encoded_slashes() {
        let arn = "arn:aws:apigateway:us-east-1::/restapis/abc";
        for path in [format!("/tags/{arn}"), format!("/tags/{}", arn.replace('/', "%2F"))] {
            let matched = find(&Method::GET, &path, &[]).expect("a row");
            assert_eq!(matched.parameters, [("resource_arn", arn.to_owned())]);
        }
    }

    #[test]
    fn queries_are_decoded_as_forms() {
        let decoded = decode_query("a=1+2&b=%2B&flag&a=3&&");
        let expected = [("a", "1 2"), ("b", "+"), ("flag", ""), ("a", "3")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(decoded, expected);
    }

    proptest! {
        #[test]
        fn a_segment_survives_encoding(id in "[^/]{1,20}") {
            let encoded = percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC).to_string();
            let matched = find(&Method::GET, &format!("/restapis/{encoded}"), &[]).expect("a row");
            prop_assert_eq!(matched.parameters, [("restapi_id", id)]);
        }

        #[test]
        fn no_text_makes_it_fall_over(path in ".*", query in ".*") {
            find(&Method::POST, &path, &decode_query(&query));
        }
    }
}
