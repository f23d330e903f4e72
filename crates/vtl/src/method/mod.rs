//! Java's methods and properties of values; what does not exist answers null.

mod collection;
mod compiled;
mod map;
mod name;
mod pattern;
mod run;
mod scalar;
mod sink;
mod text;

pub(crate) use collection::{elements, equals};
pub(crate) use name::{Called, GET, Name, PUT, SET};
pub(crate) use sink::{Printing, Shown, Sink};

use crate::budget::{BYTES_PER_STEP, Meter};
use crate::error::{Fault, Outcome};
use crate::value::{Inner, Key, Native, Scope, Text};
use crate::{List, Object, Value};

/// Calls a method.
pub(crate) fn call(
    value: &Value,
    called: &Called,
    arguments: &[Value],
    meter: &mut Meter,
    sink: &mut Sink<'_>,
) -> Outcome<()> {
    // Texts are searched, hashed and compared: small receivers must not make large arguments free.
    for argument in arguments {
        if let Value::Text(text) = argument {
            meter.work(text.len() / BYTES_PER_STEP)?;
        }
    }
    let name = called.name;
    if matches!(name, Name::ToString | Name::Equals | Name::HashCode)
        && let Some(answer) = universal(value, name, arguments, meter)?
    {
        return sink.value(answer, meter);
    }
    let answer = match value {
        Value::Text(text) => return text::call(text, called, arguments, meter, sink),
        Value::List(list) => return collection::call(list, name, arguments, meter, sink),
        Value::Map(map) => return map::call(map, name, arguments, meter, sink),
        Value::Object(object) => return object_call(&**object, called, arguments, meter, sink),
        Value::Native(native) => native_call(native, called, arguments),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Big(_) | Value::Double(_) => {
            scalar::call(value, name, arguments)?
        }
    };
    sink.value(answer, meter)
}

/// Calls a method of the host's, which may print what it is given: that counts here.
fn object_call(
    object: &dyn Object,
    called: &Called,
    arguments: &[Value],
    meter: &mut Meter,
    sink: &mut Sink<'_>,
) -> Outcome<()> {
    for argument in arguments.iter().filter(|argument| argument.is_container()) {
        let mut text = meter.buffer();
        let printed = crate::value::print(argument, &mut text, meter);
        meter.give_back(text);
        printed?;
    }
    if let Some(answer) = object.call(&called.text, arguments)? {
        return sink.value(answer, meter);
    }
    let answer = match (called.name, arguments) {
        (Name::Get, [Value::Text(key)]) => object.property(key).unwrap_or_default(),
        (Name::Put, [Value::Text(key), member]) => {
            let before = object.property(key).unwrap_or_default();
            object.set_property(key, member);
            before
        }
        (Name::ToString, []) => Value::text(object.print()),
        _ => Value::Null,
    };
    sink.value(answer, meter)
}

/// The methods that every Java object has.
fn universal(value: &Value, name: Name, arguments: &[Value], meter: &mut Meter) -> Outcome<Option<Value>> {
    if matches!(value, Value::Object(_)) {
        return Ok(None);
    }
    Ok(match (name, arguments) {
        (Name::ToString, []) => {
            let mut text = meter.buffer();
            crate::value::print(value, &mut text, meter)?;
            Some(meter.finish(text))
        }
        (Name::Equals, [other]) => Some(Value::Bool(equals(value, other, meter)?)),
        (Name::HashCode, []) => match Key::of(value) {
            Ok(Key::Text(text)) => {
                meter.text(text.len())?;
                Some(Value::Int(Key::Text(text).java_hash().cast_signed()))
            }
            Ok(key) => Some(Value::Int(key.java_hash().cast_signed())),
            Err(_) => None,
        },
        _ => None,
    })
}

fn native_call(native: &Native, called: &Called, arguments: &[Value]) -> Value {
    match (&native.0, called.name, arguments) {
        (Inner::Entry(key, _), Name::GetKey, []) => key.clone(),
        (Inner::Entry(_, value), Name::GetValue, []) => value.clone(),
        (Inner::Cursor(cursor), Name::HasNext, []) => Value::Bool(cursor.borrow().len() > 0),
        (Inner::Cursor(cursor), Name::Next, []) => cursor.borrow_mut().next().unwrap_or_default(),
        (Inner::Scope(scope), Name::Get, [Value::Text(key)]) => scope.member(key).unwrap_or_default(),
        (Inner::Scope(scope), Name::HasNext | Name::GetHasNext, []) => scope_property(scope, "hasNext"),
        (Inner::Scope(scope), Name::IsFirst, []) => scope_property(scope, "first"),
        (Inner::Scope(scope), Name::IsLast, []) => scope_property(scope, "last"),
        (Inner::Scope(scope), _, []) => called
            .text
            .strip_prefix("get")
            .map_or(Value::Null, |name| scope_property(scope, &name.to_ascii_lowercase())),
        _ => Value::Null,
    }
}

fn scope_property(scope: &Scope, name: &str) -> Value {
    let index = scope.index.get();
    match name {
        "index" => Value::Int(index),
        "count" => Value::Int(index.saturating_add(1)),
        "hasNext" => Value::Bool(scope.has_next.get()),
        "first" => Value::Bool(index < 1),
        "last" => Value::Bool(!scope.has_next.get()),
        "parent" => match &scope.parent {
            Value::Native(native) if matches!(native.0, Inner::Scope(_)) => scope.parent.clone(),
            _ => Value::Null,
        },
        "topmost" => topmost(scope),
        name => scope.member(name).unwrap_or_default(),
    }
}

/// The outermost loop's scope; null in the outermost loop itself, which `$foreach` is.
fn topmost(scope: &Scope) -> Value {
    let mut found = scope_property(scope, "parent");
    while let Value::Native(native) = &found
        && let Inner::Scope(outer) = &native.0
        && let parent @ Value::Native(_) = scope_property(outer, "parent")
    {
        found = parent;
    }
    found
}

/// Reads `$value.name`.
pub(crate) fn property(value: &Value, name: &Text) -> Value {
    match value {
        Value::Map(map) => map.get_text(name).unwrap_or_default(),
        Value::Object(object) => object.property(name).unwrap_or_default(),
        Value::List(list) if name == "empty" => Value::Bool(list.values().is_empty()),
        Value::Text(text) if name == "empty" => Value::Bool(text.is_empty()),
        Value::Native(native) => match &native.0 {
            Inner::Scope(scope) => scope_property(scope, name),
            _ => entry_member(native, name).cloned().unwrap_or_default(),
        },
        _ => Value::Null,
    }
}

/// What `$entry.name` reads, where it lies; `None` for what a map's entries do not have, and for what is no entry.
#[inline]
pub(crate) fn entry_member<'n>(native: &'n Native, name: &Text) -> Option<&'n Value> {
    let Inner::Entry(key, value) = &native.0 else { return None };
    match name.as_str() {
        "key" => Some(key),
        "value" => Some(value),
        _ => None,
    }
}

/// Writes `$owner.name`.
pub(crate) fn set_property(owner: &Value, name: &Text, value: &Value, meter: &mut Meter) -> Outcome<()> {
    match owner {
        Value::Map(map) => map::put(map, Key::Text(name.clone()), value, meter).map(drop),
        Value::Object(object) => {
            object.set_property(name, value);
            Ok(())
        }
        Value::Native(native) => match &native.0 {
            Inner::Scope(_) if value.is_container() => {
                Err(Fault::method("$foreach does not hold lists, maps or scopes").into())
            }
            Inner::Scope(scope) => {
                scope.members().put(Key::Text(name.clone()), value.clone());
                Ok(())
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// An index as written: a negative one counts from a list's end.
pub(crate) fn from_end(owner: &Value, index: Value) -> Outcome<Value> {
    let Value::Int(written @ ..0) = index else { return Ok(index) };
    let length = match owner {
        Value::List(list) => list.values().len(),
        Value::Map(map) => map.len(),
        _ => return Err(Fault::method("a negative index needs a list").into()),
    };
    Ok(Value::Int(i32::try_from(length).unwrap_or(i32::MAX).saturating_add(written)))
}

/// Levels of containers that are looked through by recursion.
const SHALLOW: u32 = 16;

/// Refuses to let a list or a map become part of itself.
fn refuse_cycle(owner: usize, value: &Value, meter: &mut Meter) -> Outcome<()> {
    let mut open = Vec::new();
    look_through(owner, value, SHALLOW, &mut open, meter)?;
    while let Some(value) = open.pop() {
        look_through(owner, &value, SHALLOW, &mut open, meter)?;
    }
    Ok(())
}

/// Looks for the owner within a value; what lies too deep is put aside in `open`.
fn look_through(owner: usize, value: &Value, levels: u32, open: &mut Vec<Value>, meter: &mut Meter) -> Outcome<()> {
    if levels == 0 {
        open.push(value.clone());
        return Ok(());
    }
    let address = match value {
        Value::List(list) => list.address(),
        Value::Map(map) => map.address(),
        Value::Native(native) => {
            let Inner::Entry(_, value) = &native.0 else { return Ok(()) };
            return look_through(owner, value, levels - 1, open, meter);
        }
        _ => return Ok(()),
    };
    if address == owner {
        return Err(Fault::method("a list or a map cannot hold itself").into());
    }
    meter.work(1)?;
    let mut below = |value: &Value| {
        if !value.is_container() {
            return Ok(());
        }
        meter.work(1)?;
        look_through(owner, value, levels - 1, open, meter)
    };
    match value {
        Value::List(list) => list.values().iter().try_for_each(below),
        Value::Map(map) => map.try_each(|_, _, value| below(value)),
        _ => Ok(()),
    }
}

/// Java's `IndexOutOfBoundsException`.
fn out_of_bounds(index: i32, length: usize) -> Fault {
    Fault::method(format!("Index {index} out of bounds for length {length}"))
}

fn new_list(values: Vec<Value>) -> Value {
    Value::List(List::new(values))
}
