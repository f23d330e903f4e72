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
    Done,
}

/// What a section is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) side: Side,
    pub(crate) version: Version,
    pub(crate) fields: usize,
}

/// The fields of a head and what they say about framing.
#[derive(Debug, Clone, Default)]
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
        while phase != Phase::Done {
            let next = match phase {
                Phase::LineStart => self.start_line(bytes, &mut at, rules)?,
                Phase::Name => self.end_name(bytes, &mut at)?,
                Phase::Value => end_value(bytes, &mut at)?,
                Phase::LineFeed => self.end_line(bytes, &mut at, rules)?,
                Phase::LastLineFeed | Phase::Done => end_section(bytes, &mut at)?,
            };
            match next {
                Some(next) => phase = next,
                None => break,
            }
        }
        *position = at;
        self.phase = phase;
        Ok(phase == Phase::Done)
    }

    #[inline]
    fn start_line(&mut self, bytes: &[u8], at: &mut usize, rules: Rules) -> Result<Option<Phase>, HeadError> {
        match bytes.get(*at) {
            None => Ok(None),
            Some(b'\r') => {
                *at += 1;
                Ok(Some(Phase::LastLineFeed))
            }
            Some(b'\n') => Err(HeadError::BareLf),
            Some(b' ' | b'\t') => Err(HeadError::ObsFold),
            Some(&byte) if !is(byte, TOKEN) => Err(HeadError::FieldName),
            Some(_) if self.spans.len() >= rules.fields => Err(HeadError::TooManyFields),
            Some(_) => {
                self.name = *at;
                Ok(Some(Phase::Name))
            }
        }
    }

    #[inline]
    fn end_name(&mut self, bytes: &[u8], at: &mut usize) -> Result<Option<Phase>, HeadError> {
        *at = token_end(bytes, *at);
        match bytes.get(*at) {
            None => Ok(None),
            Some(b':') => {
                self.colon = *at;
                *at += 1;
                Ok(Some(Phase::Value))
            }
            Some(b' ' | b'\t') => Err(HeadError::WhitespaceBeforeColon),
            Some(b'\n') => Err(HeadError::BareLf),
            Some(_) => Err(HeadError::FieldName),
        }
    }

    #[inline]
    fn end_line(&mut self, bytes: &[u8], at: &mut usize, rules: Rules) -> Result<Option<Phase>, HeadError> {
        match bytes.get(*at) {
            None => return Ok(None),
            Some(b'\n') => self.push_line(bytes, *at - 1, rules)?,
            Some(_) => return Err(HeadError::BareCr),
        }
        *at += 1;
        Ok(Some(Phase::LineStart))
    }

    #[inline]
    fn push_line(&mut self, bytes: &[u8], value_end: usize, rules: Rules) -> Result<(), HeadError> {
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

#[inline]
fn end_value(bytes: &[u8], at: &mut usize) -> Result<Option<Phase>, HeadError> {
    *at = value_end(bytes, *at);
    match bytes.get(*at) {
        None => Ok(None),
        Some(b'\r') => {
            *at += 1;
            Ok(Some(Phase::LineFeed))
        }
        Some(b'\n') => Err(HeadError::BareLf),
        Some(_) => Err(HeadError::FieldValue),
    }
}

fn end_section(bytes: &[u8], at: &mut usize) -> Result<Option<Phase>, HeadError> {
    match bytes.get(*at) {
        None => Ok(None),
        Some(b'\n') => {
            *at += 1;
            Ok(Some(Phase::Done))
        }
        Some(_) => Err(HeadError::BareCr),
    }
}
