//! Methods of maps.

use super::name::Name;
use super::{Sink, collection, new_list, refuse_cycle};
use crate::budget::Meter;
use crate::error::Outcome;
use crate::value::{Inner, Key};
use crate::{Map, Value};

/// Sets the value at a key, and answers the one before.
#[inline]
pub(super) fn put(map: &Map, key: Key, value: &Value, meter: &mut Meter) -> Outcome<Option<Value>> {
    if value.is_container() {
        refuse_cycle(map.address(), value, meter)?;
    }
    Ok(map.put(key, value.clone()))
}

pub(super) fn call(map: &Map, name: Name, arguments: &[Value], meter: &mut Meter, sink: &mut Sink<'_>) -> Outcome<()> {
    match (name, arguments) {
        (Name::Get, [Value::Text(key)]) => map.read_text(key, |value| sink.lent(value, meter)),
        (Name::ContainsKey, [Value::Text(key)]) => sink.value(Value::Bool(map.has_text(key)), meter),
        (Name::Put, [key, value]) => {
            let Some(key) = Key::of_value(key) else { return Err(Key::refused().into()) };
            match put(map, key, value, meter)? {
                Some(before) => sink.value(before, meter),
                None => sink.value(Value::Null, meter),
            }
        }
        (Name::KeySet, []) => {
            meter.work(map.len())?;
            sink.value(new_list(map.map_entries(|key, _| key.value())), meter)
        }
        _ => {
            let answer = member(map, name, arguments, meter)?;
            sink.value(answer, meter)
        }
    }
}

fn member(map: &Map, name: Name, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    Ok(match (name, arguments) {
        (Name::Get, [key]) => Key::of_value(key).and_then(|key| map.get(&key)).unwrap_or_default(),
        (Name::GetOrDefault, [key, otherwise]) => {
            Key::of_value(key).and_then(|key| map.get(&key)).unwrap_or_else(|| otherwise.clone())
        }
        (Name::ContainsKey, [key]) => Value::Bool(Key::of_value(key).is_some_and(|key| map.get(&key).is_some())),
        (Name::Size, []) => Value::int(map.len()),
        (Name::IsEmpty, []) => Value::Bool(map.is_empty()),
        (Name::PutIfAbsent, [key, value]) => {
            let key = Key::of(key)?;
            match map.get(&key).filter(|value| !value.is_null()) {
                Some(present) => present,
                None => put(map, key, value, meter)?.unwrap_or_default(),
            }
        }
        (Name::Remove, [key]) => {
            meter.work(map.len())?;
            Key::of_value(key).and_then(|key| map.remove(&key)).unwrap_or_default()
        }
        (Name::PutAll, [Value::Map(other)]) => {
            meter.work(other.len())?;
            for (key, value) in other.entries() {
                put(map, key, &value, meter)?;
            }
            Value::text("")
        }
        (Name::Clear, []) => {
            map.clear();
            Value::text("")
        }
        _ => return view(map, name, arguments, meter),
    })
}

/// The methods that answer lists of what a map holds.
fn view(map: &Map, name: Name, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.work(map.len())?;
    Ok(match (name, arguments) {
        (Name::Values, []) => new_list(map.map_entries(|_, value| value.clone())),
        (Name::EntrySet, []) => {
            new_list(map.map_entries(|key, value| Value::native(Inner::Entry(key.value(), value.clone()))))
        }
        (Name::ContainsValue, [wanted]) => {
            for value in map.map_entries(|_, value| value.clone()) {
                if collection::equals(&value, wanted, meter)? {
                    return Ok(Value::Bool(true));
                }
            }
            Value::Bool(false)
        }
        _ => Value::Null,
    })
}
