//! Hosts of execute-api form: `{api}.execute-api.{region}.{suffix}`, in any letter case, the port ignored.

use std::ops::Range;

use smallvec::SmallVec;

const MARK: &[u8] = b".execute-api.";

/// What a Host says about its addressee.
#[derive(Debug)]
pub(crate) enum Addressee {
    /// An API by its own host.
    ExecuteApi(ApiHost),
    /// execute-api form under a suffix that is not served.
    ForeignSuffix,
    /// Any other host.
    Other,
}

/// A host of execute-api form, in lower case.
#[derive(Debug)]
pub(crate) struct ApiHost {
    name: SmallVec<[u8; 96]>,
    api: Range<usize>,
    region: Range<usize>,
}

impl ApiHost {
    /// The API's id.
    pub(crate) fn api(&self) -> &str {
        std::str::from_utf8(&self.name[self.api.clone()]).unwrap_or_default()
    }

    /// The region.
    pub(crate) fn region(&self) -> &str {
        std::str::from_utf8(&self.name[self.region.clone()]).unwrap_or_default()
    }
}

/// Reads a Host.
pub(crate) fn addressee(host: &[u8], suffix: &str) -> Addressee {
    let name: SmallVec<[u8; 96]> = without_port(host).iter().map(u8::to_ascii_lowercase).collect();
    let Some(at) = name.windows(MARK.len()).position(|window| window == MARK) else {
        return Addressee::Other;
    };
    let start = at + MARK.len();
    let end = name[start..].iter().position(|byte| *byte == b'.').map_or(name.len(), |dot| start + dot);
    if name[end..].strip_prefix(b".") != Some(suffix.as_bytes()) {
        return Addressee::ForeignSuffix;
    }
    Addressee::ExecuteApi(ApiHost { name, api: 0..at, region: start..end })
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
        ];
        for (host, expected) in cases {
            match addressee(host.as_bytes(), "localhost") {
                Addressee::ExecuteApi(host) => assert_eq!(Some((host.api(), host.region())), expected),
                Addressee::ForeignSuffix => assert_eq!(expected, None, "{host}"),
                Addressee::Other => panic!("{host} has execute-api form"),
            }
        }
        for host in ["localhost:8080", "[::1]:8080", "abc.execute-api"] {
            assert!(matches!(addressee(host.as_bytes(), "localhost"), Addressee::Other), "{host}");
        }
    }
}
