//! Appending heads and chunk framing to a buffer, without the formatting machinery.
//!
//! Nothing is checked here: names and values come from parsed heads or from code that validated them.

use crate::Version;

/// Appends `METHOD SP target SP HTTP/1.1 CRLF`.
pub fn request_line(out: &mut Vec<u8>, method: &[u8], target: &[u8]) {
    out.extend_from_slice(method);
    out.push(b' ');
    out.extend_from_slice(target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// Appends a status line with the standard reason phrase; a response is always sent as HTTP/1.1 (RFC 9110 §2.5).
pub fn status_line(out: &mut Vec<u8>, status: u16) {
    status_line_with(out, Version::Http11, status, reason(status).as_bytes());
}

/// Appends a status line with a version and reason phrase of the caller's choice.
pub fn status_line_with(out: &mut Vec<u8>, version: Version, status: u16, reason: &[u8]) {
    out.extend_from_slice(match version {
        Version::Http10 => b"HTTP/1.0 ",
        Version::Http11 => b"HTTP/1.1 ",
    });
    decimal(out, u64::from(status));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// Appends `name: value CRLF`.
#[inline]
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends `Content-Length: n CRLF`.
pub fn content_length(out: &mut Vec<u8>, bytes: u64) {
    out.extend_from_slice(b"Content-Length: ");
    decimal(out, bytes);
    out.extend_from_slice(b"\r\n");
}

/// Appends `Transfer-Encoding: chunked CRLF`.
pub fn transfer_encoding_chunked(out: &mut Vec<u8>) {
    out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
}

/// Appends the empty line that ends a head.
pub fn end_of_head(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Appends the size line of a chunk; `bytes` must not be 0, which would end the body.
pub fn chunk_start(out: &mut Vec<u8>, bytes: usize) {
    debug_assert!(bytes > 0, "an empty chunk ends the body");
    let mut digits = [0; 16];
    let mut first = digits.len();
    let mut rest = bytes;
    loop {
        first -= 1;
        digits[first] = b"0123456789abcdef"[rest & 15];
        rest >>= 4;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
    out.extend_from_slice(b"\r\n");
}

/// Appends the CRLF behind chunk data.
pub fn chunk_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Appends a whole chunk; empty data appends nothing.
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        chunk_start(out, data.len());
        out.extend_from_slice(data);
        chunk_end(out);
    }
}

/// Appends the last chunk and an empty trailer section.
pub fn last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n\r\n");
}

/// Appends a number in decimal.
#[inline]
pub fn decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = b"0123456789"[usize::try_from(rest % 10).unwrap_or(0)];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// The reason phrase of the HTTP Status Code Registry, empty for an unregistered status.
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400..=499 => client_error_reason(status),
        500..=599 => server_error_reason(status),
        _ => "",
    }
}

fn client_error_reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        _ => "",
    }
}

fn server_error_reason(status: u16) -> &'static str {
    match status {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(append: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = b"|".to_vec();
        append(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn lines_and_fields() {
        assert_eq!(appended(|out| request_line(out, b"GET", b"/a?b")), "|GET /a?b HTTP/1.1\r\n");
        assert_eq!(appended(|out| status_line(out, 404)), "|HTTP/1.1 404 Not Found\r\n");
        assert_eq!(appended(|out| status_line(out, 299)), "|HTTP/1.1 299 \r\n");
        assert_eq!(appended(|out| field(out, b"A", b"b")), "|A: b\r\n");
        assert_eq!(appended(|out| content_length(out, 0)), "|Content-Length: 0\r\n");
        assert_eq!(appended(|out| content_length(out, u64::MAX)), "|Content-Length: 18446744073709551615\r\n");
    }

    #[test]
    fn chunks() {
        assert_eq!(appended(|out| chunk(out, &[b'x'; 26])), format!("|1a\r\n{}\r\n", "x".repeat(26)));
        assert_eq!(appended(|out| chunk(out, b"")), "|");
        assert_eq!(appended(|out| chunk_start(out, 0x00ff_f000)), "|fff000\r\n");
        assert_eq!(appended(last_chunk), "|0\r\n\r\n");
    }

    #[test]
    fn every_status_the_codec_answers_has_a_reason() {
        for status in [400, 405, 413, 414, 417, 431, 501, 505] {
            assert!(!reason(status).is_empty(), "{status}");
        }
    }
}
