//! Which media types are binary to an API, and what an integration makes of content: `binaryMediaTypes` with its rules of matching
//! (facts 63 to 66) and `contentHandling`.

use crate::templates::essence;

/// `contentHandling` of an integration or of an integration response (fact 67).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentHandling {
    /// `CONVERT_TO_BINARY`: text is base64, and is decoded.
    ConvertToBinary,
    /// `CONVERT_TO_TEXT`: binary content is encoded as base64.
    ConvertToText,
}

/// An API's binary media types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BinaryTypes {
    entries: Box<[Pattern]>,
}

/// One configured media type.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// `*/*`: everything, also what has no media type (fact 65).
    Everything,
    /// `image/*`: the part up to the slash, the slash included.
    Family(Box<[u8]>),
    /// Exactly this; `*/png` is such a text and matches nothing else (fact 64).
    Exactly(Box<[u8]>),
}

impl Pattern {
    fn parse(media_type: &str) -> Self {
        let text = essence(media_type.as_bytes());
        match text.strip_suffix(b"*") {
            Some(b"*/") => Self::Everything,
            Some(family) if family.ends_with(b"/") && !family.contains(&b'*') => Self::Family(family.into()),
            _ => Self::Exactly(text.into()),
        }
    }

    /// Media types are compared without regard to letter case (RFC 9110 §8.3.1).
    fn matches(&self, media_type: &[u8]) -> bool {
        match self {
            Self::Everything => true,
            Self::Family(family) => {
                media_type.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family))
            }
            Self::Exactly(text) => media_type.eq_ignore_ascii_case(text),
        }
    }
}

impl BinaryTypes {
    /// The rules of an API's `binaryMediaTypes`.
    pub fn new<'t>(media_types: impl IntoIterator<Item = &'t str>) -> Self {
        Self { entries: media_types.into_iter().map(Pattern::parse).collect() }
    }

    /// Whether no type is configured: then all content is text.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether content of this type is binary; parameters after `;` are ignored, and no type is `application/json`
    /// (facts 63, 66 and 76).
    pub fn is_binary(&self, content_type: Option<&[u8]>) -> bool {
        self.matches(content_type.map_or(b"application/json", essence))
    }

    /// Whether a client asks for binary content: only the first media type of its Accept counts (fact 63). One without an
    /// Accept gets binary content only where everything is binary.
    pub fn is_accepted(&self, accept: Option<&[u8]>) -> bool {
        let first = accept.and_then(|accept| accept.split(|byte| *byte == b',').next());
        self.matches(first.map_or(b"", essence))
    }

    fn matches(&self, media_type: &[u8]) -> bool {
        self.entries.iter().any(|pattern| pattern.matches(media_type))
    }
}

#[cfg(test)]
mod tests {
    use super::BinaryTypes;

    #[test]
    fn fact_63_only_the_first_accepted_type_counts() {
        let types = BinaryTypes::new(["image/png"]);
        for (accept, is_accepted) in [
            (Some("image/png"), true),
            (Some("image/png;q=0.1, text/html"), true),
            (Some("text/html, image/png"), false),
            (Some("*/*"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(types.is_accepted(accept.map(str::as_bytes)), is_accepted, "{accept:?}");
        }
    }

    #[test]
    fn fact_64_wildcards_stand_right_of_the_slash() {
        for (configured, content_type, is_binary) in [
            ("image/*", "image/png", true),
            ("image/*", "IMAGE/png; x=1", true),
            ("image/*", "imagery/png", false),
            ("*/png", "image/png", false),
            ("*/png", "*/png", true),
            ("image/png", "image/*", false),
            ("image/png", "*/*", false),
            ("image/p*", "image/png", false),
            ("application/octet-stream", "application/octet-stream", true),
        ] {
            let types = BinaryTypes::new([configured]);
            assert_eq!(types.is_binary(Some(content_type.as_bytes())), is_binary, "{configured} {content_type}");
        }
    }

    #[test]
    fn fact_65_two_stars_are_everything() {
        let types = BinaryTypes::new(["text/plain", "*/*"]);
        assert!(types.is_binary(None) && types.is_binary(Some(b"anything")));
        assert!(types.is_accepted(None) && types.is_accepted(Some(b"text/html")));
    }

    #[test]
    fn fact_66_the_type_decides_and_a_missing_one_is_json() {
        let types = BinaryTypes::new(["application/json"]);
        assert!(types.is_binary(None) && types.is_binary(Some(b"application/json; charset=utf-8")));
        assert!(!types.is_accepted(None));
        assert!(!BinaryTypes::default().is_binary(Some(b"image/png")));
    }
}
