//! Walking a document along a compiled path.

mod aggregate;
mod compare;
mod equality;
mod filter;
mod function;
mod operand;
mod scan;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::budget::Meter;
use crate::error::Stop;
use crate::path::{Found, Path, Step, Token};

/// What holds for a whole evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'r> {
    /// What `$` means.
    pub(crate) root: &'r Value,
    /// A missing property is an error even where the path is indefinite: so an existence check works.
    pub(crate) require_properties: bool,
}

/// The values found so far.
type Hits<'v> = Vec<Cow<'v, Value>>;

/// Evaluates `path` from `model`.
pub(crate) fn read<'v>(path: &Path, model: &'v Value, scope: Scope<'_>, meter: &mut Meter) -> Result<Found<'v>, Stop> {
    let mut hits = Vec::new();
    run(&path.steps, model, scope, meter, &mut hits)?;
    if path.is_definite() { hits.pop().map(Found::One).ok_or(Stop::Missing) } else { Ok(Found::Many(hits)) }
}

/// Follows `steps` from `model`, one level down.
fn run<'v>(
    steps: &[Step],
    model: &'v Value,
    scope: Scope<'_>,
    meter: &mut Meter,
    hits: &mut Hits<'v>,
) -> Result<(), Stop> {
    let Some((step, rest)) = steps.split_first() else {
        meter.found()?;
        hits.push(Cow::Borrowed(model));
        return Ok(());
    };
    meter.nested(|meter| Walk { step, rest, scope, meter, hits }.token(model))
}

/// One step of a path, being taken.
struct Walk<'w, 'v> {
    step: &'w Step,
    rest: &'w [Step],
    scope: Scope<'w>,
    meter: &'w mut Meter,
    hits: &'w mut Hits<'v>,
}

impl<'v> Walk<'_, 'v> {
    fn token(&mut self, model: &'v Value) -> Result<(), Stop> {
        let step = self.step;
        match &step.token {
            Token::Names(names) => self.names(names, model),
            Token::Wildcard => self.wildcard(model),
            Token::Scan => scan::scan(self.rest, model, self.scope, self.meter, self.hits),
            Token::Indexes(indexes) => match self.array(model)? {
                Some(items) => indexes.iter().try_for_each(|index| self.element(items, i64::from(*index))),
                None => Ok(()),
            },
            Token::Slice { from, to } => match self.array(model)? {
                Some(items) => bounds(*from, *to, items.len()).try_for_each(|index| self.element(items, index)),
                None => Ok(()),
            },
            Token::Filter(expression) => self.filter(expression, model),
            Token::Function(call) => self.function(call, model),
        }
    }

    /// Goes on with the rest of the path.
    fn next(&mut self, model: &'v Value) -> Result<(), Stop> {
        run(self.rest, model, self.scope, self.meter, self.hits)
    }

    fn names(&mut self, names: &[String], model: &'v Value) -> Result<(), Stop> {
        let Value::Object(members) = model else {
            return if self.step.upstream_definite { Err(Stop::Missing) } else { Ok(()) };
        };
        match names {
            [name] => self.member(members, name, true),
            _ if self.rest.is_empty() => self.merge(members, names),
            _ => names.iter().try_for_each(|name| self.member(members, name, false)),
        }
    }

    fn member(&mut self, members: &'v Map<String, Value>, name: &str, definite: bool) -> Result<(), Stop> {
        let required = self.scope.require_properties;
        match members.get(name) {
            Some(value) => self.next(value),
            None if required || (definite && self.step.upstream_definite && !self.rest.is_empty()) => {
                Err(Stop::Missing)
            }
            None => Ok(()),
        }
    }

    /// `['a', 'b']` at the end of a path is one object with those of the members that are there.
    fn merge(&mut self, members: &Map<String, Value>, names: &[String]) -> Result<(), Stop> {
        let mut merged = Map::new();
        for name in names {
            match members.get(name) {
                Some(value) => {
                    let value = copy(value, self.meter)?;
                    merged.insert(name.clone(), value);
                }
                None if self.scope.require_properties => return Err(Stop::Missing),
                None => {}
            }
        }
        self.meter.found()?;
        self.hits.push(Cow::Owned(Value::Object(merged)));
        Ok(())
    }

    fn wildcard(&mut self, model: &'v Value) -> Result<(), Stop> {
        match model {
            Value::Object(members) => members.values().try_for_each(|value| self.next(value)),
            Value::Array(items) => (0_i64..).take(items.len()).try_for_each(|index| match self.element(items, index) {
                Err(Stop::Missing) if !self.scope.require_properties => Ok(()),
                done => done,
            }),
            _ => Ok(()),
        }
    }

    fn filter(&mut self, expression: &crate::parse::filter::Expression, model: &'v Value) -> Result<(), Stop> {
        match model {
            Value::Object(_) => {
                if filter::accepts(expression, model, self.scope, self.meter)? {
                    self.next(model)
                } else {
                    Ok(())
                }
            }
            Value::Array(items) => (0_i64..).zip(items).try_for_each(|(index, item)| {
                let accepted = filter::accepts(expression, item, self.scope, self.meter)?;
                if accepted { self.element(items, index) } else { Ok(()) }
            }),
            _ if self.step.upstream_definite => Err(Stop::invalid("a filter cannot be applied to a scalar")),
            _ => Ok(()),
        }
    }

    fn array(&self, model: &'v Value) -> Result<Option<&'v [Value]>, Stop> {
        match model {
            Value::Array(items) => Ok(Some(items)),
            _ if self.step.upstream_definite => Err(Stop::Missing),
            _ => Ok(None),
        }
    }

    /// The element at `index`, from the end where it is negative; one that is not there is passed over.
    fn element(&mut self, items: &'v [Value], index: i64) -> Result<(), Stop> {
        self.meter.charge(1)?;
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let at = if index < 0 { length + index } else { index };
        let Some(item) = usize::try_from(at).ok().and_then(|at| items.get(at)) else { return Ok(()) };
        match self.next(item) {
            Err(Stop::OutOfBounds) => Ok(()),
            done => done,
        }
    }

    /// A function's answer is a find of its own, even where the path goes on from it.
    fn function(&mut self, call: &crate::path::Call, model: &Value) -> Result<(), Stop> {
        let answer = function::invoke(call, model, self.scope, self.meter)?;
        let mut further = Vec::new();
        if !self.rest.is_empty() {
            run(self.rest, &answer, self.scope, self.meter, &mut further)?;
        }
        let further: Vec<Value> = further.into_iter().map(Cow::into_owned).collect();
        self.meter.found()?;
        self.hits.push(Cow::Owned(answer));
        self.hits.extend(further.into_iter().map(Cow::Owned));
        Ok(())
    }
}

/// A slice's indexes. Jayway counts `[a:]` and `[:b]` from the end where they are negative, but not both of `[a:b]`.
fn bounds(from: Option<i32>, to: Option<i32>, length: usize) -> std::ops::Range<i64> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |index: i32| if index < 0 { length + i64::from(index) } else { i64::from(index) };
    match (from, to) {
        (Some(from), None) => from_end(from).max(0)..length,
        (Some(from), Some(to)) if length > 0 => i64::from(from)..length.min(i64::from(to)),
        (None, Some(to)) => 0..from_end(to).min(length),
        _ => 0..0,
    }
}

/// A copy, paid for by its nodes.
fn copy(value: &Value, meter: &mut Meter) -> Result<Value, Stop> {
    charge_nodes(value, meter)?;
    Ok(value.clone())
}

fn charge_nodes(value: &Value, meter: &mut Meter) -> Result<(), Stop> {
    meter.nested(|meter| match value {
        Value::Array(items) => items.iter().try_for_each(|item| charge_nodes(item, meter)),
        Value::Object(members) => members.values().try_for_each(|item| charge_nodes(item, meter)),
        Value::String(text) => meter.charge_text(text.len()),
        _ => Ok(()),
    })
}
