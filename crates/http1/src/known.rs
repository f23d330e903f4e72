//! Field names the gateway acts on, recognised once when a head is parsed.

use crate::grammar::{is_token, spells};

/// Declares the enum, its spellings and the table that [`Known::classify`] searches.
macro_rules! known {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A recognised field name; `Other` is every name not listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each variant is the field name it spells")]
        pub enum Known {
            Other = 0,
            $($variant),+
        }

        const ALL: &[(Known, &[u8])] = &[$((Known::$variant, $name.as_bytes())),+];

        impl Known {
            /// The name in lower case; empty for `Other`.
            pub fn name(self) -> &'static str {
                match self {
                    Self::Other => "",
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

known! {
    Host = "host",
    Connection = "connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    Expect = "expect",
    Upgrade = "upgrade",
    KeepAlive = "keep-alive",
    ProxyConnection = "proxy-connection",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthorization = "proxy-authorization",
    Te = "te",
    Trailer = "trailer",
    ContentType = "content-type",
    ContentEncoding = "content-encoding",
    ContentLanguage = "content-language",
    ContentLocation = "content-location",
    ContentMd5 = "content-md5",
    MaxForwards = "max-forwards",
    Server = "server",
    Date = "date",
    WwwAuthenticate = "www-authenticate",
    Via = "via",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AcceptLanguage = "accept-language",
    Age = "age",
    Authorization = "authorization",
    CacheControl = "cache-control",
    UserAgent = "user-agent",
    Forwarded = "forwarded",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedProto = "x-forwarded-proto",
    XForwardedPort = "x-forwarded-port",
    XRealIp = "x-real-ip",
    XAmznTraceId = "x-amzn-trace-id",
    Traceparent = "traceparent",
    Tracestate = "tracestate",
    XAmznRequestId = "x-amzn-requestid",
    XAmznErrorType = "x-amzn-errortype",
    XAmzApigwId = "x-amz-apigw-id",
    XAmzCfId = "x-amz-cf-id",
    XAmzDate = "x-amz-date",
    XAmzSecurityToken = "x-amz-security-token",
    XApigwApiId = "x-apigw-api-id",
    XApiKey = "x-api-key",
    XHttpMethodOverride = "x-http-method-override",
    Http2Settings = "http2-settings",
    SecWebSocketKey = "sec-websocket-key",
    SecWebSocketVersion = "sec-websocket-version",
    SecWebSocketProtocol = "sec-websocket-protocol",
    SecWebSocketExtensions = "sec-websocket-extensions",
    Origin = "origin",
    Referer = "referer",
    Cookie = "cookie",
    SetCookie = "set-cookie",
    Location = "location",
    ETag = "etag",
    IfNoneMatch = "if-none-match",
    IfModifiedSince = "if-modified-since",
    LastModified = "last-modified",
    Expires = "expires",
    Vary = "vary",
    Warning = "warning",
    Range = "range",
    Pragma = "pragma",
    Dnt = "dnt",
    AccessControlRequestMethod = "access-control-request-method",
    AccessControlRequestHeaders = "access-control-request-headers",
    AccessControlAllowOrigin = "access-control-allow-origin",
}

const SLOTS: usize = 512;
const FREE: u8 = u8::MAX;

/// Index into [`ALL`] of the only name that can hash to a slot; building it fails to compile on a collision.
static SLOT: [u8; SLOTS] = slots();

const fn slots() -> [u8; SLOTS] {
    let mut table = [FREE; SLOTS];
    let mut index = 0;
    while index < ALL.len() {
        let slot = slot_of(ALL[index].1);
        assert!(table[slot] == FREE, "two known names share a slot: change the multipliers");
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 255 names")]
        let entry = index as u8;
        table[slot] = entry;
        index += 1;
    }
    table
}

/// A hash of length and three bytes that ignores letter case; `name` is not empty.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    let length = name.len();
    let first = (name[0] | 0x20) as usize;
    let middle = (name[length / 2] | 0x20) as usize;
    let last_but_one = (name[length.saturating_sub(2)] | 0x20) as usize;
    (length * 151 + first * 372 + last_but_one * 499 + middle * 159) % SLOTS
}

impl Known {
    /// Recognises a field name, ignoring letter case; what is no token is `Other`.
    pub fn classify(name: &[u8]) -> Self {
        if is_token(name) { Self::of_token(name) } else { Self::Other }
    }

    /// Recognises a field name that was checked to be a token.
    #[inline]
    pub(crate) fn of_token(name: &[u8]) -> Self {
        match ALL.get(usize::from(SLOT[slot_of(name)])) {
            Some((known, spelled)) if spells(name, spelled) => *known,
            _ => Self::Other,
        }
    }
}

/// Whether a back end that reads `_` as `-` would take this name for `Content-Length` or `Transfer-Encoding`.
#[inline]
pub(crate) fn resembles_framing(name: &[u8]) -> bool {
    match name.len() {
        14 => name[7] == b'_' && name.eq_ignore_ascii_case(b"content_length"),
        17 => name[8] == b'_' && name.eq_ignore_ascii_case(b"transfer_encoding"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_recognised_in_any_case() {
        for &(known, name) in ALL {
            assert_eq!(Known::classify(name), known);
            assert_eq!(Known::classify(&name.to_ascii_uppercase()), known);
            assert_eq!(known.name().as_bytes(), name);
        }
    }

    #[test]
    fn near_misses_are_other() {
        for name in [&b""[..], b"h", b"hosts", b"hust", b"x-api-kez", b"content_length", b"\xc8ost"] {
            assert_eq!(Known::classify(name), Known::Other, "{name:?}");
        }
    }

    #[test]
    fn look_alikes_of_framing_fields_are_seen() {
        assert!(resembles_framing(b"Content_Length"));
        assert!(resembles_framing(b"TRANSFER_ENCODING"));
        assert!(!resembles_framing(b"Content-Length"));
        assert!(!resembles_framing(b"X_Custom_Lengt"));
    }
}
