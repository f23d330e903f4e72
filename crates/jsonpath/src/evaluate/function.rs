//! The functions at the end of a path.

use serde_json::Value;

use crate::budget::Meter;
use crate::decimal::java_double;
use crate::error::Stop;
use crate::path::{Argument, Call, Found, Path};

use super::aggregate::Aggregate;
use super::{Scope, copy, read};

pub(super) fn invoke(call: &Call, model: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<Value, Stop> {
    let function = match call.name.as_str() {
        "min" => Function::Aggregate(Aggregate::Min),
        "max" => Function::Aggregate(Aggregate::Max),
        "avg" => Function::Aggregate(Aggregate::Average),
        "stddev" => Function::Aggregate(Aggregate::Deviation),
        "sum" => Function::Aggregate(Aggregate::Sum),
        "length" | "size" => Function::Length,
        "keys" => Function::Keys,
        "concat" => Function::Concat,
        "append" => Function::Append,
        "first" => Function::First,
        "last" => Function::Last,
        "index" => Function::Index,
        name => return Err(Stop::invalid(format!("there is no function {name:?}"))),
    };
    let arguments = arguments(call, scope, meter)?;
    match function {
        Function::Aggregate(aggregate) => over_numbers(aggregate, model, &arguments, meter),
        Function::Length => length(call, model, scope, meter),
        Function::Keys => Ok(keys(model)),
        Function::Concat => concat(model, &arguments, meter),
        Function::Append => append(model, arguments, meter),
        Function::First => element(model, 0, meter),
        Function::Last => element(model, -1, meter),
        Function::Index => {
            let index = numbers(&arguments).next().ok_or(Stop::OutOfBounds)?;
            #[expect(clippy::cast_possible_truncation, reason = "Java's intValue, which saturates")]
            element(model, index as i32, meter)
        }
    }
}

enum Function {
    Aggregate(Aggregate),
    Length,
    Keys,
    Concat,
    Append,
    First,
    Last,
    Index,
}

/// The arguments' values; their paths start at the document, whatever they start with.
fn arguments(call: &Call, scope: Scope<'_>, meter: &mut Meter) -> Result<Vec<Value>, Stop> {
    let value = |argument: &Argument| match argument {
        Argument::Json(value) => copy(value, meter),
        Argument::Path { path, .. } => at_path(path, scope.root, scope, meter),
    };
    call.arguments.iter().map(value).collect()
}

fn at_path(path: &Path, model: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<Value, Stop> {
    match read(path, model, scope, meter)? {
        Found::One(value) => copy(&value, meter),
        Found::Many(values) => {
            values.iter().map(|value| copy(value, meter)).collect::<Result<_, _>>().map(Value::Array)
        }
        Found::Missing => Err(Stop::Missing),
    }
}

/// A list's elements, or the value itself.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn numbers(values: &[Value]) -> impl Iterator<Item = f64> {
    values.iter().flat_map(elements).filter_map(Value::as_f64)
}

fn over_numbers(aggregate: Aggregate, model: &Value, arguments: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let items = model.as_array().map_or(&[][..], Vec::as_slice);
    meter.charge(items.len())?;
    let all: Vec<f64> = items.iter().filter_map(Value::as_f64).chain(numbers(arguments)).collect();
    if all.is_empty() {
        return Err(Stop::Failed("there is no number to calculate with".to_owned()));
    }
    Ok(aggregate.over(&all))
}

/// With a path, how many elements it leads to from here; else the members or elements here.
fn length(call: &Call, model: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<Value, Stop> {
    match call.arguments.first() {
        Some(Argument::Json(_)) => return Err(Stop::Failed("length counts what a path leads to".to_owned())),
        Some(Argument::Path { elements, .. }) => {
            if let Value::Array(items) = at_path(elements, model, scope, meter)? {
                return Ok(items.len().into());
            }
        }
        None => {}
    }
    Ok(match model {
        Value::Array(items) => items.len().into(),
        Value::Object(members) => members.len().into(),
        _ => Value::Null,
    })
}

fn keys(model: &Value) -> Value {
    match model {
        Value::Object(members) => members.keys().cloned().map(Value::String).collect(),
        _ => Value::Null,
    }
}

/// The texts of the list here, then the arguments as texts.
fn concat(model: &Value, arguments: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let mut text = String::new();
    for item in model.as_array().map_or(&[][..], Vec::as_slice) {
        meter.charge(1)?;
        text.push_str(item.as_str().unwrap_or_default());
    }
    for item in arguments.iter().flat_map(elements) {
        text.push_str(&printed(item));
    }
    meter.charge_text(text.len())?;
    Ok(Value::String(text))
}

/// Java's `toString`; nothing for null.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().map(java_double).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// A longer copy: Jayway lengthens the document's own list.
fn append(model: &Value, arguments: Vec<Value>, meter: &mut Meter) -> Result<Value, Stop> {
    let mut answer = copy(model, meter)?;
    if let Value::Array(items) = &mut answer {
        items.extend(arguments);
    }
    Ok(answer)
}

/// From the end where `index` is negative; Jayway reaches the first element only from the start.
fn element(model: &Value, index: i32, meter: &mut Meter) -> Result<Value, Stop> {
    let Value::Array(items) = model else {
        return Err(Stop::Failed("there is no list to take an element of".to_owned()));
    };
    let from_end = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    let at = match usize::try_from(index) {
        Ok(at) => at,
        Err(_) => items
            .len()
            .checked_sub(from_end)
            .filter(|at| *at > 0)
            .ok_or_else(|| Stop::Failed(format!("the index {index} is beyond the {} elements", items.len())))?,
    };
    copy(items.get(at).ok_or(Stop::OutOfBounds)?, meter)
}
