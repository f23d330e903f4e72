//! The compiled choice of an integration response.

use crate::pattern::{GaveUp, JavaPattern};
use stagegate_mapping::ResponseSource;

use crate::binary::ContentHandling;
use crate::templates::{BodyTemplate, Template, essence};

/// One integration response of an integration that is no proxy.
#[derive(Debug)]
pub struct ResponsePlan {
    /// The method response's status.
    pub status: u16,
    /// Mapped headers in the order of the document.
    pub headers: Box<[(Box<str>, ResponseSource)]>,
    /// What is made of the integration's content, before any template.
    pub content_handling: Option<ContentHandling>,
    /// Templates by media type; without any, or with an empty one, the integration's body is passed through.
    pub templates: Box<[(Box<str>, BodyTemplate)]>,
}

impl ResponsePlan {
    /// The template that the client's Accept selects: its first media type, then `application/json`, then the first
    /// (fact 77). An empty one is none: AWS shows it as null and passes the body through.
    pub fn template(&self, accept: Option<&[u8]>) -> Option<(&str, &BodyTemplate)> {
        let first = accept.and_then(|value| value.split(|byte| *byte == b',').next()).map(essence);
        let named = |name: &[u8]| {
            self.templates.iter().find(|(media_type, _)| media_type.as_bytes().eq_ignore_ascii_case(name))
        };
        let chosen = first.and_then(named).or_else(|| named(b"application/json")).or_else(|| self.templates.first());
        chosen.filter(|(_, body)| !body.passes_through()).map(|(media_type, body)| (&**media_type, body))
    }

    /// Whether a mapped header reads the integration's body.
    pub fn maps_body(&self) -> bool {
        self.headers.iter().any(|(_, source)| matches!(source, ResponseSource::Body(_)))
    }
}

/// Integration responses with the choice by status already made: selection patterns are matched at compile time for each of
/// the 500 statuses an HTTP or MOCK integration can end with (fact 61).
#[derive(Debug)]
pub struct ResponseTable {
    responses: Box<[ResponsePlan]>,
    by_status: Box<[Option<u16>]>,
}

impl ResponseTable {
    /// Makes the table. `choose` gives the index of the response that a status in 100–599 selects, or the default's, or none.
    pub fn new(responses: Vec<ResponsePlan>, choose: impl Fn(u16) -> Option<usize>) -> Self {
        let by_status = (100..600)
            .map(|status| {
                choose(status).filter(|index| *index < responses.len()).and_then(|index| u16::try_from(index).ok())
            })
            .collect();
        Self { responses: responses.into(), by_status }
    }

    /// The response for an integration's status; `None` is fact 19's configuration error.
    pub fn select(&self, status: u16) -> Option<&ResponsePlan> {
        let index = self.by_status.get(usize::from(status.checked_sub(100)?))?.as_ref()?;
        self.responses.get(usize::from(*index))
    }
}

/// Integration responses that a text selects: the error message of a Lambda function, which is empty where it did not fail
/// (fact 61).
#[derive(Debug)]
pub struct MessageTable {
    responses: Box<[(Option<JavaPattern>, ResponsePlan)]>,
}

impl MessageTable {
    /// Makes the table; a response without a pattern is a default.
    pub fn new(responses: Vec<(Option<JavaPattern>, ResponsePlan)>) -> Self {
        Self { responses: responses.into() }
    }

    /// The first response whose pattern matches, else the first default; `None` is fact 19's configuration error. `gave_up` is
    /// told of every pattern that was not matched to its end.
    pub fn select(&self, message: &str, mut gave_up: impl FnMut(GaveUp)) -> Option<&ResponsePlan> {
        let mut matches = |pattern: &JavaPattern| {
            pattern.matches(message).unwrap_or_else(|why| {
                gave_up(why);
                false
            })
        };
        let matching = self.responses.iter().find(|(pattern, _)| pattern.as_ref().is_some_and(&mut matches));
        matching.or_else(|| self.responses.iter().find(|(pattern, _)| pattern.is_none())).map(|(_, response)| response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(status: u16, templates: &[(&str, &str)]) -> ResponsePlan {
        let literal = |body: &str| BodyTemplate::Literal(body.as_bytes().into());
        let templates = templates.iter().map(|(name, body)| (Box::from(*name), literal(body))).collect();
        ResponsePlan { status, headers: Box::default(), content_handling: None, templates }
    }

    #[test]
    fn a_status_selects_its_response_or_none() {
        let table = ResponseTable::new(vec![plan(200, &[]), plan(404, &[])], |status| match status {
            404 => Some(1),
            500..=599 => None,
            100 => Some(9),
            _ => Some(0),
        });
        let cases = [(404, Some(404)), (200, Some(200)), (503, None), (100, None), (99, None), (600, None)];
        for (status, selected) in cases {
            assert_eq!(table.select(status).map(|plan| plan.status), selected, "{status}");
        }
    }

    fn text<'p>(template: Option<(&str, &'p BodyTemplate)>) -> Option<&'p [u8]> {
        template.map(|(_, body)| match body {
            BodyTemplate::Literal(text) => &**text,
            BodyTemplate::Program(_) => b"a program",
        })
    }

    #[test]
    fn accept_selects_a_template() {
        type Case<'c> = (&'c ResponsePlan, Option<&'c [u8]>, &'c [u8]);
        let both = plan(200, &[("text/plain", "t"), ("application/json", "j")]);
        let plain = plan(200, &[("text/plain", "t"), ("text/html", "h")]);
        let cases: &[Case<'_>] = &[
            (&both, None, b"j"),
            (&both, Some(b"text/plain;q=1, application/json"), b"t"),
            (&both, Some(b"image/png"), b"j"),
            (&plain, Some(b"image/png"), b"t"),
            (&plain, Some(b"TEXT/HTML"), b"h"),
        ];
        for (plan, accept, body) in cases {
            assert_eq!(text(plan.template(*accept)), Some(*body));
        }
        assert!(plan(200, &[]).template(None).is_none());
    }

    #[test]
    fn an_empty_template_is_none() {
        let mixed = plan(200, &[("application/json", ""), ("text/plain", "t")]);
        assert!(mixed.template(None).is_none());
        assert_eq!(text(mixed.template(Some(b"text/plain"))), Some(&b"t"[..]));
    }
}
