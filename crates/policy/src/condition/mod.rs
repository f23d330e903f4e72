//! The Condition element: operators, keys and values, and whether they hold.

mod compare;
mod operator;

use compare::Values;
use operator::{Operator, SetOperator};

use crate::context::{Context, folded};
use crate::cursor::Cursor;
use crate::error::{Fault, ParseError};

/// One key under one operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator_name: String,
    pub(crate) key_name: String,
    /// The key with its case folded.
    key: String,
    operator: Operator,
    values: Values,
}

impl Condition {
    /// The context keys that it reads, with their case folded.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key.as_str()).chain(self.values.keys())
    }

    /// Whether the condition is met (IAM User Guide, "Condition operators" and "Multivalued context keys").
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let found = context.get_folded(&self.key);
        if let Values::Null(wanted) = &self.values {
            return wanted.contains(&found.is_empty());
        }
        if found.is_empty() {
            return self.operator.if_exists
                || match self.operator.set {
                    SetOperator::None => self.operator.negated,
                    SetOperator::ForAllValues => true,
                    SetOperator::ForAnyValue => false,
                };
        }
        let meets = |value: &String| self.meets(value, context);
        match self.operator.set {
            // Empty strings alone are an empty data set.
            SetOperator::ForAllValues => found.iter().all(String::is_empty) || found.iter().all(meets),
            SetOperator::None if self.operator.negated => found.iter().all(meets),
            SetOperator::None | SetOperator::ForAnyValue => found.iter().any(meets),
        }
    }

    /// Whether one value of the request meets the operator. A policy variable without a value meets none, negated or
    /// not: it makes the statement invalid.
    fn meets(&self, value: &str, context: &Context) -> bool {
        self.values.contain(value, context).is_some_and(|contained| contained != self.operator.negated)
    }
}

/// Reads a Condition element; `variables` says whether policy variables are replaced.
pub(crate) fn conditions(at: &Cursor<'_>, variables: bool) -> Result<Vec<Condition>, ParseError> {
    let mut conditions = Vec::new();
    for (operator_name, block) in at.members("an object of condition operators")? {
        let (operator, test) = operator::parse(operator_name)
            .ok_or_else(|| at.error(Fault::Unknown { name: operator_name.to_owned(), allowed: operator::ALLOWED }))?;
        for (key_name, member) in block.members("an object of condition keys")? {
            if !key_name.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty()) {
                return Err(block.error(Fault::Unknown { name: key_name.to_owned(), allowed: "prefix:key" }));
            }
            conditions.push(Condition {
                operator_name: operator_name.to_owned(),
                key_name: key_name.to_owned(),
                key: folded(key_name),
                operator,
                values: Values::read(test, &member, variables)?,
            });
        }
    }
    Ok(conditions)
}
