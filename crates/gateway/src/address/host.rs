//! Hosts of our own: `{api}.execute-api.{region}.{suffix}` and `{url}.lambda-url.{region}.{suffix}`, in any letter case, the port
//! ignored.

use std::borrow::Cow;
use std::ops::Range;

/// What follows an API's id.
const API_MARK: &[u8] = b".execute-api.";
/// What follows a function URL's id.
const URL_MARK: &[u8] = b".lambda-url.";

/// What a Host says about its addressee.
#[derive(Debug)]
pub(crate) enum Addressee<'h> {
    /// An API by its own host.
    ExecuteApi(OwnHost<'h>),
    /// A function URL.
    FunctionUrl(OwnHost<'h>),
    /// Either form under a suffix that is not served, in lower case.
    ForeignSuffix(Cow<'h, [u8]>),
    /// Any other host, in lower case.
    Other(Cow<'h, [u8]>),
}

/// A host of one of the two forms, in lower case.
#[derive(Debug)]
pub(crate) struct OwnHost<'h> {
    name: Cow<'h, [u8]>,
    id_end: usize,
    region: Range<usize>,
}

impl OwnHost<'_> {
    /// The id of the API or of the function URL.
    pub(crate) fn id(&self) -> &str {
        std::str::from_utf8(&self.name[..self.id_end]).unwrap_or_default()
    }

    /// The region.
    pub(crate) fn region(&self) -> &str {
        std::str::from_utf8(&self.name[self.region.clone()]).unwrap_or_default()
    }
}

/// Reads a Host.
pub(crate) fn addressee<'h>(host: &'h [u8], suffix: &str) -> Addressee<'h> {
    let name = without_port(host);
    let has_capitals = name.iter().any(u8::is_ascii_uppercase);
    let name = if has_capitals { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
    let Some((id_end, mark)) = mark(&name) else { return Addressee::Other(name) };
    let start = id_end + mark.len();
    let region_end = name[start..].iter().position(|byte| *byte == b'.').map_or(name.len(), |dot| start + dot);
    if name[region_end..].strip_prefix(b".") != Some(suffix.as_bytes()) {
        return Addressee::ForeignSuffix(name);
    }
    let host = OwnHost { name, id_end, region: start..region_end };
    if mark == URL_MARK { Addressee::FunctionUrl(host) } else { Addressee::ExecuteApi(host) }
}

/// Where the mark begins, and which it is: behind the first label as a rule, and always so for function URLs.
fn mark(name: &[u8]) -> Option<(usize, &'static [u8])> {
    let first = name.iter().position(|byte| *byte == b'.')?;
    if let Some(mark) = [API_MARK, URL_MARK].into_iter().find(|mark| name[first..].starts_with(mark)) {
        return Some((first, mark));
    }
    name.windows(API_MARK.len()).position(|window| window == API_MARK).map(|start| (start, API_MARK))
}

/// The host without its port; an IPv6 literal keeps its brackets.
pub(crate) fn without_port(host: &[u8]) -> &[u8] {
    match host.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !host[colon..].contains(&b']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_execute_api_form_name_api_and_region() {
        let cases = [
            ("abc123.execute-api.us-east-1.localhost:8080", Some(("abc123", "us-east-1"))),
            ("ABC123.Execute-API.us-east-1.LOCALHOST", Some(("abc123", "us-east-1"))),
            ("abc.execute-api.us-east-1.example.com", None),
            ("abc.execute-api.us-east-1", None),
            ("vpce.abc.execute-api.us-east-1.localhost", Some(("vpce.abc", "us-east-1"))),
        ];
        for (host, expected) in cases {
            match addressee(host.as_bytes(), "localhost") {
                Addressee::ExecuteApi(host) => assert_eq!(Some((host.id(), host.region())), expected),
                Addressee::ForeignSuffix(name) => assert_eq!((expected, &*name), (None, host.as_bytes())),
                other => panic!("{host} has execute-api form: {other:?}"),
            }
        }
        for (host, expected) in [
            ("localhost:8080", "localhost"),
            ("[::1]:8080", "[::1]"),
            ("abc.execute-api", "abc.execute-api"),
            ("API.Example.com:443", "api.example.com"),
        ] {
            let Addressee::Other(name) = addressee(host.as_bytes(), "localhost") else { panic!("{host}") };
            assert_eq!(*name, *expected.as_bytes(), "{host}");
        }
    }
    #[test]
    fn hosts_of_function_urls_have_their_id_first() {
        for (host, expected) in [
            ("abc.lambda-url.us-east-1.localhost:8080", Some(("abc", "us-east-1"))),
            ("ABC.Lambda-URL.eu-west-1.LOCALHOST", Some(("abc", "eu-west-1"))),
            (".lambda-url.us-east-1.localhost", Some(("", "us-east-1"))),
            ("a.lambda-url..localhost", Some(("a", ""))),
            ("a.b.lambda-url.us-east-1.localhost", None),
            ("lambda-url.us-east-1.localhost", None),
            ("abc.lambda-url", None),
        ] {
            match addressee(host.as_bytes(), "localhost") {
                Addressee::FunctionUrl(host) => assert_eq!(Some((host.id(), host.region())), expected),
                Addressee::Other(_) => assert_eq!(expected, None, "{host}"),
                other => panic!("{host}: {other:?}"),
            }
        }
        for host in [
            "abc.lambda-url.us-east-1.on.aws",
            "abc.lambda-url.localhost",
            "abc.lambda-url.x.y.localhost",
            "abc.lambda-url.",
        ] {
            let foreign = addressee(host.as_bytes(), "localhost");
            assert!(matches!(foreign, Addressee::ForeignSuffix(_)), "{host}: {foreign:?}");
        }
    }
}
