//! Integers and booleans by a short way: what fits a register is computed without a [`Value`] of its own.

use super::Engine;
use crate::Value;
use crate::ast::{Expression, Operator};

/// What the short way found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quick {
    Int(i32),
    Bool(bool),
    /// Anything else, which the long way finds, faults included. Nothing has changed but the count of steps.
    Other,
}

impl<'t> Engine<'t, '_> {
    /// The value of an expression, if it and all its parts are integers or booleans.
    pub(super) fn quick(&mut self, expression: &'t Expression) -> Quick {
        match expression {
            Expression::Int(value) => Quick::Int(*value),
            Expression::Bool(value) => Quick::Bool(*value),
            Expression::Reference(reference) if self.top == 0 && reference.properties == reference.steps.len() => {
                self.position = reference.position;
                let read = self.view(reference, reference.properties, |value, _| {
                    Ok(match value {
                        Value::Int(value) => Quick::Int(*value),
                        Value::Bool(value) => Quick::Bool(*value),
                        _ => Quick::Other,
                    })
                });
                read.unwrap_or(Quick::Other)
            }
            Expression::Chain(chain) => {
                if matches!(chain.rest.first(), Some((_, Expression::Text(_) | Expression::Interpolated(_)))) {
                    return Quick::Other;
                }
                let mut left = self.quick(&chain.first);
                for (operator, right) in &chain.rest {
                    let Quick::Int(first) = left else { return Quick::Other };
                    let Quick::Int(second) = self.quick(right) else { return Quick::Other };
                    if self.meter.work(1).is_err() {
                        return Quick::Other;
                    }
                    left = integers(*operator, first, second);
                }
                left
            }
            _ => Quick::Other,
        }
    }
}

fn integers(operator: Operator, left: i32, right: i32) -> Quick {
    let number = match operator {
        Operator::Equal => return Quick::Bool(left == right),
        Operator::NotEqual => return Quick::Bool(left != right),
        Operator::Less => return Quick::Bool(left < right),
        Operator::LessOrEqual => return Quick::Bool(left <= right),
        Operator::Greater => return Quick::Bool(left > right),
        Operator::GreaterOrEqual => return Quick::Bool(left >= right),
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        Operator::Or | Operator::And => None,
    };
    number.map_or(Quick::Other, Quick::Int)
}
