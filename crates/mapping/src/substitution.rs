//! Templates of gateway responses: text with plain references, which is not Velocity (fact 25).

use crate::parameter::RequestSource;

/// One piece of a [`Substitution`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubstitutionPart {
    /// Text that is copied.
    Literal(Box<str>),
    /// `$context.x`, `$stageVariables.x`, `$method.request.{header,querystring,path,body}.x`.
    Source(RequestSource),
}

/// A compiled template of a gateway response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Substitution {
    parts: Box<[SubstitutionPart]>,
}

impl Substitution {
    /// Compiles a template. Every text is one: a `$` that starts no reference is literal.
    pub fn parse(source: &str) -> Self {
        Self { parts: pieces(source, |text| SubstitutionPart::Literal(text.into()), reference) }
    }

    /// The pieces in order.
    pub fn parts(&self) -> &[SubstitutionPart] {
        &self.parts
    }
}

/// The source and the reference's whole length, when `text` starts with a reference.
fn reference(text: &str) -> Option<(SubstitutionPart, usize)> {
    let (expression, length) = spelled(text)?;
    if !["context.", "stageVariables.", "method.request."].iter().any(|root| expression.starts_with(root)) {
        return None;
    }
    Some((SubstitutionPart::Source(RequestSource::parse(expression).ok()?), length))
}

/// Splits a text at its references; neighbouring literals are one piece.
pub(crate) fn pieces<P>(
    source: &str,
    literal: impl Fn(&str) -> P,
    reference: impl Fn(&str) -> Option<(P, usize)>,
) -> Box<[P]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(next) = source[at..].find('$') {
        at += next;
        let Some((piece, length)) = reference(&source[at..]) else {
            at += 1;
            continue;
        };
        if start < at {
            pieces.push(literal(&source[start..at]));
        }
        pieces.push(piece);
        at += length;
        start = at;
    }
    if start < source.len() {
        pieces.push(literal(&source[start..]));
    }
    pieces.into()
}

/// The expression of `$a.b`, `$!a.b` or `${a.b}`, and its whole length.
pub(crate) fn spelled(text: &str) -> Option<(&str, usize)> {
    let bare = text.strip_prefix('$')?;
    let bare = bare.strip_prefix('!').unwrap_or(bare);
    let (inner, is_braced) = bare.strip_prefix('{').map_or((bare, false), |inner| (inner, true));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
    // A full stop that ends a sentence is text, not part of the name.
    while inner[..end].ends_with('.') {
        end -= 1;
    }
    let start = text.len() - inner.len();
    if is_braced {
        return inner[end..].starts_with('}').then(|| (&inner[..end], start + end + 1));
    }
    Some((&inner[..end], start + end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::ContextVariable;

    #[test]
    fn fact_25_references_are_told_from_text() {
        let literal = |text: &str| SubstitutionPart::Literal(text.into());
        let message = || SubstitutionPart::Source(RequestSource::Context(ContextVariable::ErrorMessageString));
        let variable = |name: &str| SubstitutionPart::Source(RequestSource::StageVariable(name.into()));
        let header = |name: &str| SubstitutionPart::Source(RequestSource::Header(name.into()));
        let cases = [
            ("", vec![]),
            ("{\"message\":$context.error.messageString}", vec![literal("{\"message\":"), message(), literal("}")]),
            ("${context.error.messageString}.", vec![message(), literal(".")]),
            ("$stageVariables.v$!method.request.header.X-A", vec![variable("v"), header("X-A")]),
            ("#if($input.body)$5#end", vec![literal("#if($input.body)$5#end")]),
            ("${context.error", vec![literal("${context.error")]),
        ];
        for (source, parts) in cases {
            assert_eq!(*Substitution::parse(source).parts(), *parts, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_without_a_dollar_is_copied(text in "[^$]{1,40}") {
            let template = Substitution::parse(&text);
            proptest::prop_assert_eq!(template.parts(), &[SubstitutionPart::Literal(text.as_str().into())]);
        }

        #[test]
        fn any_text_compiles(text in ".{0,60}") {
            let _ = Substitution::parse(&text);
        }
    }
}
