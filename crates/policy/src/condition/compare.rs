//! Values of conditions, and how a request's value compares with them.

mod instant;
mod number;

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use instant::Instant;
use number::Number;

use super::operator::{Order, Test};
use crate::arn::ArnPattern;
use crate::context::Context;
use crate::cursor::Cursor;
use crate::error::ParseError;
use crate::network::Network;
use crate::pattern::{Pattern, Syntax, VARIABLE_FORMS};

/// The policy's values for one key, parsed for the operator's test.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Text(Vec<Pattern>),
    TextIgnoringCase(Vec<Pattern>),
    Numbers(Order, Vec<Number>),
    Instants(Order, Vec<Instant>),
    Binary(Vec<Vec<u8>>),
    Networks(Vec<Network>),
    Arns(Vec<ArnPattern>),
    Null(Vec<bool>),
}

impl Values {
    /// Reads one value or a list of them.
    pub(crate) fn read(test: Test, at: &Cursor<'_>, variables: bool) -> Result<Self, ParseError> {
        let pattern = |wildcards| move |text: &str| Pattern::parse(text, Syntax { wildcards, variables });
        Ok(match test {
            Test::StringEquals => Self::Text(all(at, VARIABLE_FORMS, pattern(false))?),
            Test::StringLike => Self::Text(all(at, VARIABLE_FORMS, pattern(true))?),
            Test::StringEqualsIgnoreCase => Self::TextIgnoringCase(all(at, VARIABLE_FORMS, pattern(false))?),
            Test::Bool => Self::TextIgnoringCase(all(at, "true, false, or a policy variable", |value| {
                let compiled = pattern(false)(value)?;
                (truth(value).is_some() || compiled.has_variable()).then_some(compiled)
            })?),
            Test::Numeric(order) => Self::Numbers(order, all(at, "a decimal number", Number::parse)?),
            Test::Date(order) => {
                Self::Instants(order, all(at, "an ISO 8601 date or time, or epoch seconds", Instant::parse)?)
            }
            Test::BinaryEquals => Self::Binary(all(at, "Base64", |value| STANDARD.decode(value).ok())?),
            Test::IpAddress => Self::Networks(all(at, "an IPv4 or IPv6 address or CIDR range", Network::parse)?),
            Test::Arn => Self::Arns(all(at, VARIABLE_FORMS, |value| ArnPattern::parse(value, variables))?),
            Test::Null => Self::Null(all(at, "true, false", truth)?),
        })
    }

    /// The keys that policy variables in the values read.
    pub(crate) fn keys(&self) -> Vec<&str> {
        match self {
            Self::Text(patterns) | Self::TextIgnoringCase(patterns) => {
                patterns.iter().flat_map(Pattern::keys).collect()
            }
            Self::Arns(patterns) => patterns.iter().flat_map(ArnPattern::keys).collect(),
            Self::Numbers(..) | Self::Instants(..) | Self::Binary(_) | Self::Networks(_) | Self::Null(_) => Vec::new(),
        }
    }

    /// Whether one of the policy's values is met by `value`; `None` where that hangs on a variable without a value. A
    /// request's value of the wrong form meets none.
    pub(crate) fn contain(&self, value: &str, context: &Context) -> Option<bool> {
        match self {
            Self::Text(patterns) => any(patterns, |pattern| pattern.matches(value, context)),
            Self::TextIgnoringCase(patterns) => {
                let value = value.to_lowercase();
                any(patterns, |pattern| Some(pattern.text(context)?.to_lowercase() == value))
            }
            Self::Numbers(order, numbers) => Some(
                Number::parse(value).is_some_and(|found| numbers.iter().any(|number| meets(*order, found.cmp(number)))),
            ),
            Self::Instants(order, instants) => Some(
                Instant::parse(value)
                    .is_some_and(|found| instants.iter().any(|instant| meets(*order, found.cmp(instant)))),
            ),
            Self::Binary(values) => Some(STANDARD.decode(value).is_ok_and(|found| values.contains(&found))),
            Self::Networks(networks) => {
                Some(value.parse().is_ok_and(|address| networks.iter().any(|network| network.contains(address))))
            }
            Self::Arns(patterns) => any(patterns, |pattern| pattern.matches(value, context)),
            Self::Null(_) => Some(false),
        }
    }
}

/// Every value here, parsed.
fn all<T>(at: &Cursor<'_>, allowed: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ParseError> {
    at.values()?.iter().map(|value| parse(&value.scalar(allowed)?).ok_or_else(|| value.wrong(allowed))).collect()
}

/// `Some(true)` if one matches; else `None` if one is unknown.
fn any<T>(patterns: &[T], matches: impl Fn(&T) -> Option<bool>) -> Option<bool> {
    let mut known = Some(false);
    for pattern in patterns {
        match matches(pattern) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = None,
        }
    }
    known
}

fn truth(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

fn meets(order: Order, found: Ordering) -> bool {
    match order {
        Order::Equals => found.is_eq(),
        Order::LessThan => found.is_lt(),
        Order::LessThanEquals => found.is_le(),
        Order::GreaterThan => found.is_gt(),
        Order::GreaterThanEquals => found.is_ge(),
    }
}
