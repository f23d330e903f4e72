//! The caller's identity, as an authorizer's sources find it.

use std::borrow::Cow;

use stagegate_http1::RequestHead;
use stagegate_mapping::RequestSource;
use stagegate_plan::LambdaAuthorizerKind;

use super::Scene;
use crate::integrate::{form_decode, query_pairs};
use crate::observe::{Escape, write_variable};

/// The identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Of a `TOKEN` authorizer.
    Token(String),
    /// Of a `REQUEST` authorizer: its sources as they were written, with their values.
    Request(Vec<(String, String)>),
}

/// An identity is missing, empty, or does not look like one: the function is not asked (fact A15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing;

impl Identity {
    /// Finds it.
    pub(super) fn of(scene: Scene<'_>) -> Result<Self, Missing> {
        match &scene.rehearsal.authorizer.kind {
            LambdaAuthorizerKind::Token { header, expression } => {
                let token = header_value(scene.arrival.head, header).ok_or(Missing)?;
                let fits = expression.as_ref().is_none_or(|expression| expression.is_match(&token));
                if fits { Ok(Self::Token(token)) } else { Err(Missing) }
            }
            LambdaAuthorizerKind::Request { sources } => {
                let found = sources.iter().map(|one| {
                    let value = value(scene, &one.written, &one.source).ok_or(Missing)?;
                    Ok((one.written.to_string(), value))
                });
                found.collect::<Result<_, _>>().map(Self::Request)
            }
        }
    }
}

/// The last value of a header that is not empty, its name in any letter case (fact 47 is about mappings).
fn header_value(head: &RequestHead, name: &str) -> Option<String> {
    let named = head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
    text(named.last()?.value)
}

fn text(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned())
}

fn value(scene: Scene<'_>, written: &str, source: &RequestSource) -> Option<String> {
    let head = scene.arrival.head;
    let query = |name: &str| {
        let pairs = query_pairs(head.query().unwrap_or_default());
        let named: Vec<Cow<'_, [u8]>> = pairs
            .filter(|(key, _)| *form_decode(key) == *name.as_bytes())
            .map(|(_, value)| form_decode(value))
            .collect();
        named
    };
    match source {
        RequestSource::Header(name) => header_value(head, name),
        RequestSource::MultiHeader(name) => {
            let fields = head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
            text(&fields.map(|field| field.value).collect::<Vec<_>>().join(&b','))
        }
        RequestSource::Query(name) => text(query(name).last()?),
        RequestSource::MultiQuery(name) => text(&query(name).join(&b',')),
        RequestSource::StageVariable(name) => text(scene.rehearsal.stage.variables.get(name)?.as_bytes()),
        RequestSource::Context(variable) => {
            if let Some(given) = written.strip_prefix("context.").and_then(|name| scene.rehearsal.context.get(name)) {
                return text(given.as_bytes());
            }
            let mut out = Vec::new();
            write_variable(scene.core, scene.arrival, scene.notes, variable, Escape::Nothing, &mut out);
            text(&out)
        }
        // No identity sources.
        RequestSource::Static(_) | RequestSource::Path(_) | RequestSource::Body(_) => None,
    }
}
