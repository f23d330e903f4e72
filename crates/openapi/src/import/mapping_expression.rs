//! Mapping expressions: which sources may feed which parameter, and whether the method declares what they name.

use stagegate_model::rest::{FlagMap, StringMap};

use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// Reads an integration's `requestParameters`; `declared` is what the method takes.
pub(super) fn read_request(place: Cursor<'_>, declared: Option<&FlagMap>) -> Result<StringMap, ImportError> {
    const TARGET: &str =
        "integration.request.header.NAME, integration.request.path.NAME or integration.request.querystring.NAME";
    const SOURCE: &str = "'text in single quotes', method.request.{header,path,querystring,multivalueheader,\
                          multivaluequerystring}.NAME, method.request.body, context.NAME or stageVariables.NAME";
    let mut mappings = StringMap::new();
    for (target, value) in place.members()? {
        let source = value.text()?;
        if !names_one_of(target, "integration.request.", &["header", "path", "querystring"]) {
            return Err(invalid(value, target, TARGET));
        }
        let parameter = names_one_of(source, "method.request.", METHOD_REQUEST);
        if !(is_general(source) || parameter || is_body(source, "method.request.body")) {
            return Err(invalid(value, source, SOURCE));
        }
        if parameter && !declared.is_some_and(|declared| declared.contains_key(&source.replacen(".multivalue", ".", 1)))
        {
            return Err(undeclared(value, source, "a parameter that the operation declares"));
        }
        mappings.insert(target.to_owned(), source.to_owned());
    }
    Ok(mappings)
}

const METHOD_REQUEST: &[&str] = &["header", "path", "querystring", "multivalueheader", "multivaluequerystring"];

/// Reads an integration response's `responseParameters`; `declared` is what its method response declares, if the method
/// has such a response.
pub(super) fn read_response(place: Cursor<'_>, declared: Option<&FlagMap>) -> Result<StringMap, ImportError> {
    const TARGET: &str = "method.response.header.NAME";
    const SOURCE: &str = "'text in single quotes', integration.response.{header,multivalueheader}.NAME, \
                          integration.response.body, context.NAME or stageVariables.NAME";
    let mut mappings = StringMap::new();
    for (target, value) in place.members()? {
        let source = value.text()?;
        if !names_one_of(target, "method.response.", &["header"]) {
            return Err(invalid(value, target, TARGET));
        }
        let header = names_one_of(source, "integration.response.", &["header", "multivalueheader"]);
        if !(is_general(source) || header || is_body(source, "integration.response.body")) {
            return Err(invalid(value, source, SOURCE));
        }
        if declared.is_some_and(|declared| !declared.contains_key(target)) {
            return Err(undeclared(value, target, "a header that the response of the operation declares"));
        }
        mappings.insert(target.to_owned(), source.to_owned());
    }
    Ok(mappings)
}

/// Whether the text is `prefix` + one of `places` + `.` + a name.
fn names_one_of(text: &str, prefix: &str, places: &[&str]) -> bool {
    let parts = text.strip_prefix(prefix).and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(place, name)| places.contains(&place) && !name.is_empty())
}

/// Whether the text is a static value, a context variable or a stage variable.
fn is_general(text: &str) -> bool {
    let is_static = text.len() >= 2 && text.starts_with('\'') && text.ends_with('\'');
    let names = |prefix| text.strip_prefix(prefix).is_some_and(|name| !name.is_empty());
    is_static || names("context.") || names("stageVariables.")
}

/// Whether the text is the body, or a JSON path into it.
fn is_body(text: &str, body: &str) -> bool {
    text.strip_prefix(body).is_some_and(|path| path.is_empty() || path.starts_with(['.', '[']))
}

fn invalid(place: Cursor<'_>, expression: &str, expected: &str) -> ImportError {
    report(place, "Invalid mapping expression specified", expression, expected)
}

fn undeclared(place: Cursor<'_>, expression: &str, expected: &str) -> ImportError {
    report(place, "Invalid mapping expression parameter specified", expression, expected)
}

fn report(place: Cursor<'_>, what: &str, expression: &str, expected: &str) -> ImportError {
    let found = excerpt(expression);
    let message =
        format!("Invalid mapping expression specified: Validation Result: warnings : [], errors : [{what}: {found}]");
    place.error(message, expected)
}
