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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates<T> {
    /// Media type (or `$default`) and template, in the order of the document.
    pub entries: Box<[(Box<str>, T)]>,
    /// What happens without a match.
    pub passthrough: Passthrough,
}

/// What a content type selects.
#[derive(Debug, PartialEq, Eq)]
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

impl Template for Box<[u8]> {
    fn passes_through(&self) -> bool {
        self.is_empty()
    }
}

/// The status that a template of a `MOCK` integration renders; an empty one renders none, like an empty body.
impl Template for Option<u16> {
    fn passes_through(&self) -> bool {
        false
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

    type Case<'c> = (Passthrough, &'c [&'c str], Option<&'c [u8]>, Selected<'c, Option<u16>>);

    #[test]
    fn an_empty_template_passes_the_body_through() {
        let entries = [("application/json", ""), ("application/xml", "<a/>")];
        let entries = entries.map(|(name, body)| (Box::from(name), Box::from(body.as_bytes())));
        let templates: Templates<Box<[u8]>> = Templates { entries: entries.into(), passthrough: Never };
        assert_eq!(templates.select(None), Selected::PassThrough);
        assert_eq!(templates.select(Some(b"application/xml")), Selected::Template(&Box::from(&b"<a/>"[..])));
        assert_eq!(templates.select(Some(b"text/plain")), Selected::Unsupported);
    }

    #[test]
    fn passthrough_matrix() {
        let with = |passthrough, names: &[&str]| Templates {
            entries: names.iter().map(|name| (Box::from(*name), (*name == "$default").then_some(200))).collect(),
            passthrough,
        };
        let json = Some(&b"application/json; charset=utf-8"[..]);
        let xml = Some(&b"application/xml"[..]);
        let cases: &[Case<'_>] = &[
            (WhenNoMatch, &["application/json"], json, Selected::Template(&None)),
            (WhenNoMatch, &["application/json"], None, Selected::Template(&None)),
            (WhenNoMatch, &["application/json"], xml, Selected::PassThrough),
            (WhenNoTemplates, &["application/json"], xml, Selected::Unsupported),
            (WhenNoTemplates, &[], xml, Selected::PassThrough),
            (Never, &[], xml, Selected::Unsupported),
            (Never, &["application/json"], xml, Selected::Unsupported),
            (Never, &["$default"], xml, Selected::Template(&Some(200))),
        ];
        for (passthrough, names, content_type, selected) in cases {
            assert_eq!(with(*passthrough, names).select(*content_type), *selected, "{passthrough:?} {names:?}");
        }
    }
}
