//! Parameter names and mapping expressions: which may stand on either side of a mapping.

use std::fmt::Write;

use stagegate_model::rest::{FlagMap, StringMap};

use crate::fault::Fault;

/// Where a request's parameter can be.
const REQUEST_PLACES: [&str; 3] = ["header", "querystring", "path"];

/// The two sides of an integration request or response that a method declares.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side<'d> {
    /// `integration.request.…` from what the method request declares.
    Request(Option<&'d FlagMap>),
    /// `method.response.…`, which the method response declares, from the back end's answer.
    Response(Option<&'d FlagMap>),
}

/// Checks every mapping of a map; all errors come in one answer, in AWS's words.
pub(crate) fn check(mappings: Option<&StringMap>, side: Side<'_>) -> Result<(), Fault> {
    let mut errors = Vec::new();
    for (target, source) in mappings.into_iter().flatten() {
        let (targets, sources) = match side {
            Side::Request(declared) => (request_target(target), request_source(source, declared)),
            Side::Response(declared) => (response_target(target, declared), response_source(source)),
        };
        errors.extend(targets.err());
        errors.extend(sources.err());
    }
    refuse(&errors)
}

pub(super) fn refuse(errors: &[String]) -> Result<(), Fault> {
    if errors.is_empty() {
        return Ok(());
    }
    let mut message = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [".to_owned();
    message.push_str(&errors.join(", "));
    message.push(']');
    Err(Fault::bad_request(message))
}

pub(super) fn invalid(expression: &str) -> String {
    format!("Invalid mapping expression specified: {expression}")
}

fn undeclared(expression: &str) -> String {
    format!("Invalid mapping expression parameter specified: {expression}")
}

fn request_target(target: &str) -> Result<(), String> {
    let rest = target.strip_prefix("integration.request.").ok_or_else(|| invalid(target))?;
    named(rest, &REQUEST_PLACES).map(drop).ok_or_else(|| invalid(target))
}

/// Sources of a request mapping. What is read of the request must be declared by the method.
fn request_source(source: &str, declared: Option<&FlagMap>) -> Result<(), String> {
    if is_general_source(source) {
        return Ok(());
    }
    let rest = source.strip_prefix("method.request.").ok_or_else(|| invalid(source))?;
    if is_body(rest) {
        return Ok(());
    }
    let places = ["header", "querystring", "path", "multivalueheader", "multivaluequerystring"];
    let (place, name) = named(rest, &places).ok_or_else(|| invalid(source))?;
    let place = place.strip_prefix("multivalue").unwrap_or(place);
    let parameter = format!("method.request.{place}.{name}");
    if declared.is_some_and(|declared| declared.contains_key(&parameter)) { Ok(()) } else { Err(undeclared(source)) }
}

fn response_target(target: &str, declared: Option<&FlagMap>) -> Result<(), String> {
    let rest = target.strip_prefix("method.response.").ok_or_else(|| invalid(target))?;
    named(rest, &["header"]).ok_or_else(|| invalid(target))?;
    if declared.is_some_and(|declared| declared.contains_key(target)) { Ok(()) } else { Err(undeclared(target)) }
}

fn response_source(source: &str) -> Result<(), String> {
    let read = source.strip_prefix("integration.response.");
    let is_read = read.is_some_and(|rest| is_body(rest) || named(rest, &["header", "multivalueheader"]).is_some());
    if is_read || is_general_source(source) { Ok(()) } else { Err(invalid(source)) }
}

/// Static text in single quotes, `context.…` and `stageVariables.…`.
pub(super) fn is_general_source(source: &str) -> bool {
    let is_static = source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'');
    let names = |prefix| source.strip_prefix(prefix).is_some_and(is_plain_name);
    is_static || names("context.") || names("stageVariables.")
}

/// `body`, or `body.` and a JSON path.
fn is_body(rest: &str) -> bool {
    rest == "body" || rest.strip_prefix("body.").is_some_and(|path| !path.is_empty())
}

/// Splits `header.name` where the place is one of those allowed and the name is well formed.
pub(super) fn named<'r>(rest: &'r str, places: &[&str]) -> Option<(&'r str, &'r str)> {
    let (place, name) = rest.split_once('.')?;
    let well = if place.ends_with("header") { is_token(name) } else { is_plain_name(name) };
    (places.contains(&place) && well).then_some((place, name))
}

/// A header's name (RFC 9110, section 5.1).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// A name without white space, quotes or what would end a segment of a mapping.
fn is_plain_name(name: &str) -> bool {
    let forbidden = |byte: u8| !byte.is_ascii_graphic() || b"'\"{}<>\\/".contains(&byte);
    !name.is_empty() && !name.bytes().any(forbidden)
}

/// Checks the names of a method's `requestParameters`.
pub(crate) fn check_request_parameters(parameters: Option<&FlagMap>) -> Result<(), Fault> {
    check_names(parameters, "method.request.", &REQUEST_PLACES)
}

/// Checks the names of a method response's `responseParameters`.
pub(crate) fn check_response_parameters(parameters: Option<&FlagMap>) -> Result<(), Fault> {
    check_names(parameters, "method.response.", &["header"])
}

fn check_names(parameters: Option<&FlagMap>, prefix: &str, places: &[&str]) -> Result<(), Fault> {
    let is_good = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| named(rest, places).is_some());
    let names = parameters.into_iter().flatten().map(|(name, _)| name);
    refuse(&names.filter(|name| !is_good(name)).map(|name| undeclared(name)).collect::<Vec<_>>())
}

/// Checks a cache key parameter: it must be a parameter that the method or the integration has.
pub(crate) fn check_cache_keys(
    keys: Option<&Vec<String>>,
    declared: Option<&FlagMap>,
    mapped: Option<&StringMap>,
) -> Result<(), Fault> {
    let known = |key: &str| {
        declared.is_some_and(|declared| declared.contains_key(key))
            || mapped.is_some_and(|mapped| mapped.contains_key(key))
    };
    let mut unknown = String::new();
    for key in keys.into_iter().flatten().filter(|key| !known(key)) {
        let separator = if unknown.is_empty() { "" } else { ", " };
        write!(unknown, "{separator}{key}").expect("a string takes every write");
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Fault::bad_request(format!("Invalid cache key parameter specified: {unknown}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn declared() -> FlagMap {
        [
            "method.request.path.id",
            "method.request.header.X-A",
            "method.request.querystring.q",
            "method.response.header.Y",
        ]
        .map(|name| (name.to_owned(), true))
        .into()
    }

    fn request(target: &str, source: &str) -> Result<(), Fault> {
        let mappings = [(target.to_owned(), source.to_owned())].into();
        check(Some(&mappings), Side::Request(Some(&declared())))
    }

    fn response(target: &str, source: &str) -> Result<(), Fault> {
        let mappings = [(target.to_owned(), source.to_owned())].into();
        check(Some(&mappings), Side::Response(Some(&declared())))
    }

    #[test]
    fn request_mappings_read_what_the_method_declares() {
        let target = "integration.request.header.X-To";
        for source in [
            "method.request.path.id",
            "method.request.header.X-A",
            "method.request.multivalueheader.X-A",
            "method.request.querystring.q",
            "method.request.multivaluequerystring.q",
            "method.request.body",
            "method.request.body.a.b[0]",
            "context.identity.sourceIp",
            "stageVariables.x",
            "'static text'",
            "''",
        ] {
            assert_eq!(request(target, source), Ok(()), "{source}");
        }
        for source in [
            "",
            "'",
            "petId",
            "method.request.body.",
            "method.request.cookie.x",
            "context.",
            "integration.request.header.x",
        ] {
            let message = request(target, source).expect_err(source).message;
            let wanted = format!(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping \
                 expression specified: {source}]"
            );
            assert_eq!(message, wanted);
        }
        let message = request(target, "method.request.path.proxy").expect_err("not declared").message;
        assert!(
            message.ends_with("errors : [Invalid mapping expression parameter specified: method.request.path.proxy]")
        );
    }

    #[test]
    fn request_mappings_write_only_the_integration_request() {
        for target in
            ["integration.request.path.id", "integration.request.querystring.a", "integration.request.header.A-b"]
        {
            assert_eq!(request(target, "'x'"), Ok(()), "{target}");
        }
        for target in [
            "",
            "integration.request.body",
            "integration.request.header.a b",
            "integration.request.header.",
            "method.request.path.id",
        ] {
            assert!(request(target, "'x'").is_err(), "{target}");
        }
    }

    #[test]
    fn response_mappings_write_what_the_method_response_declares() {
        for source in [
            "integration.response.header.X",
            "integration.response.multivalueheader.X",
            "integration.response.body",
            "integration.response.body.a",
            "'x'",
            "context.requestId",
        ] {
            assert_eq!(response("method.response.header.Y", source), Ok(()), "{source}");
        }
        assert!(response("method.response.header.Z", "'x'").is_err(), "not declared");
        assert!(response("method.response.header.Y", "method.request.header.X-A").is_err());
        assert!(response("method.response.body", "'x'").is_err());
    }

    #[test]
    fn every_error_is_told_at_once() {
        let mappings = [("integration.request.a".to_owned(), "b".to_owned())].into();
        let message = check(Some(&mappings), Side::Request(None)).expect_err("two errors").message;
        assert_eq!(message.matches("Invalid mapping expression specified: ").count(), 3, "{message}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall_over(target in ".*", source in ".*") {
            let mappings = [(target, source)].into();
            let _ = check(Some(&mappings), Side::Request(None));
            let _ = check(Some(&mappings), Side::Response(None));
        }
    }
}
