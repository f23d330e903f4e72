//! The ARN of a request's method: one text for resource policies, identity policies and authorizers.

use std::fmt::Write as _;

use stagegate_plan::Paths;

use super::Routed;
use crate::refusal::Refusal;

/// Bytes of the ARN of a method with authorization; over them a request is answered 414 (fact 20).
const ARN_BYTES: usize = 1_600;

/// Printable characters of a path that are encoded nevertheless.
const ENCODED: &[u8] = b"%?#*{}";

/// The ARN of a request: `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MethodArn(String);

impl MethodArn {
    /// The ARN.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The ARN as clients are shown it: of the account only the last four digits (fact A10).
    pub(crate) fn masked(&self) -> String {
        let mut parts: Vec<&str> = self.0.splitn(6, ':').collect();
        let shown = parts.get(4).and_then(|account| account.get(account.len().saturating_sub(4)..)).unwrap_or_default();
        let account = format!("********{shown}");
        if let Some(place) = parts.get_mut(4) {
            *place = &account;
        }
        parts.join(":")
    }
}

impl Routed<'_> {
    /// The ARN of the request's method, with the verb and the path that the route was found by.
    ///
    /// # Errors
    /// It has more than 1,600 bytes.
    pub(crate) fn method_arn(&self) -> Result<MethodArn, Refusal> {
        let stage = self.addressed.stage;
        let (api, verb) = (&stage.api, self.verb.as_str());
        let mut arn = String::with_capacity(80 + self.addressed.path.len());
        _ = write!(arn, "arn:aws:execute-api:{}:{}:{}/{}/{verb}/", api.region, api.account, api.id, stage.name);
        push_path(self.addressed.path, stage.deployment.tree.paths(), &mut arn);
        if arn.len() > ARN_BYTES { Err(Refusal::ArnTooLong) } else { Ok(MethodArn(arn)) }
    }
}

/// Appends a path below the stage as the route tree sees it: without the first slash and one at the end, and `%XX` decoded, so
/// that no other spelling of a path escapes a policy. What would change the path's segments, or is no printable ASCII, stays
/// encoded, in capitals. So does what policies read as a wildcard or a variable, for functions of authorizers answer with this
/// ARN: a caller who asks for `/*` must not be let in everywhere.
///
/// A path that was decoded before it was routed is not decoded again, and a slash at its end is part of it, as for the tree.
fn push_path(path: &[u8], paths: Paths, out: &mut String) {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let is_decoded = paths == Paths::Decoded;
    let mut rest = if is_decoded { path } else { path.strip_suffix(b"/").unwrap_or(path) };
    while let Some((first, behind)) = rest.split_first() {
        let (byte, is_encoded) = encoded(rest).filter(|_| !is_decoded).map_or((*first, false), |byte| (byte, true));
        rest = if is_encoded { &rest[3..] } else { behind };
        let changes_segments = byte == b'/' && is_encoded;
        if byte.is_ascii_graphic() && !ENCODED.contains(&byte) && !changes_segments {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
}

/// The byte that a text begins with in percent-encoding.
fn encoded(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(path: &[u8]) -> String {
        let mut out = String::new();
        push_path(path, Paths::AsSent, &mut out);
        out
    }

    #[test]
    fn fact_h17_a_path_that_is_decoded_is_not_decoded_again() {
        for (path, expected) in [
            ("/", ""),
            ("/pets/", "pets/"),
            ("/p%65ts", "p%2565ts"),
            ("/a b", "a%20b"),
            ("/a/../*", "a/../%2A"),
            ("//", "/"),
        ] {
            let mut out = String::new();
            push_path(path.as_bytes(), Paths::Decoded, &mut out);
            assert_eq!(out, expected, "{path}");
        }
    }

    #[test]
    fn every_spelling_of_a_path_is_one_text() {
        for (path, expected) in [
            ("/", ""),
            ("/pets", "pets"),
            ("/pets/", "pets"),
            ("/p%65ts", "pets"),
            ("/%70%65%74%73/", "pets"),
            ("/Pets", "Pets"),
            ("/pets//", "pets/"),
            ("/a//b", "a//b"),
            ("/a%2Fb", "a%2Fb"),
            ("/a%2fb", "a%2Fb"),
            ("/a%252Fb", "a%252Fb"),
            ("/a%3Ab:c", "a:b:c"),
            ("/a;x=1", "a;x=1"),
            ("/a%3bx%3D1", "a;x=1"),
            ("/a%20b", "a%20b"),
            ("/a%2A*", "a%2A%2A"),
            ("/${aws:UserAgent}", "$%7Baws:UserAgent%7D"),
            ("/$metadata", "$metadata"),
            ("/caf%c3%a9", "caf%C3%A9"),
            ("/50%", "50%25"),
            ("/%zz", "%25zz"),
            ("/%%342", "%2542"),
            ("/a%00", "a%00"),
        ] {
            assert_eq!(shown(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn clients_see_four_digits_of_the_account() {
        let arn = MethodArn("arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/a:b".to_owned());
        assert_eq!(arn.masked(), "arn:aws:execute-api:us-east-1:********9012:abc/prod/GET/a:b");
    }

    proptest! {
        #[test]
        fn it_is_printable_ascii_and_says_the_same_when_said_again(path in proptest::collection::vec(any::<u8>(), 0..40)) {
            let once = shown(&path);
            prop_assert!(once.bytes().all(|byte| byte.is_ascii_graphic()));
            let again = shown(format!("/{once}/").as_bytes());
            prop_assert_eq!(again, once);
        }
    }
}
