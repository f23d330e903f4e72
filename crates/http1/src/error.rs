//! Every way a head or a body can be wrong, with the status a client is told.

use thiserror::Error;

/// Why a head was refused. The caller answers [`HeadError::status`] and closes the connection.
///
/// For a response head the status is of no use to the client: the gateway answers 502 or what its API says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeadError {
    /// More than one empty line before the request line, or an LF-only one.
    #[error("unexpected line end before the request line")]
    LeadingLineEnd,
    /// The method is empty or holds a byte that is no token character.
    #[error("malformed method")]
    Method,
    /// The method is longer than 32 bytes.
    #[error("method too long")]
    MethodTooLong,
    /// The method has lower-case letters; methods are case-sensitive and none is served under such a name.
    #[error("unknown method")]
    MethodUnknown,
    /// TRACE reflects credentials and is not served.
    #[error("TRACE is not allowed")]
    Trace,
    /// CONNECT asks for a tunnel; this is no proxy.
    #[error("CONNECT is not implemented")]
    Connect,
    /// The request target is empty, relative, of a form its method does not have, or holds a byte outside URI grammar.
    #[error("malformed request target")]
    Target,
    /// The head limit was reached within the request line.
    #[error("request target too long")]
    TargetTooLong,
    /// A `%` without two hexadecimal digits, `%00`, or an overlong or impossible UTF-8 sequence.
    #[error("invalid percent-encoding in the request target")]
    PercentEncoding,
    /// A `.` or `..` segment in the path, in any spelling.
    #[error("dot segment in the request path")]
    DotSegment,
    /// An absolute-form target of another scheme, with user information, or with a host other than `Host`.
    #[error("absolute request target does not match Host")]
    AbsoluteTarget,
    /// The request line does not end in `HTTP/d.d` and CRLF.
    #[error("malformed request line")]
    RequestLine,
    /// A status line that is not `HTTP/d.d SP ddd [SP reason]`.
    #[error("malformed status line")]
    StatusLine,
    /// A major version other than 1.
    #[error("HTTP version not supported")]
    Version,
    /// LF without CR.
    #[error("bare LF in the head")]
    BareLf,
    /// CR without LF.
    #[error("bare CR in the head")]
    BareCr,
    /// A line that starts with white space: a folded value, or a field hidden behind one.
    #[error("line folding is not allowed")]
    ObsFold,
    /// White space between a field name and its colon.
    #[error("whitespace before the colon of a field")]
    WhitespaceBeforeColon,
    /// An empty field name, a field without a colon, or a name that is no token.
    #[error("malformed field name")]
    FieldName,
    /// A NUL, control or DEL byte in a field value.
    #[error("control character in a field value")]
    FieldValue,
    /// More fields than the limit.
    #[error("too many header fields")]
    TooManyFields,
    /// The head limit was reached within the fields.
    #[error("request header fields too large")]
    HeadTooLarge,
    /// No `Host`.
    #[error("missing Host")]
    HostMissing,
    /// More than one `Host`, or an HTTP/2 `host` that differs from `:authority`.
    #[error("more than one Host")]
    HostRepeated,
    /// `Host` is no `host [":" port]` with a port of at most 65535.
    #[error("invalid Host")]
    Host,
    /// `Content-Length` is not 1 to 19 digits.
    #[error("invalid Content-Length")]
    ContentLength,
    /// More than one `Content-Length`, even if equal.
    #[error("more than one Content-Length")]
    ContentLengthRepeated,
    /// `Transfer-Encoding` is anything but one `chunked`.
    #[error("unsupported Transfer-Encoding")]
    TransferEncoding,
    /// `Transfer-Encoding` in HTTP/1.0.
    #[error("Transfer-Encoding in HTTP/1.0")]
    TransferEncodingHttp10,
    /// `Content-Length` together with `Transfer-Encoding`.
    #[error("Content-Length together with Transfer-Encoding")]
    FramingConflict,
    /// `Content_Length` or `Transfer_Encoding`: some back ends read `_` as `-`.
    #[error("field name resembles a framing field")]
    FramingLookAlike,
    /// `Connection` is no list of tokens, or lists more than 256.
    #[error("malformed Connection")]
    Connection,
    /// `Expect` is not `100-continue`.
    #[error("unsupported expectation")]
    Expectation,
    /// A connection-specific field in HTTP/2 (RFC 9113 §8.2.2).
    #[error("connection-specific field in HTTP/2")]
    ConnectionSpecific,
}

impl HeadError {
    /// The status a client is answered with.
    pub fn status(self) -> u16 {
        match self {
            Self::Trace => 405,
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::TooManyFields | Self::HeadTooLarge => 431,
            Self::Connect | Self::MethodUnknown | Self::MethodTooLong => 501,
            Self::Version => 505,
            _ => 400,
        }
    }
}

/// Why a body was refused. Nothing behind the error can be trusted: the connection must close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// The chunk size is empty, not hexadecimal, or longer than 16 digits.
    #[error("malformed chunk size")]
    ChunkSize,
    /// The line that holds size and extensions is longer than the limit.
    #[error("chunk size line too long")]
    ChunkLineTooLong,
    /// An extension outside RFC 9112 §7.1.1, or with a line end or control byte in it.
    #[error("malformed chunk extension")]
    ChunkExtension,
    /// All extensions of a body together are longer than the limit.
    #[error("chunk extensions too long")]
    ChunkExtensionsTooLong,
    /// Chunk data is not followed by CRLF.
    #[error("chunk data is not followed by CRLF")]
    ChunkEnd,
    /// A trailer line is no field line.
    #[error("malformed trailer field")]
    Trailer,
    /// All trailer lines together are longer than the limit.
    #[error("trailer fields too large")]
    TrailersTooLarge,
    /// The body is, or says it will be, longer than the limit.
    #[error("request body too large")]
    TooLarge,
    /// The peer closed before the end of the body.
    #[error("body ended early")]
    Incomplete,
}

impl BodyError {
    /// The status a client is answered with, if nothing has been answered yet.
    pub fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::TrailersTooLarge => 431,
            _ => 400,
        }
    }
}
