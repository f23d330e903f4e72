//! The field section of a head: scanned byte by byte wherever it was cut, with every field checked as its line ends.

use crate::field::{Field, Fields, Span, offset, slice};
use crate::framing::{Framing, Side};
use crate::grammar::{TOKEN, is, list, token_end, value_end};
use crate::{HeadError, Known, Version};

/// Where in a field line the scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    LineStart,
    Name,
    Value,
    LineFeed,
    LastLineFeed,
}

/// What a section is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) side: Side,
    pub(crate) version: Version,
    pub(crate) fields: usize,
}

/// The fields of a head and what they say about framing.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) spans: Vec<Span>,
    pub(crate) framing: Framing,
    phase: Phase,
    name: usize,
    colon: usize,
}

impl Section {
    pub(crate) fn reset(&mut self) {
        self.spans.clear();
        self.framing = Framing::default();
        self.phase = Phase::LineStart;
    }

    /// Scans on from `position`; `true` once the empty line is behind it.
    #[inline]
    pub(crate) fn scan(&mut self, bytes: &[u8], position: &mut usize, rules: Rules) -> Result<bool, HeadError> {
        let mut at = *position;
        let mut phase = self.phase;
        let done = loop {
            match phase {
                Phase::LineStart => {
                    let Some(&byte) = bytes.get(at) else { break false };
                    if byte == b'\r' {
                        at += 1;
                        phase = Phase::LastLineFeed;
                        continue;
                    }
                    self.start_line(byte, rules)?;
                    self.name = at;
                    phase = Phase::Name;
                }
                Phase::Name => {
                    at = token_end(bytes, at);
                    match bytes.get(at) {
                        None => break false,
                        Some(b':') => self.colon = at,
                        Some(&byte) => return Err(name_error(byte)),
                    }
                    at += 1;
                    phase = Phase::Value;
                }
                Phase::Value => {
                    at = value_end(bytes, at);
                    match bytes.get(at) {
                        None => break false,
                        Some(b'\r') => at += 1,
                        Some(b'\n') => return Err(HeadError::BareLf),
                        Some(_) => return Err(HeadError::FieldValue),
                    }
                    phase = Phase::LineFeed;
                }
                Phase::LineFeed => {
                    let Some(&byte) = bytes.get(at) else { break false };
                    if byte != b'\n' {
                        return Err(HeadError::BareCr);
                    }
                    self.end_line(bytes, at - 1, rules)?;
                    at += 1;
                    phase = Phase::LineStart;
                }
                Phase::LastLineFeed => match bytes.get(at) {
                    None => break false,
                    Some(b'\n') => {
                        at += 1;
                        break true;
                    }
                    Some(_) => return Err(HeadError::BareCr),
                },
            }
        };
        *position = at;
        self.phase = phase;
        Ok(done)
    }

    #[inline]
    fn start_line(&self, byte: u8, rules: Rules) -> Result<(), HeadError> {
        if !is(byte, TOKEN) {
            return Err(match byte {
                b'\n' => HeadError::BareLf,
                b' ' | b'\t' => HeadError::ObsFold,
                _ => HeadError::FieldName,
            });
        }
        if self.spans.len() >= rules.fields {
            return Err(HeadError::TooManyFields);
        }
        Ok(())
    }

    #[inline]
    fn end_line(&mut self, bytes: &[u8], value_end: usize, rules: Rules) -> Result<(), HeadError> {
        let mut start = self.colon + 1;
        let mut end = value_end;
        while start < end && is_ows(bytes[start]) {
            start += 1;
        }
        while start < end && is_ows(bytes[end - 1]) {
            end -= 1;
        }
        self.push(bytes, self.name..self.colon, start..end, rules)
    }

    /// Appends the field at these places of `bytes`; the name is known to be a token and the value to hold no controls.
    #[inline]
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        name: std::ops::Range<usize>,
        value: std::ops::Range<usize>,
        rules: Rules,
    ) -> Result<(), HeadError> {
        let spelled = &bytes[name.clone()];
        let known = Known::of_token(spelled);
        let content = &bytes[value.clone()];
        self.framing.note(self.spans.len(), known, spelled, content, rules.side, rules.version)?;
        self.spans.push(Span {
            name: offset(name.start),
            name_bytes: offset(name.len()),
            value: offset(value.start),
            value_bytes: offset(value.len()),
            known,
        });
        Ok(())
    }

    pub(crate) fn fields<'a>(&'a self, buffer: &'a [u8]) -> Fields<'a> {
        Fields { buffer, spans: self.spans.iter() }
    }

    pub(crate) fn find<'a>(&self, buffer: &'a [u8], known: Known) -> Option<Field<'a>> {
        self.spans.iter().find(|span| span.known == known).map(|span| span.field(buffer))
    }

    pub(crate) fn find_name<'a>(&self, buffer: &'a [u8], name: &[u8]) -> Option<Field<'a>> {
        self.spans
            .iter()
            .filter(|span| span.name_bytes as usize == name.len())
            .map(|span| span.field(buffer))
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_nominated(&self, buffer: &[u8], name: &[u8]) -> bool {
        self.framing.nominates
            && self
                .spans
                .iter()
                .filter(|span| span.known == Known::Connection)
                .flat_map(|span| list(slice(buffer, span.value, span.value_bytes)))
                .any(|option| option.eq_ignore_ascii_case(name))
    }
}

#[inline]
fn is_ows(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn name_error(byte: u8) -> HeadError {
    match byte {
        b' ' | b'\t' => HeadError::WhitespaceBeforeColon,
        b'\n' => HeadError::BareLf,
        _ => HeadError::FieldName,
    }
}
