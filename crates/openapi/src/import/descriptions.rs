//! Descriptions in the standards' own places become documentation parts, as API Gateway makes them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use stagegate_model::rest::{DocumentationPartLocation, DocumentationPartType, StatusCode};

use super::{paths, reference::resolve, scope::Scope, security};
use crate::definition::DocumentationPartDefinition;
use crate::document::{self, Cursor};
use crate::error::ImportError;
use crate::export::Descriptions;

/// What an operation says of itself and a part holds.
pub(super) const OF_OPERATION: &[&str] = &["description", "externalDocs", "summary", "tags"];

/// Adds the parts that a definition's own words made to those which it has, unless those say the same already.
pub(super) fn complete(scope: &mut Scope<'_>, parts: &mut Vec<DocumentationPartDefinition>) -> Result<(), ImportError> {
    let mut notes = Notes::at("/");
    notes.of_api(scope.root);
    notes.of_authorizers(scope)?;
    notes.parts.append(&mut scope.notes);
    let said = Descriptions::of(parts);
    let target = |part: &DocumentationPartDefinition| {
        let (kind, path, verb, status, name) = part.location.target();
        [kind.as_str(), path, verb, status, name].map(str::to_owned)
    };
    let mut taken: BTreeSet<_> = parts.iter().map(target).collect();
    // Of two parts for one place the later counts, as with parameters.
    let mut new: Vec<_> =
        notes.parts.into_iter().rev().filter(|part| taken.insert(target(part)) && !said.say(part)).collect();
    new.reverse();
    parts.extend(new);
    Ok(())
}

/// Notes what a path item and its operations say. Nothing of it is read for the first time here.
pub(super) fn of_path<'d>(scope: &mut Scope<'d>, path: &str, item: Cursor<'d>) -> Result<(), ImportError> {
    let mut notes = Notes::at(path);
    notes.of_path(scope, item)?;
    scope.notes.append(&mut notes.parts);
    Ok(())
}

/// The parts so far, and where the next ones belong.
struct Notes {
    parts: Vec<DocumentationPartDefinition>,
    path: String,
    verb: Option<&'static str>,
    status: Option<StatusCode>,
}

impl Notes {
    fn at(path: &str) -> Self {
        Self { parts: Vec::new(), path: path.to_owned(), verb: None, status: None }
    }

    fn of_api(&mut self, root: Cursor<'_>) {
        let Some(info) = root.get("info") else { return };
        let said = properties(info, &["contact", "description", "license", "termsOfService"]);
        if !said.is_empty() {
            let properties = Map::from_iter([("info".to_owned(), Value::Object(said))]);
            self.put(DocumentationPartLocation::of(DocumentationPartType::Api), properties);
        }
    }

    fn of_authorizers(&mut self, scope: &mut Scope<'_>) -> Result<(), ImportError> {
        let Some(schemes) = security::defined(scope) else { return Ok(()) };
        for (name, scheme) in schemes.members()? {
            let scheme = resolve(scope, scheme)?;
            if scheme.get("x-amazon-apigateway-authorizer").is_some() {
                self.add(DocumentationPartType::Authorizer, Some(name), scheme, &["description"]);
            }
        }
        Ok(())
    }

    fn of_path<'d>(&mut self, scope: &mut Scope<'d>, item: Cursor<'d>) -> Result<(), ImportError> {
        self.add(DocumentationPartType::Resource, None, item, &["description", "summary"]);
        for (key, operation) in item.members()? {
            let Some(verb) = paths::verb(key) else { continue };
            self.verb = Some(verb.as_str());
            self.add(DocumentationPartType::Method, None, operation, OF_OPERATION);
            for list in [item.get("parameters"), operation.get("parameters")].into_iter().flatten() {
                for parameter in list.items()? {
                    let parameter = resolve(scope, parameter)?;
                    self.of_parameter(parameter)?;
                }
            }
            if let Some(body) = operation.get("requestBody") {
                let body = resolve(scope, body)?;
                self.add(DocumentationPartType::RequestBody, None, body, &["description"]);
            }
            self.of_responses(scope, operation)?;
        }
        Ok(())
    }

    fn of_parameter(&mut self, parameter: Cursor<'_>) -> Result<(), ImportError> {
        let kind = match parameter.get("in").map_or(Ok(""), Cursor::text)? {
            "path" => DocumentationPartType::PathParameter,
            "query" => DocumentationPartType::QueryParameter,
            "header" => DocumentationPartType::RequestHeader,
            "body" => DocumentationPartType::RequestBody,
            _ => return Ok(()),
        };
        let name = parameter.get("name").map(Cursor::text).transpose()?;
        self.add(kind, name.filter(|_| kind != DocumentationPartType::RequestBody), parameter, &["description"]);
        Ok(())
    }

    fn of_responses<'d>(&mut self, scope: &mut Scope<'d>, operation: Cursor<'d>) -> Result<(), ImportError> {
        let Some(responses) = operation.get("responses") else { return Ok(()) };
        for (key, response) in responses.members()? {
            let Ok(status) = key.parse::<StatusCode>() else { continue };
            let response = resolve(scope, response)?;
            self.status = Some(status);
            // An export writes these words where there are none.
            let default = format!("{status} response");
            if response.get("description").is_some_and(|place| place.text().ok() != Some(&default)) {
                self.add(DocumentationPartType::Response, None, response, &["description"]);
            }
            for (name, header) in response.get("headers").map(Cursor::members).transpose()?.into_iter().flatten() {
                self.add(DocumentationPartType::ResponseHeader, Some(name), header, &["description"]);
            }
            self.status = None;
        }
        Ok(())
    }

    /// Makes a part of those of an entity's members that say something.
    fn add(&mut self, kind: DocumentationPartType, name: Option<&str>, entity: Cursor<'_>, keys: &[&str]) {
        let properties = properties(entity, keys);
        if properties.is_empty() {
            return;
        }
        let is_global = kind == DocumentationPartType::Authorizer;
        let location = DocumentationPartLocation {
            path: (!is_global).then(|| self.path.clone()),
            method: self.verb.map(str::to_owned),
            status_code: self.status.as_ref().map(ToString::to_string),
            name: name.map(str::to_owned),
            ..DocumentationPartLocation::of(kind)
        };
        self.put(location, properties);
    }

    fn put(&mut self, location: DocumentationPartLocation, properties: Map<String, Value>) {
        let location = location.completed();
        if location.check().is_ok() {
            let properties = Value::Object(properties).to_string();
            self.parts.push(DocumentationPartDefinition { location, properties });
        }
    }
}

/// Those of an entity's members that say something.
fn properties(entity: Cursor<'_>, keys: &[&str]) -> Map<String, Value> {
    let said = keys.iter().filter_map(|key| Some((*key, entity.get(key)?))).filter(|(_, place)| match place.value() {
        document::Value::Text(text) => !text.is_empty(),
        document::Value::Sequence(items) => !items.is_empty(),
        document::Value::Mapping(members) => !members.is_empty(),
        _ => false,
    });
    said.map(|(key, place)| (key.to_owned(), place.json())).collect()
}
