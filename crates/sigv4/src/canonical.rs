//! The canonical form of a request, and the string that is signed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::scope::CredentialScope;
use crate::{Algorithm, RequestParts, sha256_hex};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same for a path, whose slashes stay.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Builds the canonical request over the headers named; `signed_headers` are lower case and sorted.
pub(crate) fn request(
    parts: &RequestParts<'_>,
    path: &str,
    query: &str,
    signed_headers: &[&str],
    payload_hash: &str,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(parts.method.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(query.as_bytes());
    out.push(b'\n');
    for name in signed_headers {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend_from_slice(&join_values(parts.values(name)).unwrap_or_default());
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(signed_headers.join(";").as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash.as_bytes());
    out
}

/// The string to sign of a canonical request.
pub(crate) fn string_to_sign(
    algorithm: Algorithm,
    timestamp: &str,
    scope: &CredentialScope,
    canonical_request: &[u8],
) -> String {
    let algorithm = algorithm.name();
    format!("{algorithm}\n{timestamp}\n{}\n{}", scope.scope(), sha256_hex(canonical_request))
}

/// The path with empty, `.` and `..` segments resolved, encoded once more than it was sent.
///
/// botocore (`normalize_url_path`) and the SDKs do the same before they sign.
pub(crate) fn path(raw: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut normal = String::with_capacity(raw.len() + 1);
    for segment in &segments {
        normal.push('/');
        normal.push_str(segment);
    }
    if normal.is_empty() || raw.ends_with('/') {
        normal.push('/');
    }
    percent_encode(normal.as_bytes(), RESERVED_IN_PATH).to_string()
}

/// The path as S3 signs it: nothing is resolved, and each byte is encoded once, however it was sent.
pub fn object_path(raw: &str) -> String {
    let key: Vec<u8> = percent_decode_str(raw).collect();
    let path = percent_encode(&key, RESERVED_IN_PATH).to_string();
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// The query with every name and value decoded, encoded strictly and sorted; parameters named `without` left out.
///
/// A `+` is a space, as the SDKs read it.
pub(crate) fn query(raw: &str, without: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = parameters(raw)
        .filter(|(name, _)| without != Some(name))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort_unstable();
    let joined: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    joined.join("&")
}

/// The raw name-value pairs of a query.
pub(crate) fn parameters(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes a name or value of a query to bytes, and encodes them strictly.
fn encode(raw: &str) -> String {
    percent_encode(&decode(raw), RESERVED).to_string()
}

/// Decodes a name or value of a query.
pub(crate) fn decode(raw: &str) -> Vec<u8> {
    let spaced = raw.replace('+', " ");
    percent_decode_str(&spaced).collect()
}

/// Joins the values of a header by commas, each trimmed and with its runs of blanks folded; `None` if there are none.
pub(crate) fn join_values<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut joined: Option<Vec<u8>> = None;
    for value in values {
        let out = match &mut joined {
            Some(out) => {
                out.push(b',');
                out
            }
            None => joined.insert(Vec::with_capacity(value.len())),
        };
        let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        for (index, word) in words.enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_encoded_again() {
        for (raw, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/a//b/", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/..", "/"),
            ("/restapis/a%20b", "/restapis/a%2520b"),
            ("/tags/arn%3Aaws%3Aapigateway", "/tags/arn%253Aaws%253Aapigateway"),
            ("/a:b@c~d", "/a%3Ab%40c~d"),
            ("/\u{1234}", "/%E1%88%B4"),
        ] {
            assert_eq!(path(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn paths_of_objects_are_encoded_once_and_not_resolved() {
        for (raw, canonical) in [
            ("", "/"),
            ("/pets/a%20b.png", "/pets/a%20b.png"),
            ("/pets/a+b(1).png", "/pets/a%2Bb%281%29.png"),
            ("/pets//x/./y", "/pets//x/./y"),
            ("/pets/x%2Fy", "/pets/x/y"),
        ] {
            assert_eq!(object_path(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn queries_are_decoded_encoded_and_sorted() {
        for (raw, canonical) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1", "a=1&a=2"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("a=%7e%2f", "a=~%2F"),
            ("a=x+y", "a=x%20y"),
            ("&&a=1&", "a=1"),
            ("A=1&a=1", "A=1&a=1"),
        ] {
            assert_eq!(query(raw, None), canonical, "{raw}");
        }
        assert_eq!(query("b=1&X-Amz-Signature=f", Some("X-Amz-Signature")), "b=1");
    }

    #[test]
    fn header_values_are_trimmed_folded_and_joined() {
        let values: [&[u8]; 3] = [b"  a   b ", b"", b"c\t d"];
        assert_eq!(join_values(values.into_iter()).as_deref(), Some(b"a b,,c d".as_slice()));
        assert_eq!(join_values(std::iter::empty()), None);
    }
}
