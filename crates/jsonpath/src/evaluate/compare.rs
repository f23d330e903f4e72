//! The operators of filters.

use std::cmp::Ordering;

use regex::Regex;

use crate::budget::Meter;
use crate::error::Stop;
use crate::parse::filter::Operator;

use super::equality::{among, equal};
use super::operand::Operand;

pub(super) fn compare(
    left: &Operand<'_>,
    operator: Operator,
    right: &Operand<'_>,
    meter: &mut Meter,
) -> Result<bool, Stop> {
    match operator {
        Operator::Equal => equal(left, right, meter),
        Operator::NotEqual => equal(left, right, meter).map(|equal| !equal),
        Operator::SameTypeEqual => same_type_equal(left, right, meter),
        Operator::SameTypeNotEqual => same_type_equal(left, right, meter).map(|equal| !equal),
        Operator::Less => Ok(order(left, right) == Some(Ordering::Less)),
        Operator::LessOrEqual => Ok(matches!(order(left, right), Some(Ordering::Less | Ordering::Equal))),
        Operator::Greater => Ok(order(left, right) == Some(Ordering::Greater)),
        Operator::GreaterOrEqual => Ok(matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal))),
        Operator::Matches => matches_pattern(left, right, meter),
        Operator::In => within(left, right, meter),
        Operator::NotIn => within(left, right, meter).map(|within| !within),
        Operator::Contains => contains(left, right, meter),
        Operator::Size => Ok(has_size(left, right)),
        Operator::Empty => is_empty(left, right),
        Operator::Exists => both_bool(left, right),
        Operator::SubsetOf | Operator::AnyOf | Operator::NoneOf => sets(left, operator, right, meter),
        // Their right side would be a Java list, class or predicate.
        Operator::All | Operator::Unspeakable => Err(Stop::invalid("the operator has no operand in a path's text")),
    }
}

fn same_type_equal(left: &Operand<'_>, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    let same = std::mem::discriminant(left) == std::mem::discriminant(right) || (left.is_json() && right.is_json());
    if same { equal(left, right, meter) } else { Ok(false) }
}

/// Numbers by value, texts by UTF-16 units as Java does; nothing else has an order.
fn order(left: &Operand<'_>, right: &Operand<'_>) -> Option<Ordering> {
    match (left, right) {
        (Operand::Number(left), Operand::Number(right)) => Some(left.compare(right)),
        (Operand::Text(left), Operand::Text(right)) => Some(left.encode_utf16().cmp(right.encode_utf16())),
        _ => None,
    }
}

fn within(left: &Operand<'_>, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    match right.list() {
        Some(items) => among(left, items, meter),
        None if right.is_json() => Ok(false),
        None => Err(Stop::invalid("expected a list")),
    }
}

fn contains(left: &Operand<'_>, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    match (left, right) {
        (Operand::Text(left), Operand::Text(right)) => {
            meter.charge_text(left.len())?;
            Ok(left.contains(&**right))
        }
        _ => left.list().map_or(Ok(false), |items| among(right, items, meter)),
    }
}

fn has_size(left: &Operand<'_>, right: &Operand<'_>) -> bool {
    let Operand::Number(expected) = right else { return false };
    let size = match left {
        Operand::Text(text) => i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX),
        left if left.is_json() => left.list().map_or(-1, |items| i64::try_from(items.len()).unwrap_or(i64::MAX)),
        _ => return false,
    };
    size == expected.to_integer()
}

fn is_empty(left: &Operand<'_>, right: &Operand<'_>) -> Result<bool, Stop> {
    let empty = match left {
        Operand::Text(text) => text.is_empty(),
        Operand::Json(value) | Operand::JsonText(value) => {
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
        }
        _ => return Ok(false),
    };
    match right {
        Operand::Bool(expected) => Ok(empty == *expected),
        _ => Err(Stop::invalid("expected true or false")),
    }
}

fn both_bool(left: &Operand<'_>, right: &Operand<'_>) -> Result<bool, Stop> {
    match (left, right) {
        (Operand::Bool(left), Operand::Bool(right)) => Ok(left == right),
        (Operand::Bool(_), _) | (_, Operand::Bool(_)) => Err(Stop::invalid("expected true or false")),
        _ => Err(Stop::Failed("an existence check compares true or false".to_owned())),
    }
}

fn sets(left: &Operand<'_>, operator: Operator, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    let (Some(items), Some(others)) = (left.list(), right.list()) else {
        let lists = |side: &Operand<'_>| side.list().is_some();
        let first_wrong = if lists(right) { left } else { right };
        return if first_wrong.is_json() { Ok(false) } else { Err(Stop::invalid("expected a list")) };
    };
    let (mut shared, mut missing) = (false, false);
    for item in items {
        let found = among(&Operand::of_element(item)?, others, meter)?;
        shared |= found;
        missing |= !found;
    }
    Ok(match operator {
        Operator::SubsetOf => !missing,
        Operator::AnyOf => shared,
        _ => !shared,
    })
}

/// Exactly one side is a pattern; of a list, one element that matches is enough.
fn matches_pattern(left: &Operand<'_>, right: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    let (pattern, input) = match (left, right) {
        (Operand::Pattern(_), Operand::Pattern(_)) => return Ok(false),
        (Operand::Pattern(pattern), input) | (input, Operand::Pattern(pattern)) => (pattern, input),
        _ => return Ok(false),
    };
    let Some(items) = input.list() else { return matches_one(pattern, input, meter) };
    let mut matched = false;
    for item in items {
        let item = Operand::of_element(item)?;
        matched = matched || matches_one(pattern, &item, meter)?;
    }
    Ok(matched)
}

fn matches_one(pattern: &Regex, input: &Operand<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    match input {
        Operand::Text(text) => {
            meter.charge_text(text.len())?;
            Ok(pattern.is_match(text))
        }
        Operand::Number(number) => Ok(pattern.is_match(&number.print())),
        Operand::Bool(value) => Ok(pattern.is_match(if *value { "true" } else { "false" })),
        _ => Ok(pattern.is_match("")),
    }
}
