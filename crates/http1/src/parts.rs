//! Building a request head from parts that another protocol parsed, held to the same rules.

use crate::framing::Side;
use crate::grammar::{LOWER, TARGET, class, is, is_token, is_value, trim_ows};
use crate::request_line::METHOD_BYTES;
use crate::section::{Rules, Section};
use crate::{HeadError, HeadLimits, Known, Version, authority, target};

/// The scheme of a request target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, port 80.
    Http,
    /// `https`, port 443.
    Https,
}

impl Scheme {
    /// Parses `http` or `https`, ignoring letter case.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.eq_ignore_ascii_case(b"http") {
            Some(Self::Http)
        } else if bytes.eq_ignore_ascii_case(b"https") {
            Some(Self::Https)
        } else {
            None
        }
    }

    /// The port meant when none is given.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A method as RFC 9110 §9.1 and this gateway allow it.
pub(crate) fn check_method(method: &[u8]) -> Result<(), HeadError> {
    match method {
        b"TRACE" => Err(HeadError::Trace),
        b"CONNECT" => Err(HeadError::Connect),
        _ if method.len() > METHOD_BYTES => Err(HeadError::MethodTooLong),
        _ if !is_token(method) => Err(HeadError::Method),
        _ if method.iter().any(|&byte| is(byte, LOWER)) => Err(HeadError::MethodUnknown),
        _ => Ok(()),
    }
}

/// Checks an origin-form or asterisk-form target; answers the position of its `?`.
pub(crate) fn check_target(path_and_query: &[u8], method: &[u8]) -> Result<Option<usize>, HeadError> {
    let mut seen = 0;
    for &byte in path_and_query {
        if !is(byte, TARGET) {
            return Err(HeadError::Target);
        }
        seen |= class(byte);
    }
    let parsed = target::parse(path_and_query, method, seen)?;
    if parsed.absolute.is_some() {
        return Err(HeadError::Target);
    }
    Ok(parsed.question)
}

/// Appends parts to a head's buffer as fields.
pub(crate) struct Builder<'h> {
    pub(crate) buffer: &'h mut Vec<u8>,
    pub(crate) section: &'h mut Section,
    pub(crate) cookies: &'h mut Vec<u8>,
    pub(crate) limits: HeadLimits,
    pub(crate) authority: &'h [u8],
    pub(crate) default_port: u16,
}

impl Builder<'_> {
    /// Adds `Host` from the authority, then every field; cookies that came in crumbs become one (RFC 9113 §8.2.3).
    pub(crate) fn fields<'a>(mut self, fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Result<(), HeadError> {
        self.cookies.clear();
        if !self.authority.is_empty() {
            self.push(b"Host", self.authority)?;
        }
        for (name, value) in fields {
            let value = trim_ows(value);
            match Known::classify(name) {
                Known::Host if !self.authority.is_empty() => self.check_host(value)?,
                Known::Cookie => self.keep_crumb(value)?,
                Known::Connection
                | Known::KeepAlive
                | Known::ProxyConnection
                | Known::TransferEncoding
                | Known::Upgrade => return Err(HeadError::ConnectionSpecific),
                Known::Te if !value.eq_ignore_ascii_case(b"trailers") => return Err(HeadError::ConnectionSpecific),
                _ => self.push(name, value)?,
            }
        }
        if !self.cookies.is_empty() {
            let cookies = std::mem::take(self.cookies);
            self.push(b"cookie", &cookies)?;
            *self.cookies = cookies;
        }
        Ok(())
    }

    /// Adds every field as it is, name and place kept.
    pub(crate) fn verbatim<'a>(
        mut self,
        mut fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), HeadError> {
        fields.try_for_each(|(name, value)| self.push(name, trim_ows(value)))
    }

    fn check_host(&self, value: &[u8]) -> Result<(), HeadError> {
        let host = authority::parse(value).ok_or(HeadError::Host)?;
        let authority = authority::parse(self.authority).ok_or(HeadError::Host)?;
        if authority::same(host, authority, self.default_port) { Ok(()) } else { Err(HeadError::HostRepeated) }
    }

    fn keep_crumb(&mut self, value: &[u8]) -> Result<(), HeadError> {
        if self.cookies.len() + value.len() > self.limits.head_bytes {
            return Err(HeadError::HeadTooLarge);
        }
        if !self.cookies.is_empty() {
            self.cookies.extend_from_slice(b"; ");
        }
        self.cookies.extend_from_slice(value);
        Ok(())
    }

    fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), HeadError> {
        if self.section.spans.len() >= self.limits.fields {
            return Err(HeadError::TooManyFields);
        }
        // As many bytes as in HTTP/1.1: name, colon, space, value, CRLF, and the CRLF that ends the head.
        if self.buffer.len() + name.len() + value.len() + 6 > self.limits.head_bytes {
            return Err(HeadError::HeadTooLarge);
        }
        if !is_token(name) {
            return Err(HeadError::FieldName);
        }
        if !is_value(value) {
            return Err(HeadError::FieldValue);
        }
        let start = self.buffer.len();
        self.buffer.extend_from_slice(name);
        self.buffer.extend_from_slice(b": ");
        let value_start = self.buffer.len();
        self.buffer.extend_from_slice(value);
        self.buffer.extend_from_slice(b"\r\n");
        let rules = Rules { side: Side::Request, version: Version::Http11, fields: self.limits.fields };
        self.section.push(self.buffer, start..start + name.len(), value_start..value_start + value.len(), rules)
    }
}
