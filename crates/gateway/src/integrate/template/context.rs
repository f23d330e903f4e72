//! `$context`: what is known of the request, and the overrides that a template may set.

use stagegate_mapping::ContextVariable;
use stagegate_vtl::{Key, Map, Value};

use super::put;
use crate::authorize::AuthorizerAnswer;
use crate::integrate::values::Lookup;
use crate::observe::{Escape, write_variable};

/// The map that `$context` is.
pub(super) fn context(lookup: Lookup<'_>) -> Value {
    let root = Map::new();
    let mut text = lookup.core.buffers.take();
    for (name, variable) in ContextVariable::all().filter(|(name, _)| is_known_in_templates(name)) {
        text.clear();
        let arrival = lookup.routed.addressed.arrival;
        if write_variable(lookup.core, arrival, lookup.notes, variable, Escape::Nothing, &mut text) {
            insert(&root, name, Value::from(String::from_utf8_lossy(&text).into_owned()));
        }
    }
    lookup.core.buffers.give(text);
    if let Some(authorizer) = lookup.notes.caller().and_then(|caller| caller.authorizer.as_deref()) {
        put(&root, "authorizer", Value::Map(said(authorizer)));
    }
    let overrides = lookup.notes.overrides();
    put(&root, "requestOverride", Value::Map(overrides.request.clone()));
    put(&root, "responseOverride", Value::Map(overrides.response.clone()));
    Value::Map(root)
}

/// Whether a variable exists in templates: some are for access logs only (fact L18), and the authorizer's have a map of their own.
fn is_known_in_templates(name: &str) -> bool {
    ![
        "authenticate.",
        "authorize",
        "cipherSuite",
        "customDomain",
        "integration",
        "response",
        "status",
        "tlsVersion",
        "xrayTraceId",
    ]
    .iter()
    .any(|log_only| name.starts_with(log_only))
}

/// What an authorizer said: its values by name, which may hold dots, and a token's claims (fact 81).
fn said(answer: &AuthorizerAnswer) -> Map {
    let said = Map::new();
    for (name, value) in &answer.context {
        put(&said, name, Value::from(value.to_string()));
    }
    if let Some(principal_id) = &answer.principal_id {
        put(&said, "principalId", Value::from(principal_id.to_string()));
    }
    if !answer.claims.is_empty() {
        let claims = Map::new();
        for (name, value) in &answer.claims {
            put(&claims, name, Value::from(value.to_string()));
        }
        put(&said, "claims", Value::Map(claims));
    }
    said
}

/// Sets a member at a dotted name, with the maps on the way there.
fn insert(root: &Map, name: &str, value: Value) {
    match name.split_once('.') {
        None => put(root, name, value),
        Some((first, rest)) => {
            let key = Key::Text(first.into());
            let inner = match root.get(&key) {
                Some(Value::Map(inner)) => inner,
                _ => Map::new(),
            };
            insert(&inner, rest, value);
            root.put(key, Value::Map(inner));
        }
    }
}
