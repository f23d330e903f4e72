//! Hosts of execute-api form: `{api}.execute-api.{region}.{suffix}`, in any letter case, the port ignored.

use std::borrow::Cow;

/// What follows the API's id.
const MARK: &[u8] = b".execute-api.";

/// What a Host says about its addressee.
#[derive(Debug)]
pub(crate) enum Addressee<'h> {
    /// An API by its own host.
    ExecuteApi(ApiHost<'h>),
    /// execute-api form under a suffix that is not served, in lower case.
    ForeignSuffix(Cow<'h, [u8]>),
    /// Any other host, in lower case.
    Other(Cow<'h, [u8]>),
}

/// A host of execute-api form, in lower case.
#[derive(Debug)]
pub(crate) struct ApiHost<'h> {
    name: Cow<'h, [u8]>,
    api_end: usize,
    region_end: usize,
}

impl ApiHost<'_> {
    /// The API's id.
    pub(crate) fn api(&self) -> &str {
        std::str::from_utf8(&self.name[..self.api_end]).unwrap_or_default()
    }

    /// The region.
    pub(crate) fn region(&self) -> &str {
        std::str::from_utf8(&self.name[self.api_end + MARK.len()..self.region_end]).unwrap_or_default()
    }
}

/// Reads a Host.
pub(crate) fn addressee<'h>(host: &'h [u8], suffix: &str) -> Addressee<'h> {
    let name = without_port(host);
    let has_capitals = name.iter().any(u8::is_ascii_uppercase);
    let name = if has_capitals { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
    let Some(api_end) = mark(&name) else { return Addressee::Other(name) };
    let start = api_end + MARK.len();
    let region_end = name[start..].iter().position(|byte| *byte == b'.').map_or(name.len(), |dot| start + dot);
    if name[region_end..].strip_prefix(b".") != Some(suffix.as_bytes()) {
        return Addressee::ForeignSuffix(name);
    }
    Addressee::ExecuteApi(ApiHost { name, api_end, region_end })
}

/// Where the mark begins: behind the first label as a rule.
fn mark(name: &[u8]) -> Option<usize> {
    let first = name.iter().position(|byte| *byte == b'.')?;
    if name[first..].starts_with(MARK) {
        return Some(first);
    }
    name.windows(MARK.len()).position(|window| window == MARK)
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
                Addressee::ExecuteApi(host) => assert_eq!(Some((host.api(), host.region())), expected),
                Addressee::ForeignSuffix(name) => assert_eq!((expected, &*name), (None, host.as_bytes())),
                Addressee::Other(_) => panic!("{host} has execute-api form"),
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
}
