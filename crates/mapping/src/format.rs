//! Access-log formats: literal text with `$context` variables, compiled once per stage.

use crate::context::ContextVariable;
use crate::substitution::{pieces, spelled};

/// One piece of a [`Format`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatPart {
    /// Text that is copied.
    Literal(Box<str>),
    /// A variable that is looked up for each request.
    Variable(ContextVariable),
}

/// A compiled access-log format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Format {
    parts: Box<[FormatPart]>,
}

impl Format {
    /// Compiles a format. Every text is a format: a `$` that starts no `$context` reference is literal.
    /// `$context.a.b` and `$!context.a`, `${context.a}` name variables as Velocity spells references.
    pub fn parse(source: &str) -> Self {
        Self { parts: pieces(source, |text| FormatPart::Literal(text.into()), reference) }
    }

    /// The pieces in order.
    pub fn parts(&self) -> &[FormatPart] {
        &self.parts
    }
}

/// The variable and the reference's whole length, when `text` starts with a `$context` reference.
fn reference(text: &str) -> Option<(FormatPart, usize)> {
    let (expression, length) = spelled(text)?;
    let name = expression.strip_prefix("context.")?;
    Some((FormatPart::Variable(ContextVariable::logged(name)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_text() {
        let cases: &[(&str, &[FormatPart])] = &[
            ("", &[]),
            ("plain $5", &[FormatPart::Literal("plain $5".into())]),
            ("$context.requestId", &[FormatPart::Variable(ContextVariable::RequestId)]),
            (
                "{\"ip\":\"$context.identity.sourceIp\"}",
                &[
                    FormatPart::Literal("{\"ip\":\"".into()),
                    FormatPart::Variable(ContextVariable::IdentitySourceIp),
                    FormatPart::Literal("\"}".into()),
                ],
            ),
            ("${context.stage}x", &[FormatPart::Variable(ContextVariable::Stage), FormatPart::Literal("x".into())]),
            ("$!context.status.", &[FormatPart::Variable(ContextVariable::Status), FormatPart::Literal(".".into())]),
            ("$context.waf.status", &[FormatPart::Variable(ContextVariable::Absent)]),
            ("${context.stage", &[FormatPart::Literal("${context.stage".into())]),
        ];
        for (source, parts) in cases {
            assert_eq!(Format::parse(source).parts(), *parts, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_without_a_dollar_is_copied(text in "[^$]{0,40}") {
            let format = Format::parse(&text);
            let copied: String = format.parts().iter().map(|part| match part {
                FormatPart::Literal(text) => text.to_string(),
                FormatPart::Variable(_) => "?".to_owned(),
            }).collect();
            proptest::prop_assert_eq!(copied, text);
        }

        #[test]
        fn any_text_compiles(text in ".{0,60}") {
            let _ = Format::parse(&text);
        }
    }
}
