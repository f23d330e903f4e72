//! API Gateway's own extensions: which keys are known where, and the reading of closed sets.

use std::str::FromStr;

use stagegate_model::UnknownValue;

use super::scope::Scope;
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// What every extension's key begins with.
pub(super) const PREFIX: &str = "x-amazon-apigateway-";

/// Keys that mean something at the top of a document, without their prefix (fact 1.13).
const ROOT: &[&str] = &[
    "api-key-source",
    "binary-media-types",
    "documentation",
    "endpoint-access-mode",
    "endpoint-configuration",
    "gateway-responses",
    "importexport-version",
    "minimum-compression-size",
    "policy",
    "request-validator",
    "request-validators",
    "security-policy",
];

/// Checks the keys of the document's top level; what is not known is kept.
pub(super) fn check_root(scope: &mut Scope<'_>) -> Result<(), ImportError> {
    check(scope, scope.root, ROOT)?;
    if let Some(components) = scope.root.get("components") {
        check(scope, components, &["integrations"])?;
    }
    let unknown: Vec<_> = unknown(scope.root, ROOT)?.map(|(key, member)| (key.to_owned(), member.json())).collect();
    scope.extensions.extend(unknown);
    Ok(())
}

/// Warns of every extension of API Gateway among the members of `place` that is not in `known`.
pub(super) fn check(scope: &mut Scope<'_>, place: Cursor<'_>, known: &[&str]) -> Result<(), ImportError> {
    for (key, member) in unknown(place, known)? {
        let message = match key {
            "x-amazon-apigateway-cors" => "x-amazon-apigateway-cors is for HTTP APIs; it has no effect here".to_owned(),
            _ => format!("the extension {} is not known here; it has no effect", excerpt(key)),
        };
        scope.warn(member, message);
    }
    Ok(())
}

fn unknown<'d>(place: Cursor<'d>, known: &[&str]) -> Result<impl Iterator<Item = (&'d str, Cursor<'d>)>, ImportError> {
    Ok(place.members()?.filter(|(key, _)| key.strip_prefix(PREFIX).is_some_and(|name| !known.contains(&name))))
}

/// A member of a closed set in any letter case, as API Gateway reads them.
pub(super) fn choice<T: FromStr<Err = UnknownValue>>(place: Cursor<'_>) -> Result<T, ImportError> {
    parse(place, &place.text()?.to_ascii_uppercase())
}

/// A member of a closed set exactly as the service model writes it.
pub(super) fn exact_choice<T: FromStr<Err = UnknownValue>>(place: Cursor<'_>) -> Result<T, ImportError> {
    parse(place, place.text()?)
}

fn parse<T: FromStr<Err = UnknownValue>>(place: Cursor<'_>, text: &str) -> Result<T, ImportError> {
    text.parse().map_err(|unknown: UnknownValue| {
        let written = place.text().unwrap_or(text);
        let message = format!("{:?} is not allowed here", excerpt(written));
        place.error(message, format!("one of {}", unknown.allowed.join(", ")))
    })
}
