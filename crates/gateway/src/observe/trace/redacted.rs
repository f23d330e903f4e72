//! Queries as traces show them: values that let their holder in are left out, as OpenTelemetry's conventions for `url.query` ask.

/// What stands in place of a value.
const REDACTED: &str = "REDACTED";

/// Names of parameters, in lower case, whose values are secrets: of presigned URLs, of tokens, of keys.
const SECRETS: [&str; 20] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "auth",
    "authorization",
    "awsaccesskeyid",
    "client_secret",
    "id_token",
    "jwt",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-api-key",
    "x-goog-signature",
];

/// A query without the values of secrets.
pub(super) fn query(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, pair) in text.split('&').enumerate() {
        if index > 0 {
            shown.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => shown.extend([name, "=", REDACTED]),
            _ => shown.push_str(pair),
        }
    }
    shown
}

/// A URL whose query is shown like that.
pub(super) fn url(text: &str) -> Box<str> {
    match text.split_once('?') {
        Some((before, after)) => format!("{before}?{}", query(after)).into(),
        None => text.into(),
    }
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_left_out() {
        for (given, shown) in [
            ("", ""),
            ("a=1&b", "a=1&b"),
            ("token=abc&a=1", "token=REDACTED&a=1"),
            ("a=1&X-Amz-Signature=ff00&X-Amz-Date=d", "a=1&X-Amz-Signature=REDACTED&X-Amz-Date=d"),
            ("API_KEY=a=b&token", "API_KEY=REDACTED&token"),
            ("tokens=1&&=", "tokens=1&&="),
        ] {
            assert_eq!(query(given), shown);
        }
        assert_eq!(&*url("https://a.example/p?x=1&sig=2"), "https://a.example/p?x=1&sig=REDACTED");
        assert_eq!(&*url("https://a.example/sig=2"), "https://a.example/sig=2");
    }
}
