//! `..`: every object and list below, each asked for what comes next in the path.

use serde_json::Value;

use crate::budget::Meter;
use crate::error::Stop;
use crate::path::{Step, Token};

use super::{Hits, Scope, filter, run};

/// Values without members that are passed over in one step.
const LEAVES_PER_STEP: usize = 8;

/// Walks `model`; a node's own finds come before those of what it holds.
pub(super) fn scan<'v>(
    steps: &[Step],
    model: &'v Value,
    scope: Scope<'_>,
    meter: &mut Meter,
    hits: &mut Hits<'v>,
) -> Result<(), Stop> {
    let Some(target) = steps.first() else { return Err(Stop::invalid("'..' leads nowhere")) };
    let (Value::Array(_) | Value::Object(_)) = model else { return Ok(()) };
    meter.nested(|meter| {
        if matches(target, steps.len() == 1, model, scope, meter)? {
            run(steps, model, scope, meter, hits)?;
        }
        match model {
            Value::Array(items) => {
                meter.charge(items.len() / LEAVES_PER_STEP)?;
                items.iter().try_for_each(|item| scan(steps, item, scope, meter, hits))
            }
            Value::Object(members) => {
                meter.charge(members.len() / LEAVES_PER_STEP)?;
                members.values().try_for_each(|item| scan(steps, item, scope, meter, hits))
            }
            _ => Ok(()),
        }
    })
}

fn matches(target: &Step, leaf: bool, model: &Value, scope: Scope<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    Ok(match (&target.token, model) {
        (Token::Names(names), Value::Object(members)) => {
            (names.len() > 1 && !leaf) || names.iter().all(|name| members.contains_key(name))
        }
        (Token::Indexes(_) | Token::Slice { .. }, Value::Array(_)) | (Token::Wildcard, _) => true,
        (Token::Filter(expression), _) => filter::accepts(expression, model, scope, meter)?,
        _ => false,
    })
}
