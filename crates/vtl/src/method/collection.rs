//! Methods of lists; what loops go over; equality.

use super::name::Name;
use super::{Sink, new_list, out_of_bounds, refuse_cycle};
use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use crate::value::{Inner, Key};
use crate::{List, Value};
use std::cell::RefCell;

/// What `#foreach` goes over; `None` for what is no collection.
pub(crate) fn elements(value: Value, meter: &mut Meter) -> Outcome<Option<Vec<Value>>> {
    let elements = match value {
        Value::List(list) => list.into_values(),
        Value::Map(map) => map.map_entries(|_, value| value.clone()),
        Value::Object(object) => match object.elements() {
            Some(elements) => elements,
            None => return Ok(None),
        },
        Value::Native(native) => match &native.0 {
            Inner::Cursor(cursor) => cursor.borrow_mut().by_ref().collect(),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    meter.work(elements.len())?;
    Ok(Some(elements))
}

/// Java's `equals`.
pub(crate) fn equals(left: &Value, right: &Value, meter: &mut Meter) -> Outcome<bool> {
    meter.work(1)?;
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            let (left, right) = (left.values(), right.values());
            if left.len() != right.len() {
                return Ok(false);
            }
            all_equal(left.iter().zip(right.iter()).map(|(left, right)| (left.clone(), Some(right.clone()))), meter)
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            all_equal(left.entries().into_iter().map(|(key, value)| (value, right.get(&key))), meter)
        }
        (Value::Text(left), Value::Text(right)) => {
            meter.text(left.len())?;
            Ok(left == right)
        }
        (Value::Object(left), Value::Object(right)) => Ok(std::rc::Rc::ptr_eq(left, right)),
        (Value::Native(left), Value::Native(right)) => Ok(std::rc::Rc::ptr_eq(left, right)),
        _ => Ok(matches!((Key::of(left), Key::of(right)), (Ok(left), Ok(right)) if left == right)),
    }
}

fn all_equal(pairs: impl Iterator<Item = (Value, Option<Value>)>, meter: &mut Meter) -> Outcome<bool> {
    for (left, right) in pairs {
        meter.enter()?;
        let same = right.map_or(Ok(false), |right| equals(&left, &right, meter));
        meter.leave();
        if !same? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The index within `length` that Java's `int` names.
fn index(index: i32, length: usize) -> Outcome<usize> {
    usize::try_from(index).ok().filter(|at| *at < length).ok_or_else(|| out_of_bounds(index, length).into())
}

fn position(list: &List, wanted: &Value, from_end: bool, meter: &mut Meter) -> Outcome<Option<usize>> {
    let mut found = None;
    for (index, value) in list.values().iter().enumerate() {
        if equals(value, wanted, meter)? {
            found = Some(index);
            if !from_end {
                break;
            }
        }
    }
    Ok(found)
}

fn or_minus_one(position: Option<usize>) -> Value {
    position.map_or(Value::Int(-1), Value::int)
}

pub(super) fn call(
    list: &List,
    name: Name,
    arguments: &[Value],
    meter: &mut Meter,
    sink: &mut Sink<'_>,
) -> Outcome<()> {
    if let (Name::Get, [Value::Int(at)]) = (name, arguments) {
        let values = list.values();
        return sink.lent(&values[index(*at, values.len())?], meter);
    }
    if let (Name::Add, [value]) = (name, arguments) {
        if value.is_container() {
            refuse_cycle(list.address(), value, meter)?;
        }
        list.values_mut().push(value.clone());
        return sink.value(Value::Bool(true), meter);
    }
    let answer = read(list, name, arguments, meter)?;
    sink.value(answer, meter)
}

fn read(list: &List, name: Name, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    let length = list.values().len();
    Ok(match (name, arguments) {
        (Name::Size, []) => Value::int(length),
        (Name::IsEmpty, []) => Value::Bool(length == 0),
        (Name::Contains, [wanted]) => Value::Bool(position(list, wanted, false, meter)?.is_some()),
        (Name::IndexOf, [wanted]) => or_minus_one(position(list, wanted, false, meter)?),
        (Name::LastIndexOf, [wanted]) => or_minus_one(position(list, wanted, true, meter)?),
        (Name::ToArray, []) => {
            meter.work(length)?;
            new_list(list.values().clone())
        }
        (Name::ContainsAll, [other]) => {
            let Some(others) = elements(other.clone(), meter)? else { return Ok(Value::Null) };
            for other in others {
                if position(list, &other, false, meter)?.is_none() {
                    return Ok(Value::Bool(false));
                }
            }
            Value::Bool(true)
        }
        (Name::Iterator, []) => {
            meter.work(length)?;
            let values = list.values().clone();
            Value::native(Inner::Cursor(RefCell::new(values.into_iter())))
        }
        (Name::SubList, [Value::Int(from), Value::Int(to)]) => {
            meter.work(length)?;
            let (from, to) = (usize::try_from(*from), usize::try_from(*to));
            match (from, to) {
                (Ok(from), Ok(to)) if from <= to && to <= length => new_list(list.values()[from..to].to_vec()),
                _ => return Err(Fault::method(format!("subList is out of bounds for length {length}")).into()),
            }
        }
        _ => return change(list, name, arguments, meter),
    })
}

/// The methods that change a list.
fn change(list: &List, name: Name, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    let length = list.values().len();
    for argument in arguments.iter().filter(|argument| argument.is_container()) {
        if matches!(name, Name::Add | Name::Set) {
            refuse_cycle(list.address(), argument, meter)?;
        }
    }
    Ok(match (name, arguments) {
        (Name::Add, [Value::Int(at), value]) => {
            meter.work(length)?;
            let at = index(*at, length + 1)?;
            list.values_mut().insert(at, value.clone());
            Value::text("")
        }
        (Name::Set, [Value::Int(at), value]) => {
            let at = index(*at, length)?;
            std::mem::replace(&mut list.values_mut()[at], value.clone())
        }
        (Name::AddAll, [other]) => {
            let Some(values) = elements(other.clone(), meter)? else { return Ok(Value::Null) };
            for value in values.iter().filter(|value| value.is_container()) {
                refuse_cycle(list.address(), value, meter)?;
            }
            let added = !values.is_empty();
            list.values_mut().extend(values);
            Value::Bool(added)
        }
        (Name::Remove, [Value::Int(at)]) => {
            meter.work(length)?;
            let at = index(*at, length)?;
            list.values_mut().remove(at)
        }
        (Name::Remove, [wanted]) => {
            meter.work(length)?;
            let found = position(list, wanted, false, meter)?;
            if let Some(at) = found {
                list.values_mut().remove(at);
            }
            Value::Bool(found.is_some())
        }
        (Name::RemoveAll | Name::RetainAll, [other]) => {
            let others = List::new(elements(other.clone(), meter)?.unwrap_or_default());
            let mut kept = Vec::new();
            for value in list.values().iter() {
                if position(&others, value, false, meter)?.is_some() == (name == Name::RetainAll) {
                    kept.push(value.clone());
                }
            }
            let changed = kept.len() != length;
            *list.values_mut() = kept;
            Value::Bool(changed)
        }
        (Name::Clear, []) => {
            let taken = std::mem::take(&mut *list.values_mut());
            drop(taken);
            Value::text("")
        }
        _ => Value::Null,
    })
}
