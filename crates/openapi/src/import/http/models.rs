//! The schemas that validated bodies refer to, in JSON Schema draft 4, as far as any is reached.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{models, reference::unescape, schema, scope::Scope};
use super::beyond::Validated;
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// How references to schemas of the document begin.
const LOCAL: &str = "#/components/schemas/";

/// The schemas that were referred to so far, by name.
#[derive(Default)]
pub(super) struct Models<'d> {
    /// What is validated of operations that say nothing else.
    pub(super) by_default: Validated,
    wanted: BTreeMap<String, Cursor<'d>>,
}

impl<'d> Models<'d> {
    pub(super) fn new(by_default: Validated) -> Self {
        Self { by_default, wanted: BTreeMap::new() }
    }

    /// The models of a `content` object: content type to name.
    pub(super) fn of_content(
        &mut self,
        scope: &mut Scope<'d>,
        content: Option<Cursor<'d>>,
    ) -> Result<BTreeMap<String, String>, ImportError> {
        let mut named = BTreeMap::new();
        for (content_type, media) in content.map(Cursor::members).transpose()?.into_iter().flatten() {
            let Some(place) = media.get("schema") else { continue };
            let (name, place) = referred(scope, place)?.unwrap_or_else(|| (models::inline_name(place), place));
            self.wanted.insert(name.clone(), place);
            named.insert(content_type.to_owned(), name);
        }
        Ok(named)
    }

    /// Every schema that is reached, by name.
    pub(super) fn close(self, scope: &mut Scope<'d>) -> Result<BTreeMap<String, Value>, ImportError> {
        let mut pending: Vec<(String, Cursor<'d>)> = self.wanted.into_iter().collect();
        let mut closed = BTreeMap::new();
        while let Some((name, place)) = pending.pop() {
            if closed.contains_key(&name) {
                continue;
            }
            let mut document = place.json();
            if let Some(keyword) = schema::malformed(&document) {
                let message = format!("Invalid model schema specified. The value of `{keyword}` is not valid");
                let error = place.error(message, "a schema of OpenAPI 3.0");
                return Err(error.during(&format!("Unable to create model for '{}'", excerpt(&name))));
            }
            for reference in schema::references(&document) {
                let found = target(scope, place, &reference)?;
                if !closed.contains_key(&found.0) {
                    pending.push(found);
                }
            }
            schema::each_mut(&mut document, &mut draft4);
            closed.insert(name, document);
        }
        Ok(closed)
    }
}

/// The schema that a schema refers to.
fn referred<'d>(scope: &Scope<'d>, place: Cursor<'d>) -> Result<Option<(String, Cursor<'d>)>, ImportError> {
    place.get("$ref").map(|reference| target(scope, reference, reference.text()?)).transpose()
}

/// The schema that a reference names, or is within.
fn target<'d>(scope: &Scope<'d>, place: Cursor<'_>, text: &str) -> Result<(String, Cursor<'d>), ImportError> {
    let name = text.strip_prefix(LOCAL).map(|rest| unescape(rest.split('/').next().unwrap_or_default()));
    let found = name.as_ref().and_then(|name| models::defined(scope)?.get(name));
    if let (Some(name), Some(schema)) = (name, found) {
        return Ok((name.into_owned(), schema));
    }
    let message = format!("Reference to model {:?} not found", excerpt(text));
    Err(place.error(message, "a reference such as #/components/schemas/Pet").of_entity())
}

/// One schema of OpenAPI 3.0 in the words of draft 4: `nullable` is one more type.
fn draft4(schema: &mut serde_json::Map<String, Value>) {
    schema.retain(|keyword, _| !keyword.starts_with("x-"));
    let is_nullable = schema.shift_remove("nullable") == Some(Value::Bool(true));
    if let Some(kind) = schema.get_mut("type").filter(|kind| is_nullable && kind.is_string()) {
        *kind = json!([kind.take(), "null"]);
    }
}
