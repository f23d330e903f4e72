//! Checks a form against what its operation may be given, and gathers all that is wrong, as AWS does.

use crate::call::Call;
use crate::fault::Fault;
use crate::query::form::items;
use crate::query::row::{Member, MemberKind, TextRule};
use crate::query::{QueryFault, fault};

/// The most tags of one noun (IAM quotas).
const TAGS: usize = 50;
/// Characters of a refused value that are shown.
const SHOWN_CHARS: usize = 128;

/// Refuses a form that breaks a rule of its operation.
pub(crate) fn check(call: &Call) -> Result<(), Fault> {
    let Some(row) = &call.operation.query else { return Ok(()) };
    let mut problems = Vec::new();
    for member in row.members {
        check_member(member, call, &mut problems)?;
    }
    if problems.is_empty() {
        return Ok(());
    }
    let errors = if problems.len() == 1 { "error" } else { "errors" };
    let message = format!("{} validation {errors} detected: {}", problems.len(), problems.join("; "));
    Err(fault(QueryFault::ValidationError, message))
}

fn check_member(member: &Member, call: &Call, problems: &mut Vec<String>) -> Result<(), Fault> {
    let name = lower_first(member.name);
    let given = call.field(member.name);
    match member.kind {
        MemberKind::Tags | MemberKind::Texts(..) | MemberKind::PolicyArns(_) => check_list(member, call, problems),
        MemberKind::Unserved => {
            let prefix = format!("{}.member.", member.name);
            if given.is_some() || call.query.iter().any(|(field, _)| field.starts_with(&prefix)) {
                let message = format!("The parameter {} is not served by this version of Stagegate", member.name);
                return Err(fault(QueryFault::ValidationError, message));
            }
        }
        _ => match given {
            None if member.required => problems.push(missing(&name)),
            None => {}
            Some(value) => {
                if let Some(rule) = broken(&member.kind, value, &name)? {
                    problems.push(broken_text(value, &name, &rule));
                }
            }
        },
    }
    Ok(())
}

fn missing(name: &str) -> String {
    format!("Value null at '{name}' failed to satisfy constraint: Member must not be null")
}

fn broken_text(value: &str, name: &str, rule: &str) -> String {
    let shown: String = value.chars().take(SHOWN_CHARS).collect();
    format!("Value '{shown}' at '{name}' failed to satisfy constraint: {rule}")
}

/// The rule that a value breaks.
fn broken(kind: &MemberKind, value: &str, name: &str) -> Result<Option<String>, Fault> {
    Ok(match kind {
        MemberKind::Text(rule) => broken_rule(rule, value),
        MemberKind::Integer(min, max) => match value.parse::<i64>() {
            Err(_) => {
                let message = format!("Value '{}' at '{name}' is not a whole number", shortened(value));
                return Err(fault(QueryFault::MalformedInput, message));
            }
            Ok(number) if number < *min => Some(format!("Member must have value greater than or equal to {min}")),
            Ok(number) if number > *max => Some(format!("Member must have value less than or equal to {max}")),
            Ok(_) => None,
        },
        MemberKind::Boolean if !matches!(value, "true" | "false" | "True" | "False") => {
            let message = format!("Value '{}' at '{name}' is neither true nor false", shortened(value));
            return Err(fault(QueryFault::MalformedInput, message));
        }
        MemberKind::Closed(values) if !values.contains(&value) => {
            Some(format!("Member must satisfy enum value set: [{}]", values.join(", ")))
        }
        _ => None,
    })
}

fn shortened(value: &str) -> String {
    value.chars().take(SHOWN_CHARS).collect()
}

fn broken_rule(rule: &TextRule, value: &str) -> Option<String> {
    let length = value.chars().count();
    if length < rule.min_length {
        Some(format!("Member must have length greater than or equal to {}", rule.min_length))
    } else if length > rule.max_length {
        Some(format!("Member must have length less than or equal to {}", rule.max_length))
    } else if !(rule.fits)(value) {
        Some(format!("Member must satisfy regular expression pattern: {}", rule.pattern))
    } else {
        None
    }
}

fn check_list(member: &Member, call: &Call, problems: &mut Vec<String>) {
    let (parts, most): (&[(&str, &TextRule)], usize) = match &member.kind {
        MemberKind::Tags => (&[(".Key", &crate::iam::TAG_KEY), (".Value", &crate::iam::TAG_VALUE)], TAGS),
        MemberKind::Texts(rule, most) => (&[("", rule)], *most),
        MemberKind::PolicyArns(rule) => (&[(".arn", rule)], usize::MAX),
        _ => return,
    };
    let name = lower_first(member.name);
    let first = items(call, member.name, parts[0].0);
    // An empty list is written as the bare name.
    if first.is_empty() && member.required && call.field(member.name).is_none() {
        problems.push(missing(&name));
    }
    if first.len() > most {
        problems.push(broken_text("[...]", &name, &format!("Member must have length less than or equal to {most}")));
        return;
    }
    for (part, rule) in parts {
        let values = items(call, member.name, part);
        for (number, _) in &first {
            let at = format!("{name}.{number}.member{}", part.to_ascii_lowercase());
            match values.iter().find(|(have, _)| have == number) {
                None => problems.push(missing(&at)),
                Some((_, value)) => {
                    problems.extend(broken_rule(rule, value).map(|rule| broken_text(value, &at, &rule)));
                }
            }
        }
    }
}

/// The name as AWS's texts write it: `userName`.
fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
