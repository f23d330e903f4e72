//! One patch operation on its way into a noun: its value, read as the noun's member wants it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::Op;
use super::pointer::unescape;
use crate::fault::Fault;
use crate::input::choose;

/// A patch operation that matched a row.
#[derive(Debug)]
pub(crate) struct Edit<'e> {
    pub(crate) op: Op,
    /// The pointer as the caller wrote it.
    pub(crate) path: &'e str,
    pub(super) captured: Vec<String>,
    pub(super) value: Option<&'e str>,
    pub(super) from: Option<&'e str>,
}

impl Edit<'_> {
    /// The name at a placeholder of the row's pattern, unescaped.
    pub(crate) fn name(&self, placeholder: usize) -> String {
        unescape(self.raw_name(placeholder))
    }

    /// The name at a placeholder, as written.
    pub(crate) fn raw_name(&self, placeholder: usize) -> &str {
        self.captured.get(placeholder).map(String::as_str).unwrap_or_default()
    }

    /// Where a `copy` takes its value from.
    pub(crate) fn from(&self) -> &str {
        self.from.unwrap_or_default()
    }

    /// Whether the operation takes something away.
    pub(crate) fn removes(&self) -> bool {
        self.op == Op::Remove
    }

    /// The value of an operation that must have one.
    pub(crate) fn text(&self) -> Result<String, Fault> {
        let value = self.value.filter(|value| !value.is_empty());
        value
            .map(str::to_owned)
            .ok_or_else(|| Fault::bad_request(format!("Invalid null or empty value in {}", self.path)))
    }

    /// The value of a member that can be unset by `remove`, by no value, or by an empty one.
    pub(crate) fn optional_text(&self) -> Option<String> {
        self.value.filter(|value| !value.is_empty() && !self.removes()).map(str::to_owned)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Result<bool, Fault> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(self.invalid(other, "a boolean")),
        }
    }

    /// A number.
    pub(crate) fn number<N: FromStr>(&self) -> Result<N, Fault> {
        let text = self.text()?;
        text.parse().map_err(|_| self.invalid(&text, "a number"))
    }

    /// A member of one of the model's closed sets.
    pub(crate) fn choice<E: DeserializeOwned>(&self, allowed: &[&str]) -> Result<E, Fault> {
        let text = self.text()?;
        choose(&text).ok_or_else(|| self.invalid(&text, format_args!("one of: [{}]", allowed.join(", "))))
    }

    /// The fault for a value that the member does not take.
    pub(crate) fn invalid(&self, value: &str, wanted: impl Display) -> Fault {
        Fault::bad_request(format!("Invalid value '{value}' specified for {}. Must be {wanted}", self.path))
    }

    /// The fault for a path that leads nowhere in this document.
    pub(crate) fn nowhere(&self) -> Fault {
        Fault::bad_request(format!("Invalid patch path {}", self.path))
    }

    /// Sets or removes one entry of a map; an entry that is not there cannot be removed.
    pub(crate) fn entry<V>(
        &self,
        map: &mut Option<BTreeMap<String, V>>,
        name: String,
        read: impl FnOnce(&Self) -> Result<V, Fault>,
    ) -> Result<(), Fault> {
        if self.removes() {
            let removed = map.as_mut().and_then(|map| map.remove(&name));
            if map.as_ref().is_some_and(BTreeMap::is_empty) {
                *map = None;
            }
            return removed.map(drop).ok_or_else(|| self.nowhere());
        }
        let value = read(self)?;
        map.get_or_insert_default().insert(name, value);
        Ok(())
    }

    /// Adds an item to a list that holds each item once, or removes it; a missing one cannot be removed.
    pub(crate) fn member(&self, list: &mut Option<Vec<String>>, item: String) -> Result<(), Fault> {
        let items = list.get_or_insert_default();
        let found = items.iter().position(|have| *have == item);
        match (self.removes(), found) {
            (true, None) => return Err(self.nowhere()),
            (true, Some(index)) => drop(items.remove(index)),
            (false, None) => items.push(item),
            (false, Some(_)) => {}
        }
        Ok(())
    }
}
