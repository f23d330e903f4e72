//! When two operands are equal to Jayway, and when two values are to Java.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::budget::Meter;
use crate::decimal::Decimal;
use crate::error::Stop;

use super::operand::Operand;

/// `==`. A number and a text are equal as the left side reads the right one.
pub(super) fn equal(left: &Operand<'_>, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    Ok(match (left, right) {
        (Operand::Null, Operand::Null) => true,
        (Operand::Bool(left), Operand::Bool(right)) => left == right,
        (Operand::Number(left), Operand::Number(right)) => left.compare(right) == Ordering::Equal,
        (Operand::Number(left), Operand::Text(right)) => {
            Decimal::parse(right).is_some_and(|right| left.compare(&right) == Ordering::Equal)
        }
        (Operand::Text(left), Operand::Number(right)) => **left == *right.print(),
        (Operand::Text(left), Operand::Text(right)) => {
            meter.charge_text(left.len())?;
            left == right
        }
        (Operand::Json(left), Operand::Json(right) | Operand::JsonText(right)) => same_value(left, right, meter)?,
        // Jayway compares the text of a list or object written on the left with the value on the right.
        _ => false,
    })
}

/// Java's `equals` of parsed JSON: 1 is not 1.0, and members have no order.
fn same_value(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, Stop> {
    meter.nested(|meter| match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            Ok(left.len() == right.len() && all(left.iter().zip(right), meter)?)
        }
        (Value::Object(left), Value::Object(right)) => {
            let pairs = left.iter().map_while(|(name, value)| right.get(name).map(|other| (value, other)));
            Ok(left.len() == right.len() && left.keys().all(|name| right.contains_key(name)) && all(pairs, meter)?)
        }
        (Value::Number(left), Value::Number(right)) => Ok(same_number(left, right)),
        (left, right) => Ok(left == right),
    })
}

fn all<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>, meter: &mut Meter) -> Result<bool, Stop> {
    for (left, right) in pairs {
        if !same_value(left, right, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_number(left: &Number, right: &Number) -> bool {
    left.is_f64() == right.is_f64() && left == right
}

/// Whether `node` is among `items`.
pub(super) fn among(node: &Operand<'_>, items: &[Value], meter: &mut Meter) -> Result<bool, Stop> {
    let mut found = false;
    for item in items {
        meter.charge(1)?;
        let item = Operand::of_element(item)?;
        found = found || equal(node, &item, meter)?;
    }
    Ok(found)
}
