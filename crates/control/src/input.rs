//! Reads the members of a request body: wrong types stop at once, constraint errors are gathered.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::call::Call;
use crate::fault::{Fault, FaultKind};

/// A request body, or a structure inside it, being read member by member.
///
/// Members nobody asks for are ignored, as on AWS; a member that is `null` counts as absent.
#[derive(Debug)]
pub(crate) struct Input {
    at: String,
    members: Map<String, Value>,
    broken: Vec<String>,
}

impl Input {
    /// No body: for constraints on a call's path and query.
    pub(crate) fn empty(call: &Call) -> Self {
        let mut at = call.operation.name.to_owned();
        at[..1].make_ascii_lowercase();
        at.push_str("Input");
        Self { at, members: Map::new(), broken: Vec::new() }
    }

    /// A document that came as text inside another one.
    pub(crate) fn nested(at: &str, members: Map<String, Value>) -> Self {
        Self { at: at.to_owned(), members, broken: Vec::new() }
    }

    /// The body of a call. Its path in messages is AWS's shape name, such as `createStageInput`.
    pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
        let empty = Self::empty(call);
        if call.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(empty);
        }
        match serde_json::from_slice(&call.body) {
            Ok(Value::Object(members)) => Ok(Self { members, ..empty }),
            Ok(other) => Err(wrong_type(&other, "structure")),
            Err(error) => {
                Err(Fault::new(FaultKind::Serialization, format!("The request body is not valid JSON: {error}")))
            }
        }
    }

    /// The members that are left.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    fn take(&mut self, member: &str) -> Option<Value> {
        self.members.shift_remove(member).filter(|value| !value.is_null())
    }

    /// Notes a broken constraint in AWS's words (fact 125).
    pub(crate) fn broken(&mut self, value: &str, member: &str, constraint: &str) {
        self.broken.push(format!("Value {value} at '{}.{member}' failed to satisfy constraint: {constraint}", self.at));
    }

    /// A string.
    pub(crate) fn text(&mut self, member: &str) -> Result<Option<String>, Fault> {
        self.take(member).map(text_of).transpose()
    }

    /// A string that must be there; `""` stands in until [`Input::finish`] refuses.
    pub(crate) fn required_text(&mut self, member: &str) -> Result<String, Fault> {
        let text = self.text(member)?;
        if text.is_none() {
            self.broken("null", member, "Member must not be null");
        }
        Ok(text.unwrap_or_default())
    }

    /// A boolean.
    pub(crate) fn flag(&mut self, member: &str) -> Result<Option<bool>, Fault> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong_type(&other, "Boolean")),
        }
    }

    /// A whole number of 32 bits: every `Integer` of the service model.
    pub(crate) fn integer(&mut self, member: &str) -> Result<Option<i32>, Fault> {
        let Some(value) = self.take(member) else { return Ok(None) };
        let integer = value.as_i64().and_then(|number| i32::try_from(number).ok());
        integer.map(Some).ok_or_else(|| wrong_type(&value, "Integer"))
    }

    /// A number.
    pub(crate) fn number(&mut self, member: &str) -> Result<Option<f64>, Fault> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Number::as_f64(&number)),
            Some(other) => Err(wrong_type(&other, "Double")),
        }
    }

    /// A list of strings.
    pub(crate) fn texts(&mut self, member: &str) -> Result<Option<Vec<String>>, Fault> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Array(items)) => items.into_iter().map(text_of).collect::<Result<_, _>>().map(Some),
            Some(other) => Err(wrong_type(&other, "List")),
        }
    }

    /// A map of strings.
    pub(crate) fn text_map(&mut self, member: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        self.map(member, text_of)
    }

    /// A map of lists of strings.
    pub(crate) fn texts_map(&mut self, member: &str) -> Result<Option<BTreeMap<String, Vec<String>>>, Fault> {
        self.map(member, |value| match value {
            Value::Array(items) => items.into_iter().map(text_of).collect(),
            other => Err(wrong_type(&other, "List")),
        })
    }

    /// A map of strings in which a `null` counts as the empty string, as AWS takes templates.
    pub(crate) fn nullable_text_map(&mut self, member: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        self.map(member, |value| if value.is_null() { Ok(String::new()) } else { text_of(value) })
    }

    /// A map of booleans. A `null` value counts as false.
    pub(crate) fn flag_map(&mut self, member: &str) -> Result<Option<BTreeMap<String, bool>>, Fault> {
        self.map(member, |value| match value {
            Value::Bool(flag) => Ok(flag),
            Value::Null => Ok(false),
            other => Err(wrong_type(&other, "Boolean")),
        })
    }

    fn map<T>(
        &mut self,
        member: &str,
        read: fn(Value) -> Result<T, Fault>,
    ) -> Result<Option<BTreeMap<String, T>>, Fault> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Object(entries)) => {
                entries.into_iter().map(|(name, value)| Ok((name, read(value)?))).collect::<Result<_, _>>().map(Some)
            }
            Some(other) => Err(wrong_type(&other, "Map")),
        }
    }

    /// A string of a closed set; another value is a gathered constraint error.
    pub(crate) fn choice<E: DeserializeOwned>(&mut self, member: &str, allowed: &[&str]) -> Result<Option<E>, Fault> {
        let text = self.text(member)?;
        Ok(self.query_choice(member, text.as_deref(), allowed))
    }

    /// The same for a member that must be there.
    pub(crate) fn required_choice<E: DeserializeOwned>(
        &mut self,
        member: &str,
        allowed: &[&str],
    ) -> Result<Option<E>, Fault> {
        let text = self.text(member)?;
        if text.is_none() {
            self.broken("null", member, "Member must not be null");
        }
        Ok(self.query_choice(member, text.as_deref(), allowed))
    }

    /// The same for a member that came in the query.
    pub(crate) fn query_choice<E: DeserializeOwned>(
        &mut self,
        member: &str,
        text: Option<&str>,
        allowed: &[&str],
    ) -> Option<E> {
        let text = text?;
        let chosen = choose(text);
        if chosen.is_none() {
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            self.broken(&format!("'{text}'"), member, &rule);
        }
        chosen
    }

    /// A nested structure. Give it back to [`Input::absorb`] when it is read.
    pub(crate) fn structure(&mut self, member: &str) -> Result<Option<Self>, Fault> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Object(members)) => {
                let at = format!("{}.{member}", self.at);
                Ok(Some(Self { at, members, broken: Vec::new() }))
            }
            Some(other) => Err(wrong_type(&other, "structure")),
        }
    }

    /// A list of structures, each with its 1-based index in its path, as AWS counts.
    pub(crate) fn structures(&mut self, member: &str) -> Result<Vec<Self>, Fault> {
        let items = match self.take(member) {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(wrong_type(&other, "List")),
        };
        let at = |index: usize| format!("{}.{member}.{}.member", self.at, index + 1);
        let read = |(index, item)| match item {
            Value::Object(members) => Ok(Self { at: at(index), members, broken: Vec::new() }),
            other => Err(wrong_type(&other, "structure")),
        };
        items.into_iter().enumerate().map(read).collect()
    }

    /// A map of structures, each with its key in its path.
    pub(crate) fn structure_map(&mut self, member: &str) -> Result<Vec<(String, Self)>, Fault> {
        let entries = match self.take(member) {
            None => Map::new(),
            Some(Value::Object(entries)) => entries,
            Some(other) => return Err(wrong_type(&other, "Map")),
        };
        let read = |(name, item)| match item {
            Value::Object(members) => {
                let at = format!("{}.{member}.{name}.member", self.at);
                Ok((name, Self { at, members, broken: Vec::new() }))
            }
            other => Err(wrong_type(&other, "structure")),
        };
        entries.into_iter().map(read).collect()
    }

    /// Takes over the constraint errors of a nested structure.
    pub(crate) fn absorb(&mut self, nested: Self) {
        self.broken.extend(nested.broken);
    }

    /// Refuses when a constraint was broken, with all of them in one message.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        let count = self.broken.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        let message = format!("{count} validation error{plural} detected: {}", self.broken.join("; "));
        Err(Fault::new(FaultKind::Validation, message))
    }
}

/// Reads a closed enum of the model from its wire form.
pub(crate) fn choose<E: DeserializeOwned>(text: &str) -> Option<E> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

fn text_of(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong_type(&other, "String")),
    }
}

/// AWS's wording names Java's classes (fact 132).
fn wrong_type(found: &Value, wanted: &str) -> Fault {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "class java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "class java.lang.Double",
        Value::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
            "class java.lang.Integer"
        }
        Value::Number(number) if number.is_i64() => "class java.lang.Long",
        Value::Number(_) => "class java.math.BigInteger",
        Value::String(_) => "class java.lang.String",
        Value::Array(_) => "class java.util.ArrayList",
        Value::Object(_) => "class java.util.HashMap",
    };
    Fault::new(FaultKind::Serialization, format!("{found} can not be converted to an {wanted}"))
}
