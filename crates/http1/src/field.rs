//! Fields as slices of a head's buffer.

use crate::Known;

/// One field line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name in the sender's letter case.
    pub name: &'a [u8],
    /// The value without the white space around it.
    pub value: &'a [u8],
    /// What the name is, if the gateway knows it.
    pub known: Known,
}

/// Where a field stands in its buffer; 20 bytes, so that a usual head's spans fit four cache lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) name: u32,
    pub(crate) value: u32,
    pub(crate) value_bytes: u32,
    pub(crate) name_bytes: u32,
    pub(crate) known: Known,
}

impl Span {
    #[inline]
    pub(crate) fn field<'a>(&self, buffer: &'a [u8]) -> Field<'a> {
        Field {
            name: slice(buffer, self.name, self.name_bytes),
            value: slice(buffer, self.value, self.value_bytes),
            known: self.known,
        }
    }
}

/// `length` bytes from `start`; empty while a head is still arriving and its buffer is not ours yet.
#[inline]
pub(crate) fn slice(buffer: &[u8], start: u32, length: u32) -> &[u8] {
    let start = start as usize;
    buffer.get(start..start + length as usize).unwrap_or_default()
}

/// A position in a head; heads are clamped to far less than 4 GiB.
#[inline]
pub(crate) fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The fields of a head, in the order they came.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    pub(crate) buffer: &'a [u8],
    pub(crate) spans: std::slice::Iter<'a, Span>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        self.spans.next().map(|span| span.field(self.buffer))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Fields<'_> {}
