//! The seven HTTP methods that a REST API can declare (fact 32).

/// An HTTP method of a route. `ANY` is not a verb but a wildcard: see [`crate::MethodKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Verb {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Verb {
    /// Every verb, in index order.
    pub const ALL: [Self; 7] = [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put];

    /// The verb of a method token; tokens are case-sensitive (RFC 9110 §9.1).
    pub fn parse(token: &[u8]) -> Option<Self> {
        Some(match token {
            b"GET" => Self::Get,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"PATCH" => Self::Patch,
            b"HEAD" => Self::Head,
            b"OPTIONS" => Self::Options,
            _ => return None,
        })
    }

    /// The method token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether a request with this method usually has content, so that its Content-Type is sent on (fact 39).
    pub fn has_content(self) -> bool {
        matches!(self, Self::Delete | Self::Patch | Self::Post | Self::Put)
    }

    /// Whether repeating the request has no further effect (RFC 9110 §9.2.2), so that it may be retried.
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}
