//! How an API reads the paths of its requests, before a route is looked for.

use std::borrow::Cow;

use crate::tree::decode;

/// The two ways to read a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paths {
    /// As it was sent: `%XX` is decoded only where a segment is compared with a configured one, and one slash at the end counts for
    /// nothing (facts 29 and 31).
    #[default]
    AsSent,
    /// Decoded once, before anything else looks at it, so that no room sees another path than the one that was routed; every slash
    /// counts (facts 102, H9, H17 and H18).
    Decoded,
}

impl Paths {
    /// A path as this API reads it.
    pub fn read(self, sent: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Decoded if sent.contains(&b'%') => Cow::Owned(decode(sent).into_vec()),
            Self::Decoded | Self::AsSent => Cow::Borrowed(sent),
        }
    }
}
