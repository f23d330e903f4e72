//! Methods of maps.

use super::{collection, new_list, refuse_cycle};
use crate::budget::Meter;
use crate::error::Outcome;
use crate::value::{Inner, Key};
use crate::{Map, Value};

/// Sets the value at a key, and answers the one before.
pub(super) fn put(map: &Map, key: Key, value: &Value, meter: &mut Meter) -> Outcome<Value> {
    if value.is_container() {
        refuse_cycle(map.address(), value, meter)?;
    }
    Ok(map.put(key, value.clone()).unwrap_or_default())
}

pub(super) fn call(map: &Map, name: &str, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    Ok(match (name, arguments) {
        ("get", [Value::Text(key)]) => map.get_text(key).unwrap_or_default(),
        ("get", [key]) => Key::of(key).ok().and_then(|key| map.get(&key)).unwrap_or_default(),
        ("getOrDefault", [key, otherwise]) => {
            Key::of(key).ok().and_then(|key| map.get(&key)).unwrap_or_else(|| otherwise.clone())
        }
        ("containsKey", [key]) => Value::Bool(Key::of(key).is_ok_and(|key| map.get(&key).is_some())),
        ("size", []) => Value::int(map.len()),
        ("isEmpty", []) => Value::Bool(map.is_empty()),
        ("put", [key, value]) => put(map, Key::of(key)?, value, meter)?,
        ("putIfAbsent", [key, value]) => {
            let key = Key::of(key)?;
            match map.get(&key).filter(|value| !value.is_null()) {
                Some(present) => present,
                None => put(map, key, value, meter)?,
            }
        }
        ("remove", [key]) => {
            meter.work(map.len())?;
            Key::of(key).ok().and_then(|key| map.remove(&key)).unwrap_or_default()
        }
        ("putAll", [Value::Map(other)]) => {
            meter.work(other.len())?;
            for (key, value) in other.entries() {
                put(map, key, &value, meter)?;
            }
            Value::text("")
        }
        ("clear", []) => {
            map.clear();
            Value::text("")
        }
        _ => return view(map, name, arguments, meter),
    })
}

/// The methods that answer lists of what a map holds.
fn view(map: &Map, name: &str, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.work(map.len())?;
    Ok(match (name, arguments) {
        ("keySet", []) => new_list(map.map_entries(|key, _| key.value())),
        ("values", []) => new_list(map.map_entries(|_, value| value.clone())),
        ("entrySet", []) => {
            new_list(map.map_entries(|key, value| Value::native(Inner::Entry(key.clone(), value.clone()))))
        }
        ("containsValue", [wanted]) => {
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
