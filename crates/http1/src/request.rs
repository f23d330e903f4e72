//! The head of a request: parsed once, read many times, its buffers used again for the next one.

use std::ops::Range;

use crate::authority;
use crate::field::{Field, Fields};
use crate::framing::Side;
use crate::parts::{Builder, check_method, check_target};
use crate::request_line::RequestLine;
use crate::section::{Rules, Section};
use crate::{BodyLength, HeadError, HeadLimits, Known, Scheme, Version, target};

/// A request head that owns one buffer; every accessor answers slices of it.
#[derive(Debug)]
pub struct RequestHead {
    buffer: Vec<u8>,
    line: RequestLine,
    section: Section,
    position: usize,
    is_complete: bool,
    method: Range<usize>,
    path: Range<usize>,
    query: Option<Range<usize>>,
    version: Version,
    body: BodyLength,
    cookies: Vec<u8>,
    /// The authority of an absolute-form target that came without `Host`: of a simulated request only.
    authority: Range<usize>,
}

impl Default for RequestHead {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestHead {
    /// An empty head; its buffers grow with the first requests and are kept.
    pub fn new() -> Self {
        Self {
            buffer: Vec::new(),
            line: RequestLine::default(),
            section: Section::default(),
            position: 0,
            is_complete: false,
            method: 0..0,
            path: 0..0,
            query: None,
            version: Version::Http11,
            body: BodyLength::None,
            cookies: Vec::new(),
            authority: 0..0,
        }
    }

    /// Forgets the head, also a half-parsed one: the next [`Self::parse`] starts at the first byte of its input.
    pub fn reset(&mut self) {
        self.buffer.clear();
        self.line.reset();
        self.section.reset();
        self.position = 0;
        self.is_complete = false;
        self.method = 0..0;
        self.path = 0..0;
        self.query = None;
        self.version = Version::Http11;
        self.body = BodyLength::None;
        self.authority = 0..0;
    }

    /// Parses a head from the start of `input`.
    ///
    /// `Ok(true)`: the head is complete and has swapped buffers with `input`, which now holds the bytes behind the
    /// head. `Ok(false)`: more bytes are needed; append them to the same `input`, scanning goes on where it stopped.
    ///
    /// # Errors
    /// At the first byte no valid head can have; the head must be [`reset`](Self::reset) before it is used again.
    pub fn parse(&mut self, input: &mut Vec<u8>, limits: &HeadLimits) -> Result<bool, HeadError> {
        if self.is_complete {
            self.reset();
        }
        let limit_bytes = limits.head_bytes.min(u32::MAX as usize);
        let window = &input[..input.len().min(limit_bytes)];
        if !self.line.is_done() {
            if !self.line.scan(window, &mut self.position)? {
                return if window.len() == limit_bytes { Err(HeadError::TargetTooLong) } else { Ok(false) };
            }
            self.end_line(window)?;
        }
        let rules = Rules { side: Side::Request, version: self.version, fields: limits.fields };
        if !self.section.scan(window, &mut self.position, rules)? {
            return if window.len() == limit_bytes { Err(HeadError::HeadTooLarge) } else { Ok(false) };
        }
        self.end_head(input)?;
        Ok(true)
    }

    fn end_line(&mut self, bytes: &[u8]) -> Result<(), HeadError> {
        let Range { start, end } = self.line.target;
        self.method = self.line.method.clone();
        self.version = self.line.version();
        let parsed = target::parse(&bytes[start..end], &bytes[self.method.clone()], self.line.seen)?;
        let path = start + parsed.absolute.map_or(0, |(_, _, bytes)| bytes);
        self.path = path..parsed.question.map_or(end, |at| start + at);
        self.query = parsed.question.map(|at| start + at + 1..end);
        Ok(())
    }

    fn end_head(&mut self, input: &mut Vec<u8>) -> Result<(), HeadError> {
        let Some(host) = self.section.framing.host else { return Err(HeadError::HostMissing) };
        std::mem::swap(&mut self.buffer, input);
        input.clear();
        input.extend_from_slice(&self.buffer[self.position..]);
        self.buffer.truncate(self.position);
        if self.path.start != self.line.target.start {
            self.absolute_to_origin_form(host)?;
        }
        self.end_framing();
        Ok(())
    }

    fn end_framing(&mut self) {
        let framing = &self.section.framing;
        self.body = match framing.content_length {
            Some(length) => BodyLength::Length(length),
            None if framing.chunked => BodyLength::Chunked,
            None => BodyLength::None,
        };
        self.is_complete = true;
    }

    /// RFC 9112 §3.2.2 lets the target's authority win over `Host`; here they must agree, so that routing,
    /// authorization and logs cannot see different hosts.
    fn absolute_to_origin_form(&mut self, host: u32) -> Result<(), HeadError> {
        let target = &self.buffer[self.line.target.clone()];
        let parsed = target::parse(target, &self.buffer[self.method.clone()], self.line.seen)?;
        let field = self.section.spans[host as usize].field(&self.buffer);
        let (Some((scheme, named, _)), Some(host)) = (parsed.absolute, authority::parse(field.value)) else {
            return Err(HeadError::AbsoluteTarget);
        };
        if !authority::same(named, host, scheme.default_port()) {
            return Err(HeadError::AbsoluteTarget);
        }
        if self.path.is_empty() {
            // No path means `/`, or `*` for OPTIONS of the server itself. The authority's last byte makes room for
            // it: nobody reads the authority again, `Host` says the same.
            let is_options = self.query.is_none() && &self.buffer[self.method.clone()] == b"OPTIONS";
            self.path.start -= 1;
            self.buffer[self.path.start] = if is_options { b'*' } else { b'/' };
        }
        Ok(())
    }

    /// Builds a head from parts that HTTP/2 delivered, held to the same rules; `Host` comes from `authority`.
    ///
    /// The body is what `content-length` says, or none: the framing of HTTP/2 knows better, see [`Self::set_body`].
    ///
    /// # Errors
    /// As [`Self::parse`], and for connection-specific fields (RFC 9113 §8.2.2).
    pub fn from_parts<'a>(
        &mut self,
        method: &[u8],
        scheme: Scheme,
        authority: &[u8],
        path_and_query: &[u8],
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        limits: &HeadLimits,
    ) -> Result<(), HeadError> {
        self.begin(method, b"", path_and_query, limits)?;
        let builder = Builder {
            buffer: &mut self.buffer,
            section: &mut self.section,
            cookies: &mut self.cookies,
            limits: *limits,
            authority,
            default_port: scheme.default_port(),
        };
        builder.fields(fields)?;
        if self.section.framing.host.is_none() {
            return Err(HeadError::HostMissing);
        }
        self.buffer.extend_from_slice(b"\r\n");
        self.end_framing();
        Ok(())
    }

    /// Builds the head of a request that nobody sent, such as a test of a method: its fields are those given, and [`Self::host`]
    /// is `authority` unless one of them is `Host`.
    ///
    /// The body is what `content-length` says, or none; see [`Self::set_body`].
    ///
    /// # Errors
    /// As [`Self::from_parts`].
    pub fn simulate<'a>(
        &mut self,
        method: &[u8],
        authority: &[u8],
        path_and_query: &[u8],
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        limits: &HeadLimits,
    ) -> Result<(), HeadError> {
        if authority::parse(authority).is_none() {
            return Err(HeadError::Host);
        }
        self.begin(method, authority, path_and_query, limits)?;
        let builder = Builder {
            buffer: &mut self.buffer,
            section: &mut self.section,
            cookies: &mut self.cookies,
            limits: *limits,
            authority: b"",
            default_port: Scheme::Https.default_port(),
        };
        builder.verbatim(fields)?;
        self.buffer.extend_from_slice(b"\r\n");
        self.end_framing();
        Ok(())
    }

    /// The request line of a head that is built; with an authority its target is in absolute-form.
    fn begin(
        &mut self,
        method: &[u8],
        authority: &[u8],
        path_and_query: &[u8],
        limits: &HeadLimits,
    ) -> Result<(), HeadError> {
        self.reset();
        check_method(method)?;
        if method.len() + path_and_query.len() + 12 > limits.head_bytes {
            return Err(HeadError::TargetTooLong);
        }
        let question = check_target(path_and_query, method)?;
        self.buffer.extend_from_slice(method);
        self.method = 0..method.len();
        self.buffer.push(b' ');
        if !authority.is_empty() {
            self.buffer.extend_from_slice(b"https://");
            self.authority = self.buffer.len()..self.buffer.len() + authority.len();
            self.buffer.extend_from_slice(authority);
        }
        let path = self.buffer.len();
        self.buffer.extend_from_slice(path_and_query);
        self.path = path..question.map_or(self.buffer.len(), |at| path + at);
        self.query = question.map(|at| path + at + 1..self.buffer.len());
        self.buffer.extend_from_slice(b" HTTP/1.1\r\n");
        Ok(())
    }

    /// Says how the body is framed when the head does not: under HTTP/2 a stream that goes on has a body of unknown
    /// length ([`BodyLength::Chunked`]), one that ended has none.
    pub fn set_body(&mut self, body: BodyLength) {
        self.body = body;
    }

    /// The method, case-sensitive.
    pub fn method(&self) -> &[u8] {
        self.buffer.get(self.method.clone()).unwrap_or_default()
    }

    /// Path and query in origin-form as sent, percent-encoding untouched; `*` for the asterisk-form.
    pub fn target(&self) -> &[u8] {
        let end = self.query.as_ref().map_or(self.path.end, |query| query.end);
        self.buffer.get(self.path.start..end).unwrap_or_default()
    }

    /// The path as sent.
    pub fn path(&self) -> &[u8] {
        self.buffer.get(self.path.clone()).unwrap_or_default()
    }

    /// What follows `?`, which may be empty.
    pub fn query(&self) -> Option<&[u8]> {
        self.query.as_ref().map(|query| self.buffer.get(query.clone()).unwrap_or_default())
    }

    /// The version the request is processed as.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The value of `Host`, with its port as sent.
    pub fn host(&self) -> &[u8] {
        let span = self.section.framing.host.and_then(|index| self.section.spans.get(index as usize));
        span.map_or_else(
            || self.buffer.get(self.authority.clone()).unwrap_or_default(),
            |span| span.field(&self.buffer).value,
        )
    }

    /// The fields in the order they came.
    pub fn fields(&self) -> Fields<'_> {
        self.section.fields(&self.buffer)
    }

    /// How many fields there are.
    pub fn field_count(&self) -> usize {
        self.section.spans.len()
    }

    /// The first field known as `known`.
    pub fn find(&self, known: Known) -> Option<Field<'_>> {
        self.section.find(&self.buffer, known)
    }

    /// The first field with this name, ignoring letter case.
    pub fn find_name(&self, name: &[u8]) -> Option<Field<'_>> {
        self.section.find_name(&self.buffer, name)
    }

    /// How the body is framed.
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// Whether the client means to use the connection again.
    pub fn keep_alive(&self) -> bool {
        self.section.framing.persists(self.version)
    }

    /// Whether the client waits for `100 Continue`; HTTP/1.0 cannot, and without a body there is nothing to wait for.
    pub fn expects_continue(&self) -> bool {
        self.section.framing.expects_continue
            && self.version == Version::Http11
            && !matches!(self.body, BodyLength::None | BodyLength::Length(0))
    }

    /// Whether `Connection` lists this field name.
    pub fn is_nominated(&self, name: &[u8]) -> bool {
        self.section.is_nominated(&self.buffer, name)
    }

    /// Whether `Connection` lists anything but `close` and `keep-alive`.
    pub fn has_nominations(&self) -> bool {
        self.section.framing.nominates
    }

    /// Bytes of the whole head, its empty line included.
    pub fn head_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// The bytes of the head as they came (an absolute-form target without a path has its authority's last byte
    /// replaced by the path).
    pub fn raw(&self) -> &[u8] {
        &self.buffer
    }
}
