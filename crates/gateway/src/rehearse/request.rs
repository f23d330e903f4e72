//! The head of a request that somebody described.

use stagegate_http1::{HeadError, HeadLimits, Known, RequestHead};
use stagegate_plan::Verb;

use crate::integrate::is_dropped_first;

/// The domain name of a test (`$context.domainName`; its first label is `$context.domainPrefix`).
const DOMAIN: &[u8] = b"testPrefix.testDomainName";

/// Builds the head of a request with this verb, path and query as written, and these headers.
///
/// # Errors
/// A header that no request can have, or a head that is longer than heads may be.
pub(super) fn head(
    verb: Verb,
    path_with_query: &str,
    headers: &[(String, String)],
    limits: &HeadLimits,
) -> Result<RequestHead, HeadError> {
    let mut head = RequestHead::new();
    let fields = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let fields = fields.filter(|(name, _)| !belongs_to_connection(Known::classify(name)));
    let method = verb.as_str().as_bytes();
    let written = target(path_with_query);
    let built = head.simulate(method, DOMAIN, written.as_bytes(), fields.clone(), limits);
    if matches!(built, Err(HeadError::Target | HeadError::PercentEncoding | HeadError::DotSegment)) {
        // A path that nothing could be routed by has no parameters, and is no reason to refuse (fact 122).
        head.simulate(method, DOMAIN, escaped(&written).as_bytes(), fields, limits)?;
    } else {
        built?;
    }
    Ok(head)
}

fn belongs_to_connection(known: Known) -> bool {
    is_dropped_first(known) || matches!(known, Known::KeepAlive | Known::ProxyConnection)
}

/// The target that a written path means: with a slash in front, and whatever a target cannot hold percent-encoded.
fn target(written: &str) -> String {
    let mut target = String::with_capacity(written.len() + 1);
    if !written.starts_with('/') {
        target.push('/');
    }
    for byte in written.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%[]".contains(&byte) {
            target.push(char::from(byte));
        } else {
            escape(byte, &mut target);
        }
    }
    target
}

/// The same with everything escaped that made it invalid: percent signs, brackets and dots.
fn escaped(target: &str) -> String {
    let mut escaped = String::with_capacity(target.len() * 2);
    for byte in target.bytes() {
        match byte {
            b'%' | b'[' | b']' => escape(byte, &mut escaped),
            byte => escaped.push(char::from(byte)),
        }
    }
    let (path, query) = escaped.split_once('?').map_or((escaped.as_str(), None), |(path, query)| (path, Some(query)));
    let kept: Vec<&str> = path.split('/').filter(|segment| !is_dots(segment)).collect();
    let path = kept.join("/");
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    query.map_or(path.clone(), |query| format!("{path}?{query}"))
}

fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    matches!(name, "." | "..")
}

fn escape(byte: u8, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(path: &str) -> Result<String, HeadError> {
        let head = head(Verb::Get, path, &[], &HeadLimits::default())?;
        Ok(String::from_utf8_lossy(head.target()).into_owned())
    }

    #[test]
    fn a_path_becomes_the_target_that_it_means() {
        let cases = [
            ("/a/b?c=d", "/a/b?c=d"),
            ("a", "/a"),
            ("", "/"),
            ("?q=1", "/?q=1"),
            ("/a b", "/a%20b"),
            ("/%2F", "/%2F"),
            ("/%2", "/%252"),
            ("/a/./b/../c", "/a/b/c"),
            ("/..", "/"),
            ("/[1]?a[]=b", "/%5B1%5D?a%5B%5D=b"),
            ("/x?a[]=b", "/x?a[]=b"),
        ];
        for (path, target) in cases {
            assert_eq!(built(path).as_deref(), Ok(target), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn fact_122_no_path_is_a_reason_to_refuse(path in "(/|\\.|%|%2[eEfF]|;|\\?|[ -~]|\\PC){0,40}") {
            let built = built(&path);
            proptest::prop_assert!(built.is_ok(), "{:?}", built);
        }
    }
}
