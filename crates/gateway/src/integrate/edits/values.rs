//! The values of mappings: pieces of text, and what is looked up in a request or an answer.

use stagegate_mapping::{Body, BodyError, BodySource, DocumentError, HttpSource, HttpValuePart};

use crate::core::Core;
use crate::integrate::values::{Lookup, form_decode, percent_encode, query_pairs};
use crate::observe::{Escape, asks_why, write_variable};
use crate::refusal::Refusal;
use crate::respond::ReplyHead;

/// Bytes of a body that paths are looked for in: what is beyond is cut off (developer guide, "Transforming API requests and
/// responses").
pub(super) const SEARCHED_BYTES: usize = 100 * 1024;

/// What paths are looked for in.
pub(in crate::integrate) fn body<'b>(core: &'b Core, content: &'b [u8]) -> Body<'b> {
    Body::new(&content[..content.len().min(SEARCHED_BYTES)]).within(core.budgets.document())
}

/// How values are written that are looked up; what an API's author wrote stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::integrate) enum Writing {
    /// As they are.
    Plain,
    /// As part of a path: percent-encoded, but for slashes.
    Path,
}

/// What values are looked up in.
#[derive(Clone, Copy)]
pub(in crate::integrate) struct Values<'v> {
    pub(super) lookup: Lookup<'v>,
    content: &'v [u8],
    body: &'v Body<'v>,
    answer: Option<&'v ReplyHead>,
}

impl<'v> Values<'v> {
    /// A request with its content.
    pub(in crate::integrate) fn of_request(lookup: Lookup<'v>, content: &'v [u8], body: &'v Body<'v>) -> Self {
        Self { lookup, content, body, answer: None }
    }

    /// An answer with its content.
    pub(super) fn of_answer(lookup: Lookup<'v>, head: &'v ReplyHead, content: &'v [u8], body: &'v Body<'v>) -> Self {
        Self { lookup, content, body, answer: Some(head) }
    }

    /// The value of these parts; `None` where it is a single source that has none. In a longer text, a source without a value
    /// leaves its place empty.
    ///
    /// # Errors
    /// The memory for documents is used up.
    pub(in crate::integrate) fn value(
        &self,
        parts: &[HttpValuePart],
        writing: Writing,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let mut out = Vec::new();
        for part in parts {
            match part {
                HttpValuePart::Literal(text) => out.extend_from_slice(text.as_bytes()),
                HttpValuePart::Source(source) => {
                    let has_value = self.write(source, writing, &mut out)?;
                    if !has_value && parts.len() == 1 {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(out))
    }

    fn write(&self, source: &HttpSource, writing: Writing, out: &mut Vec<u8>) -> Result<bool, Refusal> {
        if writing == Writing::Plain {
            return self.look_up(source, out);
        }
        let mut text = self.lookup.core.buffers.take();
        let has_value = self.look_up(source, &mut text)?;
        for (index, segment) in text.split(|byte| *byte == b'/').enumerate() {
            if index > 0 {
                out.push(b'/');
            }
            percent_encode(segment, out);
        }
        self.lookup.core.buffers.give(text);
        Ok(has_value)
    }

    fn look_up(&self, source: &HttpSource, out: &mut Vec<u8>) -> Result<bool, Refusal> {
        let routed = self.lookup.routed;
        let put = |value: Option<&[u8]>, out: &mut Vec<u8>| value.map(|value| out.extend_from_slice(value)).is_some();
        Ok(match source {
            HttpSource::Header(name) => join(&self.headers(name), out),
            HttpSource::Query(name) => {
                let pairs = query_pairs(routed.addressed.arrival.head.query().unwrap_or_default());
                let named = pairs.filter(|(key, _)| *form_decode(key) == *name.as_bytes());
                join(&named.map(|(_, value)| form_decode(value)).collect::<Vec<_>>(), out)
            }
            HttpSource::Body(source) => return self.write_body(source, out),
            HttpSource::Path => put(Some(routed.addressed.path), out),
            HttpSource::PathParameter(name) => put(routed.parameter(name), out),
            HttpSource::StageVariable(name) => {
                put(routed.addressed.stage.variables.get(name).map(|value| value.as_bytes()), out)
            }
            HttpSource::Context(variable) => {
                let Lookup { core, notes, .. } = self.lookup;
                write_variable(core, routed.addressed.arrival, notes, variable, Escape::Nothing, out)
            }
        })
    }

    /// All values of a header, its name in any letter case.
    fn headers(&self, name: &str) -> Vec<&'v [u8]> {
        let is_named = |known: &[u8]| known.eq_ignore_ascii_case(name.as_bytes());
        if let Some(head) = self.answer {
            return head.fields().filter(|(known, _)| is_named(known)).map(|(_, value)| value).collect();
        }
        let fields = self.lookup.routed.addressed.arrival.head.fields();
        let named = fields.filter(|field| is_named(field.name) && !asks_why(field.name));
        named.map(|field| field.value).collect()
    }

    fn write_body(&self, source: &BodySource, out: &mut Vec<u8>) -> Result<bool, Refusal> {
        if source.is_whole() {
            out.extend_from_slice(self.content);
            return Ok(!self.content.is_empty());
        }
        let before = out.len();
        source.write(self.body, out).or_else(|error| {
            tracing::debug!(%error, "a mapping finds nothing in a body");
            out.truncate(before);
            // A body that is no JSON, or no longer JSON where it was cut off, has no such value.
            if error == BodyError::Document(DocumentError::Memory) { Err(Refusal::OverBudget) } else { Ok(false) }
        })
    }
}

/// Appends values with commas between them; `false` without any.
fn join(values: &[impl AsRef<[u8]>], out: &mut Vec<u8>) -> bool {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(value.as_ref());
    }
    !values.is_empty()
}
