//! Patterns of Amazon Resource Names.

use crate::context::Context;
use crate::pattern::{Pattern, Syntax};

/// Components of an ARN: `arn:partition:service:region:account:resource`; the resource may hold colons itself.
const COMPONENTS: usize = 6;

/// A pattern of six components is matched component by component, so that a wildcard for the region never reaches into
/// the resource; only the last takes colons. A shorter one, such as `*` or `arn:aws:s3:*`, is matched as one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    head: Vec<Pattern>,
    tail: Pattern,
}

impl ArnPattern {
    /// Compiles a pattern; `None` where a policy variable is malformed.
    pub(crate) fn parse(text: &str, variables: bool) -> Option<Self> {
        let syntax = Syntax { wildcards: true, variables };
        let parts = components(text, variables);
        let (tail, head) = if parts.len() == COMPONENTS { parts.split_last()? } else { (&text, [].as_slice()) };
        let head = head.iter().map(|part| Pattern::parse(part, syntax)).collect::<Option<_>>()?;
        Some(Self { head, tail: Pattern::parse(tail, syntax)? })
    }

    /// Whether `arn` matches; `None` where that depends on a variable without a value.
    pub(crate) fn matches(&self, arn: &str, context: &Context) -> Option<bool> {
        let mut parts = arn.splitn(self.head.len() + 1, ':');
        for pattern in &self.head {
            let Some(part) = parts.next() else { return Some(false) };
            if !pattern.matches(part, context)? {
                return Some(false);
            }
        }
        parts.next().map_or(Some(false), |rest| self.tail.matches(rest, context))
    }

    /// The keys that its policy variables read.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.head.iter().chain([&self.tail]).flat_map(Pattern::keys)
    }

    /// Whether variables stand only behind the fifth colon, where the Resource element may have them.
    pub(crate) fn has_variables_in_resource_only(&self) -> bool {
        !self.head.iter().any(Pattern::has_variable) && (!self.head.is_empty() || !self.tail.has_variable())
    }
}

/// The text cut at its first five colons, those within `${…}` left out.
fn components(text: &str, variables: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut inside = false;
    for (at, character) in text.char_indices() {
        match character {
            '$' if variables && text[at..].starts_with("${") => inside = true,
            '}' => inside = false,
            ':' if !inside && parts.len() + 1 < COMPONENTS => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_match_component_by_component() {
        let context: Context = [("aws:username", "ann:1")].into_iter().collect();
        for (pattern, arn, expected) in [
            ("*", "arn:aws:s3:::b/k", true),
            ("arn:aws:s3:*", "arn:aws:s3:::b/k", true),
            ("arn:aws:execute-api:*:*:api/*/GET/*", "arn:aws:execute-api:eu-west-1:1:api/prod/GET/a:b/c", true),
            ("arn:aws:execute-api:*:*:api/prod/*", "arn:aws:execute-api:r:1:other/prod/GET/x:api/prod/y", false),
            ("arn:aws:execute-api:*:*:api/prod/GET", "arn:aws:execute-api:r:1:api/prod/GET/x", false),
            ("arn:aws:lambda:r:1:function:f?", "arn:aws:lambda:r:1:function:fn", true),
            ("arn:aws:lambda:r:1:function:f?", "arn:aws:lambda:r:2:function:fn", false),
            ("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/ann:1/x", true),
            ("arn:aws:s3:::B", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b", "arn:aws", false),
        ] {
            assert_eq!(ArnPattern::parse(pattern, true).unwrap().matches(arn, &context), Some(expected), "{pattern}");
        }
    }
}
