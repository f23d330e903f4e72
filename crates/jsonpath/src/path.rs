//! A compiled path and what evaluating it finds.

use std::borrow::Cow;

use serde_json::Value;

use crate::budget::{Budget, Meter};
use crate::error::{EvalError, ParseError};
use crate::evaluate::{self, Scope};
use crate::parse::{self, filter::Expression};

/// A compiled path.
#[derive(Debug, Clone)]
pub struct Path {
    pub(crate) steps: Vec<Step>,
    /// It starts at `$`, not at `@`.
    pub(crate) from_root: bool,
    definite: bool,
}

/// A token and what came before it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) token: Token,
    /// Every token before this one leads to one value at most.
    pub(crate) upstream_definite: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Token {
    Names(Vec<String>),
    Wildcard,
    Scan,
    Indexes(Vec<i32>),
    Slice { from: Option<i32>, to: Option<i32> },
    Filter(Box<Expression>),
    Function(Call),
}

/// A function at the end of a path, with its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Argument>,
}

#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Json(Value),
    /// `elements` is the path with `[*]` after it: what `length` counts.
    Path {
        path: Path,
        elements: Path,
    },
}

impl Argument {
    pub(crate) fn path(path: Path) -> Self {
        let mut tokens: Vec<Token> = path.steps.iter().map(|step| step.token.clone()).collect();
        if !path.ends_in_function() && !tokens.is_empty() {
            tokens.push(Token::Wildcard);
        }
        // Jayway has settled by then whether the path is definite: of a definite one's elements it reads the last.
        let elements = Path { definite: path.definite, ..Path::of_steps(path.from_root, tokens) };
        Self::Path { path, elements }
    }
}

/// What a path finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'v> {
    /// Nothing where something was asked for (Jayway's `PathNotFoundException`).
    Missing,
    /// The one value of a definite path.
    One(Cow<'v, Value>),
    /// The values of an indefinite path, in document order.
    Many(Vec<Cow<'v, Value>>),
}

impl Found<'_> {
    /// The value, a list as a JSON array; `None` where nothing is found.
    pub fn into_value(self) -> Option<Value> {
        match self {
            Found::Missing => None,
            Found::One(value) => Some(value.into_owned()),
            Found::Many(values) => Some(Value::Array(values.into_iter().map(Cow::into_owned).collect())),
        }
    }
}

impl Path {
    /// Compiles `text`. A text that starts with neither `$` nor `@` is taken as `$.text`, as Jayway does.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::compile(text)
    }

    /// Whether the path leads to one value at most.
    pub fn is_definite(&self) -> bool {
        self.definite
    }

    /// What the path finds in `document`.
    pub fn evaluate<'v>(&self, document: &'v Value, budget: &Budget) -> Result<Found<'v>, EvalError> {
        self.spend(document, &mut budget.clone())
    }

    /// What the path finds in `document`; the steps that it took are gone from the budget, which may be that of many paths.
    pub fn spend<'v>(&self, document: &'v Value, budget: &mut Budget) -> Result<Found<'v>, EvalError> {
        let scope = Scope { root: document, require_properties: false };
        let mut meter = Meter::new(budget);
        let found = evaluate::read(self, document, scope, &mut meter);
        budget.max_steps = meter.steps_left();
        match found {
            Ok(found) => Ok(found),
            Err(stop) => stop.into_error().map_or(Ok(Found::Missing), Err),
        }
    }

    pub(crate) fn ends_in_function(&self) -> bool {
        matches!(self.steps.last(), Some(Step { token: Token::Function(_), .. }))
    }

    /// Puts a path together. `$..a.max()` becomes `$.max($..a)`: a function after a scan sees all values at once.
    pub(crate) fn of_tokens(from_root: bool, mut tokens: Vec<Token>) -> Self {
        let scans = matches!(tokens.first(), Some(Token::Scan));
        let function = tokens.iter().position(|token| matches!(token, Token::Function(_)));
        if let (true, Some(Token::Function(_)), Some(at)) = (scans, tokens.last(), function) {
            let mut tail = tokens.split_off(at);
            if let Some(Token::Function(call)) = tail.first_mut() {
                call.arguments = vec![Argument::path(Self::of_steps(true, tokens))];
            }
            return Self::of_steps(from_root, tail);
        }
        Self::of_steps(from_root, tokens)
    }

    fn of_steps(from_root: bool, tokens: Vec<Token>) -> Self {
        let last = tokens.len().saturating_sub(1);
        let mut definite = true;
        let steps = tokens.into_iter().enumerate().map(|(at, token)| {
            let upstream_definite = definite;
            definite &= token.is_definite(at == last);
            Step { token, upstream_definite }
        });
        let steps = steps.collect();
        Self { steps, from_root, definite }
    }
}

impl Token {
    /// Several names are merged into one object where they end a path.
    fn is_definite(&self, leaf: bool) -> bool {
        match self {
            Self::Names(names) => leaf || names.len() == 1,
            Self::Indexes(indexes) => indexes.len() == 1,
            Self::Function(_) => true,
            Self::Wildcard | Self::Scan | Self::Slice { .. } | Self::Filter(_) => false,
        }
    }
}
