//! Names of condition operators.

/// Whether all or any of a multi-valued key's values must meet the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOperator {
    None,
    ForAllValues,
    ForAnyValue,
}

/// How an operator's test is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) set: SetOperator,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
}

/// What an ordered value is compared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// What is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    BinaryEquals,
    IpAddress,
    Arn,
    Null,
}

/// The operators, for errors.
pub(crate) const ALLOWED: &str = "StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, \
     StringLike, StringNotLike, NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, \
     NumericGreaterThan, NumericGreaterThanEquals, DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, \
     DateGreaterThan, DateGreaterThanEquals, Bool, BinaryEquals, IpAddress, NotIpAddress, ArnEquals, ArnNotEquals, \
     ArnLike, ArnNotLike, each with ForAllValues: or ForAnyValue: before and IfExists behind it, and Null";

/// An operator by its name, with its qualifiers.
pub(crate) fn parse(name: &str) -> Option<(Operator, Test)> {
    let (set, rest) = match name.split_once(':') {
        None => (SetOperator::None, name),
        Some(("ForAllValues", rest)) => (SetOperator::ForAllValues, rest),
        Some(("ForAnyValue", rest)) => (SetOperator::ForAnyValue, rest),
        Some(_) => return None,
    };
    let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
    let (test, negated) = test(base)?;
    // Null asks whether the key exists; no qualifier has a meaning for it.
    let qualified = set != SetOperator::None || if_exists;
    (test != Test::Null || !qualified).then_some((Operator { set, negated, if_exists }, test))
}

fn test(base: &str) -> Option<(Test, bool)> {
    if let Some(order) = base.strip_prefix("Numeric") {
        return self::order(order).map(|(order, negated)| (Test::Numeric(order), negated));
    }
    if let Some(order) = base.strip_prefix("Date") {
        return self::order(order).map(|(order, negated)| (Test::Date(order), negated));
    }
    Some(match base {
        "StringEquals" => (Test::StringEquals, false),
        "StringNotEquals" => (Test::StringEquals, true),
        "StringEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, true),
        "StringLike" => (Test::StringLike, false),
        "StringNotLike" => (Test::StringLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::BinaryEquals, false),
        "IpAddress" => (Test::IpAddress, false),
        "NotIpAddress" => (Test::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        "Null" => (Test::Null, false),
        _ => return None,
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equals, false),
        "NotEquals" => (Order::Equals, true),
        "LessThan" => (Order::LessThan, false),
        "LessThanEquals" => (Order::LessThanEquals, false),
        "GreaterThan" => (Order::GreaterThan, false),
        "GreaterThanEquals" => (Order::GreaterThanEquals, false),
        _ => return None,
    })
}
