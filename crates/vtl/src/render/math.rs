//! Arithmetic and comparison of numbers, with Java's types.

use crate::Value;
use crate::ast::Operator;
use crate::error::{Fault, Outcome};
use std::cmp::Ordering;

/// A number, as wide as it needs to be.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Double(f64),
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Int(value) => Some(Number::Whole(i128::from(*value))),
        Value::Long(value) => Some(Number::Whole(i128::from(*value))),
        Value::Big(value) => Some(Number::Whole(**value)),
        Value::Double(value) => Some(Number::Double(*value)),
        _ => None,
    }
}

/// `Number.doubleValue`.
pub(crate) fn double_value(value: &Value) -> Option<f64> {
    number(value).map(as_double)
}

#[expect(clippy::cast_precision_loss, reason = "Java's widening rounds too")]
const fn as_double(number: Number) -> f64 {
    match number {
        Number::Whole(value) => value as f64,
        Number::Double(value) => value,
    }
}

/// `Number.intValue`.
#[expect(clippy::cast_possible_truncation, reason = "Java's narrowing drops the same bits")]
pub(crate) fn int_value(value: &Value) -> Option<i32> {
    number(value).map(|number| match number {
        Number::Whole(value) => value as i32,
        Number::Double(value) => value as i32,
    })
}

/// `Number.longValue`.
#[expect(clippy::cast_possible_truncation, reason = "Java's narrowing drops the same bits")]
pub(crate) fn long_value(value: &Value) -> Option<i64> {
    number(value).map(|number| match number {
        Number::Whole(value) => value as i64,
        Number::Double(value) => value as i64,
    })
}

/// Compares two numbers; `None` when one is none.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    match (number(left)?, number(right)?) {
        (Number::Whole(left), Number::Whole(right)) => Some(left.cmp(&right)),
        (left, right) => {
            let (left, right) = (as_double(left), as_double(right));
            // As Velocity compares: what is neither less nor equal is greater.
            Some(left.partial_cmp(&right).unwrap_or(Ordering::Greater))
        }
    }
}

/// All operators but equality, logic and the joining of strings. Null where an operand is no number.
pub(super) fn operate(operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
    let ordering = compare(left, right);
    let test = |test: fn(Ordering) -> bool| Ok(Value::Bool(ordering.is_some_and(test)));
    match operator {
        Operator::Less => return test(Ordering::is_lt),
        Operator::LessOrEqual => return test(Ordering::is_le),
        Operator::Greater => return test(Ordering::is_gt),
        Operator::GreaterOrEqual => return test(Ordering::is_ge),
        _ => {}
    }
    match (number(left), number(right)) {
        (Some(Number::Whole(first)), Some(Number::Whole(second))) => {
            whole(operator, first, second, widest(left, right))
        }
        (Some(first), Some(second)) => Ok(double(operator, as_double(first), as_double(second))),
        _ => Ok(Value::Null),
    }
}

/// 0 for `Integer`, 1 for `Long`, 2 for `BigInteger`: the wider of the two.
fn widest(left: &Value, right: &Value) -> u8 {
    let width = |value: &Value| match value {
        Value::Int(_) => 0,
        Value::Long(_) => 1,
        _ => 2,
    };
    width(left).max(width(right))
}

fn whole(operator: Operator, left: i128, right: i128, width: u8) -> Outcome<Value> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide | Operator::Modulo if right == 0 => return Ok(Value::Null),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        _ => return Ok(Value::Null),
    };
    let Some(result) = result else { return Err(Fault::method("an integer exceeds 128 bits").into()) };
    Ok(match (width, i32::try_from(result), i64::try_from(result)) {
        (0, Ok(result), _) => Value::Int(result),
        (0 | 1, _, Ok(result)) => Value::Long(result),
        _ => Value::Big(Box::new(result)),
    })
}

fn double(operator: Operator, left: f64, right: f64) -> Value {
    match operator {
        Operator::Add => Value::Double(left + right),
        Operator::Subtract => Value::Double(left - right),
        Operator::Multiply => Value::Double(left * right),
        Operator::Divide if right != 0.0 => Value::Double(left / right),
        Operator::Modulo if right != 0.0 => Value::Double(left % right),
        _ => Value::Null,
    }
}
