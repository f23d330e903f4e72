//! The values of request mappings, encoded for the place they go to.

use std::borrow::Cow;

use stagegate_mapping::{Body, BodyError, DocumentError, RequestSource};
use stagegate_plan::GatewayResponseType;

use super::headers::is_dropped_first;
use crate::address::{Addressed, with_one_slash};
use crate::core::Core;
use crate::observe::{Escape, Notes, asks_why, log_why, write_variable};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A header's value: as it is, but never with control bytes.
    Header,
    /// A query parameter's value: percent-encoded.
    Query,
    /// Part of the path: percent-encoded, never a dot segment.
    Path,
}

/// What a value is looked up in.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'j> {
    pub(crate) core: &'j Core,
    pub(crate) routed: &'j Routed<'j>,
    pub(crate) notes: &'j Notes,
    /// The request's content, where the plan says that a mapping reads it.
    pub(crate) body: &'j Body<'j>,
}

/// The parameters of a query, names and values still encoded; `;` separates like `&` (fact 35).
pub(crate) fn query_pairs(query: &[u8]) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
    query.split(|byte| matches!(byte, b'&' | b';')).filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        equals.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]))
    })
}

/// Decodes `%XX` and `+` of a query.
pub(crate) fn form_decode(encoded: &[u8]) -> Cow<'_, [u8]> {
    if !encoded.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(encoded);
    }
    let digit =
        |at: usize| encoded.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while at < encoded.len() {
        match (encoded[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 2;
            }
            (b'+', ..) => decoded.push(b' '),
            (byte, ..) => decoded.push(byte),
        }
        at += 1;
    }
    Cow::Owned(decoded)
}

/// Appends text percent-encoded: everything but RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(*byte);
        } else {
            out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

impl Lookup<'_> {
    /// Appends a source's value; `false`, and nothing appended, when it has none.
    pub(crate) fn write(&self, source: &RequestSource, place: Place, out: &mut Vec<u8>) -> bool {
        let head = self.routed.addressed.arrival.head;
        match source {
            RequestSource::Static(text) => put(text.as_bytes(), place, out),
            RequestSource::StageVariable(name) => {
                let value = self.routed.addressed.stage.variables.get(name);
                value.is_some_and(|value| put(value.as_bytes(), place, out))
            }
            RequestSource::Path(name) => self.routed.parameter(name).is_some_and(|value| {
                if self.notes.reads_decoded() { put_decoded(value, place, out) } else { put_raw(value, place, out) }
            }),
            RequestSource::Header(name) => self.header_values(name).last().is_some_and(|value| put(value, place, out)),
            RequestSource::MultiHeader(name) => {
                let values: Vec<&[u8]> = self.header_values(name).collect();
                !values.is_empty() && put(&values.join(&b','), place, out)
            }
            RequestSource::Query(name) => {
                let mut pairs = query_pairs(head.query().unwrap_or_default());
                let last = pairs.rfind(|(key, _)| *form_decode(key) == *name.as_bytes());
                last.is_some_and(|(_, value)| put(&form_decode(value), place, out))
            }
            RequestSource::MultiQuery(name) => {
                let values: Vec<_> = self.query_values(name).collect();
                !values.is_empty() && put(&values.join(&b','), place, out)
            }
            RequestSource::Context(variable) => {
                let mut text = self.core.buffers.take();
                let arrival = self.routed.addressed.arrival;
                let put = write_variable(self.core, arrival, self.notes, variable, Escape::Nothing, &mut text)
                    && put(&text, place, out);
                self.core.buffers.give(text);
                put
            }
            RequestSource::Body(source) => {
                let mut text = self.core.buffers.take();
                // What cannot be read was refused by `check_body`.
                let put = source.write(self.body, &mut text).unwrap_or_default() && put(&text, place, out);
                self.core.buffers.give(text);
                put
            }
        }
    }

    /// Refuses a body that a mapping cannot read (fact 79).
    pub(crate) fn check_body<'s>(&self, sources: impl Iterator<Item = &'s RequestSource>) -> Result<(), Refusal> {
        let mut scratch = self.core.buffers.take();
        for source in sources {
            scratch.clear();
            if let RequestSource::Body(source) = source
                && let Err(error) = source.write(self.body, &mut scratch)
            {
                tracing::debug!(%error, "a mapping cannot read the request's body");
                return Err(self.unreadable(&error));
            }
        }
        self.core.buffers.give(scratch);
        Ok(())
    }

    /// What becomes of a request whose body a mapping cannot read.
    fn unreadable(&self, error: &BodyError) -> Refusal {
        let (refusal, cause) = match error {
            BodyError::Document(DocumentError::Memory) => return Refusal::OverBudget,
            BodyError::Document(_) => (Refusal::payload_too_large(), Cause::PayloadTooLarge),
            BodyError::InvalidJson | BodyError::Path(_) => {
                (Refusal::Gateway(GatewayResponseType::BadRequestBody, Cause::InvalidJson), Cause::InvalidJson)
            }
        };
        if *error != BodyError::InvalidJson {
            log_why(self.notes, cause, error);
        }
        refusal
    }

    /// The path that back ends are shown, as the API reads it: with a named stage (fact H11), which below a custom domain name stands
    /// in the base path's place (fact H12).
    pub(crate) fn shown_path(&self) -> Cow<'_, [u8]> {
        let Addressed { arrival, stage, path, .. } = self.routed.addressed;
        if self.notes.base_path().is_none() {
            Cow::Borrowed(with_one_slash(self.notes.path(arrival)))
        } else if stage.is_root() {
            Cow::Borrowed(path)
        } else {
            Cow::Owned([b"/", stage.name.as_bytes(), path].concat())
        }
    }

    /// Appends the same, encoded again.
    pub(crate) fn write_path(&self, out: &mut Vec<u8>) {
        encode_path(&self.shown_path(), out);
    }

    /// Appends the chain of `X-Forwarded-For`: the client's, with its address at the end.
    pub(crate) fn write_forwarded_for(&self, out: &mut Vec<u8>) {
        self.routed.addressed.arrival.write_forwarded_for(out);
    }

    /// All values of a header, in order; names are case-sensitive (fact 47).
    fn header_values<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n [u8]> {
        let fields = self.routed.addressed.arrival.head.fields();
        let named = fields.filter(move |field| field.name == name.as_bytes());
        let shown = named.filter(|field| !is_dropped_first(field.known) && !asks_why(field.name));
        shown.map(|field| field.value)
    }

    /// All values of a query parameter, decoded, in order.
    pub(crate) fn query_values<'n>(&'n self, name: &'n str) -> impl Iterator<Item = Cow<'n, [u8]>> {
        let query = self.routed.addressed.arrival.head.query().unwrap_or_default();
        query_pairs(query)
            .filter(move |(key, _)| *form_decode(key) == *name.as_bytes())
            .map(|(_, value)| form_decode(value))
    }
}

/// Appends text.
pub(crate) fn put(text: &[u8], place: Place, out: &mut Vec<u8>) -> bool {
    match place {
        Place::Header => {
            // Decoded text may hold what a header must not: then there is no value, rather than a second header.
            let fits = !text.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f);
            if fits {
                out.extend_from_slice(text.trim_ascii());
            }
            fits
        }
        Place::Query => {
            percent_encode(text, out);
            true
        }
        Place::Path => {
            // Encoded slashes are decoded by some back ends before they resolve dots.
            let is_dots = text.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dot_segment);
            if !is_dots {
                percent_encode(text, out);
            }
            !is_dots
        }
    }
}

/// Whether a segment is `.` or `..`, also before parameters that some back ends strip.
pub(crate) fn is_dot_segment(segment: &[u8]) -> bool {
    let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
    matches!(name, b"." | b"..")
}

/// Appends a piece of a request's path that was decoded: what separates segments still does.
fn put_decoded(value: &[u8], place: Place, out: &mut Vec<u8>) -> bool {
    if place == Place::Path {
        encode_path(value, out);
        return true;
    }
    put(value, place, out)
}

/// Appends a decoded path percent-encoded: everything but slashes and what needs no encoding in a path (RFC 3986 §3.3).
pub(crate) fn encode_path(path: &[u8], out: &mut Vec<u8>) {
    for byte in path {
        if matches!(
            byte,
            b'/' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        ) {
            out.push(*byte);
        } else {
            percent_encode(&[*byte], out);
        }
    }
}

/// Appends a piece of the request's path, whose percent-encoding is kept.
fn put_raw(raw: &[u8], place: Place, out: &mut Vec<u8>) -> bool {
    match place {
        Place::Header | Place::Path => out.extend_from_slice(raw),
        Place::Query => {
            for byte in raw {
                match byte {
                    b'&' | b'=' | b'+' | b';' => percent_encode(&[*byte], out),
                    _ => out.push(*byte),
                }
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_split_and_decode() {
        let pairs: Vec<_> = query_pairs(b"a=1&b;c=x%20y+z&&=v").collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"a", b"1"), (b"b", b""), (b"c", b"x%20y+z"), (b"", b"v")];
        assert_eq!(pairs, expected);
        let cases: [(&[u8], &[u8]); 4] =
            [(b"x%20y+z", b"x y z"), (b"%zz%4", b"%zz%4"), (b"plain", b"plain"), (b"%0d%0A", b"\r\n")];
        for (encoded, decoded) in cases {
            assert_eq!(*form_decode(encoded), *decoded);
        }
    }

    #[test]
    fn values_fit_their_place() {
        let written = |text: &[u8], place| {
            let mut out = Vec::new();
            put(text, place, &mut out).then_some(out)
        };
        assert_eq!(written(b"a\r\nX: 1", Place::Header), None);
        assert_eq!(written(b" a b ", Place::Header).unwrap(), b"a b");
        assert_eq!(written(b"a b&c/", Place::Query).unwrap(), b"a%20b%26c%2F");
        assert_eq!(written(b"..a/x", Place::Path).unwrap(), b"..a%2Fx");
        for dots in [&b".."[..], b".", b"../x", b"x/..", b"a/./b", b"a\\..", b"..;v=1"] {
            assert_eq!(written(dots, Place::Path), None);
        }
        let mut out = Vec::new();
        assert!(put_raw(b"a%2Fb+c&d", Place::Query, &mut out));
        assert_eq!(out, b"a%2Fb%2Bc%26d");
    }

    proptest::proptest! {
        #[test]
        fn encoding_then_decoding_gives_the_text_back(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let mut encoded = Vec::new();
            percent_encode(&text, &mut encoded);
            proptest::prop_assert_eq!(&*form_decode(&encoded), &*text);
        }
    }
}
