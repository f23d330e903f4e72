//! The choice of a request template by content type, with the passthrough behaviours (facts 76 and 78).

/// What happens to a body that no template matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passthrough {
    /// It is passed through.
    #[default]
    WhenNoMatch,
    /// It is passed through only when no template at all is defined, else 415.
    WhenNoTemplates,
    /// 415.
    Never,
}

/// Templates by media type.
#[derive(Debug)]
pub struct Templates<T> {
    /// Media type (or `$default`) and template, in the order of the document.
    pub entries: Box<[(Box<str>, T)]>,
    /// What happens without a match.
    pub passthrough: Passthrough,
}

/// What a content type selects.
#[derive(Debug)]
pub enum Selected<'t, T> {
    /// This template.
    Template(&'t T),
    /// No template; the body goes on unchanged.
    PassThrough,
    /// 415 Unsupported Media Type.
    Unsupported,
}

/// A compiled template, as far as its selection looks at it.
pub trait Template {
    /// Whether the template is empty, which stands for "pass the body through": AWS shows such a template as null.
    fn passes_through(&self) -> bool;
}

/// A Velocity template with what it can possibly reach, so that nothing else is put together for it.
#[derive(Debug)]
pub struct Program {
    /// The compiled template.
    pub template: stagegate_vtl::Template,
    /// It may read `$context`.
    pub reads_context: bool,
    /// It may read `$input.params`.
    pub reads_params: bool,
    /// It may read `$stageVariables`.
    pub reads_stage_variables: bool,
}

/// A compiled template.
#[derive(Debug)]
pub enum BodyTemplate {
    /// Text without references and directives, which is copied; an empty one stands for none.
    Literal(Box<[u8]>),
    /// A Velocity program.
    Program(Box<Program>),
}

impl Template for BodyTemplate {
    fn passes_through(&self) -> bool {
        matches!(self, Self::Literal(text) if text.is_empty())
    }
}

/// A request template of a `MOCK` integration: only the status that it renders is of use.
#[derive(Debug)]
pub enum StatusTemplate {
    /// Nothing: the client's own body is read for the status.
    Empty,
    /// The status of a literal text; `None` where it names no valid one (fact 75: 500).
    Literal(Option<u16>),
    /// A Velocity program whose output names the status.
    Program(Box<Program>),
}

impl Template for StatusTemplate {
    fn passes_through(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl<T: Template> Templates<T> {
    /// Selects by a Content-Type header; an absent one counts as `application/json`.
    pub fn select(&self, content_type: Option<&[u8]>) -> Selected<'_, T> {
        let wanted = content_type.map_or(&b"application/json"[..], essence);
        let named =
            |name: &[u8]| self.entries.iter().find(|(media_type, _)| media_type.as_bytes().eq_ignore_ascii_case(name));
        if let Some((_, template)) = named(wanted).or_else(|| named(b"$default")) {
            return if template.passes_through() { Selected::PassThrough } else { Selected::Template(template) };
        }
        match self.passthrough {
            Passthrough::WhenNoMatch => Selected::PassThrough,
            Passthrough::WhenNoTemplates if self.entries.is_empty() => Selected::PassThrough,
            Passthrough::WhenNoTemplates | Passthrough::Never => Selected::Unsupported,
        }
    }
}

/// A media type without its parameters.
pub(crate) fn essence(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::Passthrough::{Never, WhenNoMatch, WhenNoTemplates};
    use super::*;

    /// What is selected, by the text of the template.
    #[derive(Debug, PartialEq, Eq)]
    enum Choice {
        Text(&'static str),
        PassThrough,
        Unsupported,
    }

    fn choice(passthrough: Passthrough, entries: &[(&str, &'static str)], content_type: Option<&str>) -> Choice {
        let literal = |text: &str| BodyTemplate::Literal(text.as_bytes().into());
        let templates = Templates {
            entries: entries.iter().map(|(name, text)| (Box::from(*name), literal(text))).collect(),
            passthrough,
        };
        match templates.select(content_type.map(str::as_bytes)) {
            Selected::Template(BodyTemplate::Literal(text)) => {
                let known = entries.iter().find(|(_, known)| known.as_bytes() == &**text);
                Choice::Text(known.expect("one of the templates").1)
            }
            Selected::Template(BodyTemplate::Program(_)) => panic!("there is no program"),
            Selected::PassThrough => Choice::PassThrough,
            Selected::Unsupported => Choice::Unsupported,
        }
    }

    #[test]
    fn an_empty_template_passes_the_body_through() {
        let entries = [("application/json", ""), ("application/xml", "<a/>")];
        assert_eq!(choice(Never, &entries, None), Choice::PassThrough);
        assert_eq!(choice(Never, &entries, Some("application/xml")), Choice::Text("<a/>"));
        assert_eq!(choice(Never, &entries, Some("text/plain")), Choice::Unsupported);
    }

    #[test]
    fn fact_78_passthrough_matrix() {
        type Case<'c> = (Passthrough, &'c [(&'c str, &'static str)], Option<&'c str>, Choice);
        let json = Some("application/json; charset=utf-8");
        let xml = Some("application/xml");
        let cases: &[Case<'_>] = &[
            (WhenNoMatch, &[("application/json", "j")], json, Choice::Text("j")),
            (WhenNoMatch, &[("application/json", "j")], None, Choice::Text("j")),
            (WhenNoMatch, &[("application/json", "j")], xml, Choice::PassThrough),
            (WhenNoTemplates, &[("application/json", "j")], xml, Choice::Unsupported),
            (WhenNoTemplates, &[], xml, Choice::PassThrough),
            (Never, &[], xml, Choice::Unsupported),
            (Never, &[("application/json", "j")], xml, Choice::Unsupported),
            (Never, &[("$default", "d")], xml, Choice::Text("d")),
        ];
        for (passthrough, entries, content_type, expected) in cases {
            assert_eq!(choice(*passthrough, entries, *content_type), *expected, "{passthrough:?} {entries:?}");
        }
    }
}
