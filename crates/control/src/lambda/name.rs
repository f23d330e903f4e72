//! What a call names: a function by its name or ARN, and a version or an alias of it.

use stagegate_model::domain::Scope;
use stagegate_model::lambda::{LATEST, function_arn};

use super::fault::{constraint, invalid, not_found};
use crate::call::Call;
use crate::fault::Fault;

/// The most characters of a function's name (API reference, `CreateFunction`).
const NAME_LENGTH: usize = 64;
const NAME_RULE: &str = "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?\
                         ([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)\
                         (:(\\$LATEST|[a-zA-Z0-9-_]+))?";

/// A function, and the version or the alias that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl Named {
    /// Reads the function of a call's path and the qualifier of its query.
    pub(super) fn of(call: &Call) -> Result<Self, Fault> {
        let mut named = Self::parse(call.parameter("FunctionName"), &call.scope)?;
        if let Some(qualifier) = call.query("Qualifier") {
            check_qualifier(qualifier, "qualifier")?;
            if named.qualifier.as_deref().is_some_and(|derived| derived != qualifier) {
                return Err(invalid(
                    "The derived qualifier from the function name does not match the specified qualifier.",
                ));
            }
            named.qualifier = Some(qualifier.to_owned());
        }
        Ok(named)
    }

    /// Reads a name, `ACCOUNT:function:NAME` or an ARN, each with or without a qualifier.
    pub(super) fn parse(text: &str, scope: &Scope) -> Result<Self, Fault> {
        let refuse = || constraint(text, "functionName", NAME_RULE);
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts[..] {
            ["arn", _, "lambda", region, account, "function", ref rest @ ..] => (Some(region), Some(account), rest),
            [account, "function", ref rest @ ..] => (None, Some(account), rest),
            ref rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some((*qualifier).to_owned())),
            _ => return Err(refuse()),
        };
        if !is_name(name) || qualifier.as_deref().is_some_and(|qualifier| !is_qualifier(qualifier)) {
            return Err(refuse());
        }
        if let Some(region) = region.filter(|region| *region != scope.region) {
            let here = &scope.region;
            return Err(not_found(format!("Functions from '{region}' are not reachable in this region ('{here}')")));
        }
        if account.is_some_and(|account| account != scope.account) {
            return Err(not_found(format!("Function not found: {text}")));
        }
        Ok(Self { name: name.to_owned(), qualifier })
    }

    /// The ARN as it was asked for.
    pub(super) fn arn(&self, scope: &Scope) -> String {
        function_arn(scope, &self.name, self.qualifier.as_deref())
    }

    /// The fault of a function, version or alias that is not there.
    pub(super) fn missing(&self, scope: &Scope) -> Fault {
        not_found(format!("Function not found: {}", self.arn(scope)))
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_LENGTH).contains(&text.len()) && text.bytes().all(is_letter)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_qualifier(text: &str) -> bool {
    text == LATEST || ((1..=128).contains(&text.len()) && text.bytes().all(is_letter))
}

/// Refuses what is neither a version nor an alias's name.
pub(super) fn check_qualifier(text: &str, member: &str) -> Result<(), Fault> {
    let rule = "Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)";
    if is_qualifier(text) { Ok(()) } else { Err(constraint(text, member, rule)) }
}

/// Refuses what cannot be an alias's name: a number is a version.
pub(super) fn check_alias(text: &str) -> Result<(), Fault> {
    let rule = "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)";
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_qualifier(text) && text != LATEST && !is_number { Ok(()) } else { Err(constraint(text, "name", rule)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::new("000000000000", "us-east-1").expect("a scope")
    }

    #[test]
    fn functions_are_named_in_four_ways() {
        for (text, qualifier) in [
            ("pets", None),
            ("pets:live", Some("live")),
            ("000000000000:function:pets", None),
            ("arn:aws:lambda:us-east-1:000000000000:function:pets:$LATEST", Some("$LATEST")),
            ("arn:aws:lambda:us-east-1:000000000000:function:pets", None),
        ] {
            let named = Named::parse(text, &scope()).expect(text);
            assert_eq!((named.name.as_str(), named.qualifier.as_deref()), ("pets", qualifier), "{text}");
        }
    }

    #[test]
    fn what_names_nothing_here_is_refused() {
        for (text, code) in [
            ("", "ValidationException"),
            ("a b", "ValidationException"),
            ("a/b", "ValidationException"),
            ("pets:live:more", "ValidationException"),
            ("arn:aws:lambda:eu-west-1:000000000000:function:pets", "ResourceNotFoundException"),
            ("arn:aws:lambda:us-east-1:999999999999:function:pets", "ResourceNotFoundException"),
        ] {
            assert_eq!(Named::parse(text, &scope()).expect_err(text).kind.code(), code, "{text}");
        }
        assert!(Named::parse(&"a".repeat(65), &scope()).is_err());
        for (alias, fine) in [("live", true), ("7a", true), ("7", false), ("$LATEST", false), ("", false)] {
            assert_eq!(check_alias(alias).is_ok(), fine, "{alias}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in "[a-z:$/ -]{0,40}") {
            let _ = Named::parse(&text, &scope());
        }
    }
}
