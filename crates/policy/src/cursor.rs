//! A place in a JSON document: the value, its path, and the limits that hold below it.

use std::collections::HashSet;

use crate::document::Limits;
use crate::error::{Fault, ParseError};
use crate::json::Json;

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    json: &'a Json,
    path: String,
    pub(crate) limits: &'a Limits,
}

impl<'a> Cursor<'a> {
    pub(crate) fn root(json: &'a Json, limits: &'a Limits) -> Self {
        Self { json, path: String::new(), limits }
    }

    pub(crate) fn error(&self, fault: Fault) -> ParseError {
        ParseError { path: self.path.clone(), fault }
    }

    /// The error of a value that is none of `allowed`.
    pub(crate) fn wrong(&self, allowed: &'static str) -> ParseError {
        self.error(Fault::Wrong { found: self.json.describe(), allowed })
    }

    /// Members in the document's order; a name that appears twice is refused.
    pub(crate) fn members(&self, allowed: &'static str) -> Result<Vec<(&'a str, Self)>, ParseError> {
        let Json::Object(members) = self.json else { return Err(self.wrong(allowed)) };
        let mut seen = HashSet::new();
        let mut cursors = Vec::with_capacity(members.len());
        for (name, json) in members {
            if !seen.insert(name.as_str()) {
                return Err(self.error(Fault::Duplicate(name.clone())));
            }
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            cursors.push((name.as_str(), Self { json, path, limits: self.limits }));
        }
        Ok(cursors)
    }

    /// The items of a list, or the value itself where it is no list; never empty, at most `limit` `unit`s.
    pub(crate) fn one_or_more(&self, unit: &'static str, limit: usize) -> Result<Vec<Self>, ParseError> {
        let Json::Array(items) = self.json else { return Ok(vec![self.clone()]) };
        if items.is_empty() {
            return Err(self.error(Fault::Wrong { found: "an empty list".to_owned(), allowed: "at least one item" }));
        }
        if items.len() > limit {
            return Err(self.error(Fault::TooMany { unit, found: items.len(), limit }));
        }
        let item = |(index, json)| Self { json, path: format!("{}[{index}]", self.path), limits: self.limits };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// One value or a list of values, as many as the limits allow.
    pub(crate) fn values(&self) -> Result<Vec<Self>, ParseError> {
        self.one_or_more("values", self.limits.values_per_list)
    }

    /// The string here.
    pub(crate) fn text(&self, allowed: &'static str) -> Result<&'a str, ParseError> {
        if let Json::String(text) = self.json { Ok(text) } else { Err(self.wrong(allowed)) }
    }

    /// The string, number or boolean here, as text: condition values may be written as any of the three.
    pub(crate) fn scalar(&self, allowed: &'static str) -> Result<String, ParseError> {
        match self.json {
            Json::String(text) | Json::Number(text) => Ok(text.clone()),
            Json::Bool(value) => Ok(value.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => Err(self.wrong(allowed)),
        }
    }

    /// Whether the value here is an object.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self.json, Json::Object(_))
    }
}
