//! Where functions live that are not hosted here: an ARN pattern and the URL of a Lambda API.

use http::Uri;
use stagegate_plan::FunctionArn;

/// Functions that another Lambda API runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LambdaEndpoint {
    /// Which functions: their ARNs without a qualifier, `*` for any text and `?` for any character.
    functions: String,
    /// Where they are, `{region}` standing for the function's region.
    url: String,
    /// Whose credentials sign, of integrations that name no role of their own.
    role: Option<String>,
}

impl LambdaEndpoint {
    /// An endpoint; the error says what is allowed.
    pub(crate) fn new(functions: &str, url: &str) -> Result<Self, &'static str> {
        let is_pattern = functions == "*" || functions.starts_with("arn:");
        if !is_pattern || functions.contains(char::is_whitespace) {
            return Err("`functions` is an ARN such as arn:aws:lambda:*:*:function:*, with `*` and `?` as wildcards");
        }
        let url = url.trim_end_matches('/');
        let filled = url.replace("{region}", "us-east-1");
        let uri: Option<Uri> = filled.parse().ok();
        let is_url = uri.is_some_and(|uri| {
            let has_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
            has_scheme && uri.query().is_none() && uri.authority().is_some_and(|it| !it.as_str().contains('@'))
        });
        if !is_url {
            return Err(
                "`url` is an http:// or https:// URL without a query, such as https://lambda.{region}.amazonaws.com",
            );
        }
        Ok(Self { functions: functions.to_owned(), url: url.to_owned(), role: None })
    }

    /// The same, signed with a role's credentials; the error says what is allowed.
    pub(crate) fn signed_by(self, role: &str) -> Result<Self, &'static str> {
        let is_role = role.starts_with("arn:") && role.contains(":role/") && !role.contains(['*', '?', ' ']);
        let allowed = "`role` is the ARN of a role that [aws.roles] has, such as arn:aws:iam::123456789012:role/pets";
        if is_role { Ok(Self { role: Some(role.to_owned()), ..self }) } else { Err(allowed) }
    }

    /// Whose credentials sign.
    pub(crate) fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Whether a function lives here.
    pub(crate) fn has(&self, function: &FunctionArn) -> bool {
        let FunctionArn { partition, region, account, name, .. } = function;
        let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{name}");
        matches(self.functions.as_bytes(), arn.as_bytes())
    }

    /// The URL that invokes a function. An endpoint whose own URL names an operation is used as it is: AWS's runtime interface
    /// emulator has one function at one URL.
    pub(crate) fn url(&self, function: &FunctionArn, is_streamed: bool) -> String {
        let url = self.url.replace("{region}", &function.region);
        if url.ends_with("/invocations") || url.ends_with("/response-streaming-invocations") {
            return url;
        }
        let (version, operation) =
            if is_streamed { ("2021-11-15", "response-streaming-invocations") } else { ("2015-03-31", "invocations") };
        let FunctionArn { partition, region, account, name, qualifier } = function;
        let arn = format!("arn%3A{partition}%3Alambda%3A{region}%3A{account}%3Afunction%3A{name}");
        let qualifier = qualifier.iter().map(|qualifier| format!("?Qualifier={}", qualifier.replace('$', "%24")));
        format!("{url}/{version}/functions/{arn}/{operation}{}", qualifier.collect::<String>())
    }
}

/// Whether a pattern matches a whole text; linear but for the last `*`, which is tried again at every place.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((star_at, star_seen)) = star else { return false };
                star = Some((star_at, star_seen + 1));
                (at, seen) = (star_at + 1, star_seen + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pets(qualifier: Option<&str>) -> FunctionArn {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:pets".to_owned();
        let arn = qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"));
        FunctionArn::parse(&arn).expect("an ARN")
    }

    #[test]
    fn patterns_say_which_functions_live_there() {
        for (functions, has) in [
            ("*", true),
            ("arn:aws:lambda:*:*:function:*", true),
            ("arn:aws:lambda:eu-west-1:123456789012:function:pets", true),
            ("arn:aws:lambda:eu-west-?:*:function:p*s", true),
            ("arn:*:pet", false),
            ("arn:aws:lambda:us-*:*:function:*", false),
            ("arn:aws:lambda:*:999999999999:function:*", false),
        ] {
            let endpoint = LambdaEndpoint::new(functions, "http://localhost:9000").expect("allowed");
            assert_eq!(endpoint.has(&pets(Some("live"))), has, "{functions}");
        }
    }

    #[test]
    fn urls_name_the_operation_and_the_qualifier() {
        let url = |url, qualifier, is_streamed| {
            LambdaEndpoint::new("*", url).expect("allowed").url(&pets(qualifier), is_streamed)
        };
        let arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Apets";
        assert_eq!(
            url("https://lambda.{region}.amazonaws.com/", None, false),
            format!("https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{arn}/invocations")
        );
        assert_eq!(
            url("http://h:1/x", Some("$LATEST"), true),
            format!("http://h:1/x/2021-11-15/functions/{arn}/response-streaming-invocations?Qualifier=%24LATEST")
        );
        let emulator = "http://localhost:9000/2015-03-31/functions/function/invocations";
        assert_eq!(url(emulator, Some("live"), false), emulator);
    }

    #[test]
    fn what_is_no_pattern_or_url_is_refused() {
        for (functions, url) in [
            ("pets", "http://localhost"),
            ("arn:aws: lambda", "http://localhost"),
            ("*", "localhost:9000"),
            ("*", "ftp://localhost"),
            ("*", "http://user@localhost"),
            ("*", "http://localhost?x=1"),
            ("*", "http://"),
        ] {
            assert!(LambdaEndpoint::new(functions, url).is_err(), "{functions} {url}");
        }
    }
}
