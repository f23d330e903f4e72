//! Integers and booleans by a short way: what fits a register is computed without a [`Value`] of its own.

use super::Engine;
use super::reference::follow;
use crate::Value;
use crate::ast::{Expression, Operator};

/// What the short way found: a number in a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quick {
    pub(super) kind: Kind,
    /// The integer; for a boolean 0 or 1.
    pub(super) number: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Bool,
    /// Anything else, which the long way finds, faults included. Nothing has changed but the count of steps.
    Other,
}

impl Quick {
    pub(super) const OTHER: Self = Self { kind: Kind::Other, number: 0 };

    const fn int(number: i32) -> Self {
        Self { kind: Kind::Int, number }
    }

    const fn bool(value: bool) -> Self {
        Self { kind: Kind::Bool, number: value as i32 }
    }

    /// The value, but for [`Kind::Other`].
    pub(super) const fn value(self) -> Option<Value> {
        match self.kind {
            Kind::Int => Some(Value::Int(self.number)),
            Kind::Bool => Some(Value::Bool(self.number != 0)),
            Kind::Other => None,
        }
    }
}

impl<'t> Engine<'t, '_> {
    /// The value of an expression, if it and all its parts are integers or booleans.
    pub(super) fn quick(&mut self, expression: &'t Expression) -> Quick {
        match expression {
            Expression::Int(value) => Quick::int(*value),
            Expression::Bool(value) => Quick::bool(*value),
            Expression::Reference(reference) if self.top == 0 && reference.properties == reference.steps.len() => {
                self.position = reference.position;
                self.load(reference.root);
                let root = Self::loaded(&self.variables, reference.root);
                follow(root, &reference.steps, &mut self.meter, |value, _| match value {
                    Value::Int(value) => Quick::int(*value),
                    Value::Bool(value) => Quick::bool(*value),
                    _ => Quick::OTHER,
                })
            }
            Expression::Chain(chain) => {
                if matches!(chain.rest.first(), Some((_, Expression::Text(_) | Expression::Interpolated(_)))) {
                    return Quick::OTHER;
                }
                let mut left = self.quick(&chain.first);
                for (operator, right) in &chain.rest {
                    if left.kind != Kind::Int {
                        return Quick::OTHER;
                    }
                    let right = self.quick(right);
                    if right.kind != Kind::Int {
                        return Quick::OTHER;
                    }
                    self.meter.charge(1);
                    left = integers(*operator, left.number, right.number);
                }
                left
            }
            _ => Quick::OTHER,
        }
    }
}

fn integers(operator: Operator, left: i32, right: i32) -> Quick {
    let number = match operator {
        Operator::Equal => return Quick::bool(left == right),
        Operator::NotEqual => return Quick::bool(left != right),
        Operator::Less => return Quick::bool(left < right),
        Operator::LessOrEqual => return Quick::bool(left <= right),
        Operator::Greater => return Quick::bool(left > right),
        Operator::GreaterOrEqual => return Quick::bool(left >= right),
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        Operator::Or | Operator::And => None,
    };
    number.map_or(Quick::OTHER, Quick::int)
}
