//! Values of expressions, and their truth.

use super::quick::{Kind, Quick};
use super::{Engine, math};
use crate::ast::{Chain, Expression, Logic, Operator};
use crate::error::Outcome;
use crate::value::{Key, Map};
use crate::{Mode, Value};

impl<'t> Engine<'t, '_> {
    pub(super) fn value(&mut self, expression: &'t Expression) -> Outcome<Value> {
        Ok(match expression {
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Int(value) => Value::Int(*value),
            Expression::Long(value) => Value::Long(*value),
            Expression::Big(value) => Value::Big(value.clone()),
            Expression::Double(value) => Value::Double(*value),
            Expression::Text(value) => Value::Text(value.clone()),
            Expression::Interpolated(block) => self.block_text(block)?,
            Expression::Reference(reference) if reference.properties == reference.steps.len() => {
                self.position = reference.position;
                let aws = self.mode == Mode::Aws;
                return self.view(reference, reference.properties, |value, _| match value {
                    Value::Null if aws => Ok(Value::text("")),
                    value => Ok(value.clone()),
                });
            }
            Expression::Reference(reference) => return self.resolve(reference),
            Expression::Not(inner) => Value::Bool(!self.truth(inner)?),
            Expression::List(_)
            | Expression::Map(_)
            | Expression::Range(_)
            | Expression::Chain(_)
            | Expression::Logic(_) => {
                self.meter.enter()?;
                let value = self.compound(expression);
                self.meter.leave();
                return value;
            }
        })
    }

    fn compound(&mut self, expression: &'t Expression) -> Outcome<Value> {
        match expression {
            Expression::List(items) => {
                self.meter.work(items.len())?;
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.value(item)?);
                }
                Ok(Value::list(values))
            }
            Expression::Map(entries) => {
                self.meter.work(entries.len())?;
                let map = Map::with_room(entries.len());
                for (key, value) in entries {
                    let key = match key {
                        Expression::Text(text) => Key::Text(text.clone()),
                        key => Key::of(&self.value(key)?)?,
                    };
                    map.put(key, self.value(value)?);
                }
                Ok(Value::Map(map))
            }
            Expression::Range(bounds) => {
                let (from, to) = (self.value(&bounds.0)?, self.value(&bounds.1)?);
                self.range(&from, &to)
            }
            Expression::Chain(chain) => self.chain(chain),
            Expression::Logic(logic) => self.truth_of_logic(logic).map(Value::Bool),
            _ => Ok(Value::Null),
        }
    }

    fn range(&mut self, from: &Value, to: &Value) -> Outcome<Value> {
        let (Some(from), Some(to)) = (math::int_value(from), math::int_value(to)) else { return Ok(Value::Null) };
        self.meter.work(from.abs_diff(to) as usize)?;
        let values =
            if from < to { (from..=to).map(Value::Int).collect() } else { (to..=from).rev().map(Value::Int).collect() };
        Ok(Value::list(values))
    }

    fn chain(&mut self, chain: &'t Chain) -> Outcome<Value> {
        let mut left = self.value(&chain.first)?;
        let mut left_source = Some(&chain.first);
        for (operator, right_source) in &chain.rest {
            self.meter.work(1)?;
            let right = self.value(right_source)?;
            left = self.operate(*operator, (left, left_source), (right, right_source))?;
            left_source = None;
        }
        Ok(left)
    }

    /// `$name.property == "text"` and its opposite, without a copy of either text; `None` for any other chain, and where
    /// the left side is no text.
    fn text_comparison(&mut self, chain: &'t Chain) -> Outcome<Option<bool>> {
        let (Expression::Reference(left), [(operator, Expression::Text(right))]) = (&chain.first, &*chain.rest) else {
            return Ok(None);
        };
        let equal = match operator {
            Operator::Equal => true,
            Operator::NotEqual => false,
            _ => return Ok(None),
        };
        if left.properties < left.steps.len() {
            return Ok(None);
        }
        self.position = left.position;
        self.view(left, left.properties, |left, meter| match left {
            Value::Text(left) => {
                meter.work(1)?;
                meter.text(left.len())?;
                Ok(Some((left == right) == equal))
            }
            _ => Ok(None),
        })
    }

    fn operate(
        &mut self,
        operator: Operator,
        (left, left_source): (Value, Option<&'t Expression>),
        (right, right_source): (Value, &'t Expression),
    ) -> Outcome<Value> {
        match operator {
            Operator::Equal => Ok(Value::Bool(self.equal(&left, &right)?)),
            Operator::NotEqual => Ok(Value::Bool(!self.equal(&left, &right)?)),
            Operator::Add if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) => {
                let mut text = self.meter.buffer();
                for (value, source) in [(left, left_source), (right, Some(right_source))] {
                    match source {
                        Some(Expression::Reference(reference)) if value.is_null() => {
                            self.meter.push(&mut text, &reference.literal)?;
                        }
                        _ => self.print(&value, &mut text)?,
                    }
                }
                Ok(self.meter.finish(text))
            }
            _ => math::operate(operator, &left, &right),
        }
    }

    /// `==`: numbers by value, alike things by Java's `equals`, others by their texts.
    fn equal(&mut self, left: &Value, right: &Value) -> Outcome<bool> {
        if let Some(ordering) = math::compare(left, right) {
            return Ok(ordering.is_eq());
        }
        match (left, right) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Null, _) | (_, Value::Null) => Ok(false),
            (Value::Text(left), Value::Text(right)) => {
                self.meter.text(left.len())?;
                Ok(left == right)
            }
            (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
                crate::method::equals(left, right, &mut self.meter)
            }
            _ => Ok(self.text(left)? == self.text(right)?),
        }
    }

    /// Whether a condition holds. Only references, comparisons and booleans can.
    pub(super) fn truth(&mut self, condition: &'t Expression) -> Outcome<bool> {
        match condition {
            Expression::Bool(value) => Ok(*value),
            Expression::Reference(reference) => {
                let aws = self.mode == Mode::Aws;
                let holds = |value: &Value| match value {
                    Value::Null => aws,
                    Value::Bool(value) => *value,
                    _ => true,
                };
                if reference.properties < reference.steps.len() {
                    return Ok(holds(&self.resolve(reference)?));
                }
                self.position = reference.position;
                self.view(reference, reference.properties, |value, _| Ok(holds(value)))
            }
            Expression::Not(inner) => Ok(!self.truth(inner)?),
            Expression::Chain(chain) => match self.quick(condition) {
                Quick { kind: Kind::Bool, number } => Ok(number != 0),
                Quick { kind: Kind::Int, .. } => Ok(false),
                Quick { kind: Kind::Other, .. } => match self.text_comparison(chain)? {
                    Some(holds) => Ok(holds),
                    None => Ok(matches!(self.chain(chain)?, Value::Bool(true))),
                },
            },
            Expression::Logic(logic) => self.truth_of_logic(logic),
            _ => Ok(false),
        }
    }

    fn truth_of_logic(&mut self, logic: &'t Logic) -> Outcome<bool> {
        for operand in &logic.operands {
            self.meter.work(1)?;
            if self.truth(operand)? == logic.decisive {
                return Ok(logic.decisive);
            }
        }
        Ok(!logic.decisive)
    }
}
