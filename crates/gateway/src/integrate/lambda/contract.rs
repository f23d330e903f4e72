//! What a function of a proxy integration may answer, and nothing else (facts 52 to 57).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// Entries of one map of headers; more are no headers any more.
const ENTRIES_MAX: usize = 1000;

/// A function's answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contract<'p> {
    /// `statusCode`; 200 where absent.
    pub(super) status: Option<u16>,
    /// `headers`
    pub(super) headers: Entries<'p, Text<'p>>,
    /// `multiValueHeaders`
    pub(super) multi_value_headers: Entries<'p, Vec<Option<Text<'p>>>>,
    /// `body`
    pub(super) body: Option<Text<'p>>,
    /// `isBase64Encoded`
    pub(super) is_base64: bool,
    /// `cookies`, of streamed answers only.
    pub(super) cookies: Vec<Text<'p>>,
}

impl<'p> Contract<'p> {
    /// Reads a buffered answer; `None` for a malformed one. An answer without any key is one (fact 52).
    pub(super) fn parse(payload: &'p [u8]) -> Option<Self> {
        let Keyed { contract, keys, has_cookies } = serde_json::from_slice(payload).ok()?;
        (keys > 0 && !has_cookies).then_some(contract)
    }

    /// Reads the metadata of a streamed answer, which may be empty but has no body.
    pub(super) fn parse_metadata(metadata: &'p [u8]) -> Option<Self> {
        let Keyed { contract, .. } = serde_json::from_slice(metadata).ok()?;
        (contract.body.is_none() && !contract.is_base64).then_some(contract)
    }
}

/// A contract, and what of its form the two kinds of answers judge differently.
struct Keyed<'p> {
    contract: Contract<'p>,
    keys: usize,
    has_cookies: bool,
}

/// The keys that are allowed.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    StatusCode,
    Headers,
    MultiValueHeaders,
    Body,
    IsBase64Encoded,
    Cookies,
}

impl<'de: 'p, 'p> Deserialize<'de> for Keyed<'p> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyedVisitor).map(|keyed: Keyed<'de>| keyed)
    }
}

struct KeyedVisitor;

impl<'de> Visitor<'de> for KeyedVisitor {
    type Value = Keyed<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a proxy response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keyed<'de>, A::Error> {
        let mut keyed = Keyed { contract: Contract::default(), keys: 0, has_cookies: false };
        let contract = &mut keyed.contract;
        while let Some(key) = map.next_key::<Key>()? {
            keyed.keys += 1;
            match key {
                Key::StatusCode => contract.status = map.next_value::<Option<StatusCode>>()?.map(|status| status.0),
                Key::Headers => contract.headers = map.next_value::<Option<_>>()?.unwrap_or_default(),
                Key::MultiValueHeaders => {
                    contract.multi_value_headers = map.next_value::<Option<_>>()?.unwrap_or_default();
                }
                Key::Body => contract.body = map.next_value()?,
                Key::IsBase64Encoded => {
                    contract.is_base64 = map.next_value::<Option<Flag>>()?.is_some_and(|flag| flag.0);
                }
                Key::Cookies => {
                    keyed.has_cookies = true;
                    contract.cookies = map.next_value::<Option<_>>()?.unwrap_or_default();
                }
            }
        }
        Ok(keyed)
    }
}

/// Text: a string, or a boolean, which prints as one. A number is none (fact 54).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<'p>(pub(super) Cow<'p, str>);

impl<'de: 'p, 'p> Deserialize<'de> for Text<'p> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(|text: Text<'de>| text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(if flag { "true" } else { "false" })))
    }
}

/// A boolean, also as a string.
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*Text::deserialize(deserializer)?.0 {
            "true" => Ok(Self(true)),
            "false" | "" => Ok(Self(false)),
            _ => Err(D::Error::custom("not a boolean")),
        }
    }
}

/// A status that can be sent: 200 to 599, as a number or as digits (fact 53).
struct StatusCode(u16);

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusVisitor)
    }
}

struct StatusVisitor;

impl StatusVisitor {
    /// An interim status is no answer, and other numbers are no statuses.
    fn checked<E: Error>(status: u64) -> Result<StatusCode, E> {
        let status = u16::try_from(status).ok().filter(|status| (200..=599).contains(status));
        status.map(StatusCode).ok_or_else(|| E::custom("not a status"))
    }
}

impl Visitor<'_> for StatusVisitor {
    type Value = StatusCode;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a status code")
    }

    fn visit_u64<E: Error>(self, status: u64) -> Result<StatusCode, E> {
        Self::checked(status)
    }

    fn visit_f64<E: Error>(self, status: f64) -> Result<StatusCode, E> {
        let whole = (200..=599_u16).find(|whole| (f64::from(*whole) - status).abs() < f64::EPSILON);
        Self::checked(u64::from(whole.unwrap_or_default()))
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<StatusCode, E> {
        Self::checked(digits.trim().parse().unwrap_or_default())
    }
}

/// A JSON object in its order; of equal names the last counts, and a null is as if it were not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entries<'p, V>(pub(super) Vec<(Text<'p>, V)>);

impl<V> Default for Entries<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de: 'p, 'p, V: Deserialize<'de>> Deserialize<'de> for Entries<'p, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(std::marker::PhantomData))
    }
}

struct EntriesVisitor<'p, V>(std::marker::PhantomData<(&'p (), V)>);

impl<'de: 'p, 'p, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<'p, V> {
    type Value = Entries<'p, V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'p, V>, A::Error> {
        let mut entries: Vec<(Text<'p>, V)> = Vec::new();
        while let Some(name) = map.next_key::<Text<'p>>()? {
            let value = map.next_value::<Option<V>>()?;
            entries.retain(|(known, _)| *known != name);
            let Some(value) = value else { continue };
            if entries.len() == ENTRIES_MAX {
                return Err(A::Error::custom("too many headers"));
            }
            entries.push((name, value));
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(payload: &str) -> Option<u16> {
        Contract::parse(payload.as_bytes()).map(|contract| contract.status.unwrap_or(200))
    }

    #[test]
    fn fact_52_only_the_five_keys_are_allowed() {
        for (payload, expected) in [
            (r#"{"statusCode": 201}"#, Some(201)),
            (r#"{"headers": {"a": "b"}}"#, Some(200)),
            (r#"{"headers": null}"#, Some(200)),
            (r#"{"statusCode":200,"headers":{},"multiValueHeaders":{},"body":"","isBase64Encoded":false}"#, Some(200)),
            (
                r#"{"statusCode":null,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}"#,
                Some(200),
            ),
            (r#"{"statusCode": 200, "errorType": "x"}"#, None),
            (r#"{"statusCode": 200, "cookies": []}"#, None),
            (r#"{"statusCode": 200, "statuscode": 200}"#, None),
            ("{}", None),
            ("", None),
            ("null", None),
            ("[]", None),
            ("7", None),
            (r#""{\"statusCode\": 200}""#, None),
            (r#"{"statusCode": 200} x"#, None),
            (r#"{"statusCode": 200"#, None),
            ("{\"body\": \"\u{0}\"}", None),
            (r#"{"body": {"a": 1}}"#, None),
            (r#"{"body": [1]}"#, None),
            (r#"{"body": 1}"#, None),
        ] {
            assert_eq!(status(payload), expected, "{payload}");
        }
        assert_eq!(Contract::parse(b"{\"body\": \"\xff\"}"), None);
    }

    #[test]
    fn fact_53_a_status_may_be_digits() {
        for (code, expected) in [
            ("\"201\"", Some(201)),
            ("\" 404 \"", Some(404)),
            ("599", Some(599)),
            ("200.0", Some(200)),
            ("200.5", None),
            ("199", None),
            ("101", None),
            ("600", None),
            ("-200", None),
            ("1e400", None),
            ("\"ok\"", None),
            ("\"\"", None),
            ("true", None),
            ("[200]", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(status(&format!("{{\"statusCode\": {code}}}")), expected, "{code}");
        }
    }

    #[test]
    fn fact_54_booleans_print_and_numbers_do_not() {
        let contract = Contract::parse(br#"{"headers": {"a": true, "b": false, "c": "x", "d": null}}"#).unwrap();
        let values: Vec<_> = contract.headers.0.iter().map(|(name, value)| (&*name.0, &*value.0)).collect();
        assert_eq!(values, [("a", "true"), ("b", "false"), ("c", "x")]);
        for payload in [r#"{"headers": {"a": 1}}"#, r#"{"headers": {"a": ["b"]}}"#, r#"{"headers": []}"#] {
            assert_eq!(status(payload), None, "{payload}");
        }
    }

    #[test]
    fn fact_55_several_values_are_a_list() {
        let contract =
            Contract::parse(br#"{"multiValueHeaders": {"a": ["1", true, null], "b": [], "c": null}}"#).unwrap();
        assert_eq!(contract.multi_value_headers.0.len(), 2);
        assert_eq!(contract.multi_value_headers.0[0].1.iter().flatten().count(), 2);
        for payload in [
            r#"{"multiValueHeaders": {"a": "1"}}"#,
            r#"{"multiValueHeaders": {"a": [1]}}"#,
            r#"{"multiValueHeaders": []}"#,
        ] {
            assert_eq!(status(payload), None, "{payload}");
        }
    }

    #[test]
    fn fact_57_base64_is_a_flag() {
        for (flag, expected) in [("true", Some(true)), ("\"false\"", Some(false)), ("1", None), ("\"yes\"", None)] {
            let payload = format!("{{\"isBase64Encoded\": {flag}}}");
            assert_eq!(Contract::parse(payload.as_bytes()).map(|contract| contract.is_base64), expected, "{flag}");
        }
    }

    #[test]
    fn metadata_has_cookies_and_no_body() {
        let parsed = |metadata: &str| Contract::parse_metadata(metadata.as_bytes()).map(|it| it.cookies.len());
        for (metadata, cookies) in [
            ("{}", Some(0)),
            (r#"{"statusCode": 200, "cookies": ["a=1", "b=2"]}"#, Some(2)),
            (r#"{"body": "x"}"#, None),
            (r#"{"isBase64Encoded": true}"#, None),
            (r#"{"x": 1}"#, None),
        ] {
            assert_eq!(parsed(metadata), cookies, "{metadata}");
        }
    }

    #[test]
    fn a_payload_with_more_headers_than_anybody_needs_is_refused_soon() {
        let many: Vec<String> = (0..100_000).map(|index| format!("\"h{index}\":\"\"")).collect();
        assert_eq!(status(&format!("{{\"headers\": {{{}}}}}", many.join(","))), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(payload in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Contract::parse(&payload);
        }

        #[test]
        fn anything_like_an_answer_is_one_or_none(
            payload in r#"(\{|\}|\[|\]|:|,|"statusCode"|"headers"|"multiValueHeaders"|"body"|"isBase64Encoded"|"a"|200|true|null|"\\ud800"| ){0,24}"#
        ) {
            if let Some(contract) = Contract::parse(payload.as_bytes()) {
                proptest::prop_assert!(contract.status.is_none_or(|status| (200..600).contains(&status)));
            }
        }
    }
}
