//! Whether a filter takes a value.

use std::borrow::Cow;

use serde_json::Value;

use crate::budget::Meter;
use crate::error::Stop;
use crate::parse::filter::{Expression, Operand as Written};
use crate::path::{Found, Path};

use super::compare::compare;
use super::operand::Operand;
use super::{Scope, copy, read};

/// What Jayway answers with an `InvalidPathException` is false.
pub(super) fn accepts(
    expression: &Expression,
    item: &Value,
    scope: Scope<'_>,
    meter: &mut Meter,
) -> Result<bool, Stop> {
    meter.nested(|meter| match holds(expression, item, scope, meter) {
        Err(Stop::Missing | Stop::Invalid(_)) => Ok(false),
        holds => holds,
    })
}

fn holds(expression: &Expression, item: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    meter.charge(1)?;
    match expression {
        Expression::Any(operands) => any(operands, true, item, scope, meter),
        Expression::All(operands) => any(operands, false, item, scope, meter).map(|failed| !failed),
        Expression::Not(operand) => Ok(!holds(operand, item, scope, meter)?),
        Expression::Exists { path, expected } => Ok(exists(path, item, scope, meter)? == *expected),
        Expression::Compare(left, operator, right) => {
            let scope = Scope { require_properties: false, ..scope };
            let left = operand(left, item, scope, meter)?;
            let right = operand(right, item, scope, meter)?;
            compare(&left, *operator, &right, meter)
        }
    }
}

/// Whether one of `operands` comes out as `wanted`.
fn any(operands: &[Expression], wanted: bool, item: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    for operand in operands {
        if holds(operand, item, scope, meter)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Jayway evaluates the path from the item even where it starts at `$`.
fn exists(path: &Path, item: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    match read(path, item, Scope { require_properties: true, ..scope }, meter) {
        Err(Stop::Missing) => Ok(false),
        found => found.map(|_| true),
    }
}

fn operand<'o>(
    written: &'o Written,
    item: &'o Value,
    scope: Scope<'o>,
    meter: &mut Meter,
) -> Result<Operand<'o>, Stop> {
    Ok(match written {
        Written::Path(path) => return at_path(path, item, scope, meter),
        Written::Null => Operand::Null,
        Written::Bool(value) => Operand::Bool(*value),
        Written::Number(value) => Operand::Number(Cow::Borrowed(value)),
        Written::Text(value) => Operand::Text(Cow::Borrowed(value)),
        Written::Json(value) => Operand::JsonText(Cow::Borrowed(value)),
        Written::Pattern(pattern) => Operand::Pattern(pattern),
    })
}

fn at_path<'o>(path: &'o Path, item: &'o Value, scope: Scope<'o>, meter: &mut Meter) -> Result<Operand<'o>, Stop> {
    let model = if path.from_root { scope.root } else { item };
    match read(path, model, scope, meter) {
        Ok(Found::One(value)) => Ok(Operand::of(value)),
        Ok(Found::Many(values)) => {
            let values = values.iter().map(|value| copy(value, meter)).collect::<Result<_, _>>()?;
            Ok(Operand::of(Cow::Owned(Value::Array(values))))
        }
        Ok(Found::Missing) | Err(Stop::Missing) => Ok(Operand::Undefined),
        Err(stop) => Err(stop),
    }
}
