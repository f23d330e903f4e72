//! Sampling rules: which requests one is for, and what it says of them (AWS X-Ray developer guide, "Configuring sampling rules").

use std::sync::Arc;

/// What kind of service a stage is, for rules.
const SERVICE_TYPE: &[u8] = b"AWS::ApiGateway::Stage";

/// A sampling rule.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingRule {
    /// Its name, which segments say.
    pub name: Arc<str>,
    /// The rule with the lowest number that is for a request decides.
    pub priority: i32,
    /// Requests a second that are sampled whatever the rate says.
    pub reservoir_per_s: u32,
    /// The part of all others that is sampled, from 0 to 1.
    pub rate: f64,
    /// The requests that it is for.
    pub requests: RuleMatch,
}

/// What requests a rule is for. Each member is a pattern with `*` and `?`, in any letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatch {
    /// `{api name}/{stage}`
    pub service_name: Box<str>,
    /// `AWS::ApiGateway::Stage`
    pub service_type: Box<str>,
    /// The ARN of the stage.
    pub resource_arn: Box<str>,
    /// `Host`
    pub host: Box<str>,
    /// The method.
    pub method: Box<str>,
    /// The path.
    pub path: Box<str>,
    /// The rule asks for attributes of segments. Nobody has set one when a request begins.
    pub has_attributes: bool,
}

impl RuleMatch {
    /// Every request.
    pub fn all() -> Self {
        let any = || Box::from("*");
        Self {
            service_name: any(),
            service_type: any(),
            resource_arn: any(),
            host: any(),
            method: any(),
            path: any(),
            has_attributes: false,
        }
    }

    /// Whether a request is meant.
    pub(super) fn has(&self, request: &SamplingRequest<'_>) -> bool {
        !self.has_attributes
            && matches(&self.method, &[request.method])
            && matches(&self.path, &[request.path])
            && matches(&self.host, &[request.host])
            && matches(&self.service_type, &[SERVICE_TYPE])
            && matches(&self.service_name, &[request.api.as_bytes(), b"/", request.stage.as_bytes()])
            && (&*self.resource_arn == "*" || matches(&self.resource_arn, &[(request.arn)().as_bytes()]))
    }
}

/// A request, as far as rules look at it.
#[derive(Clone, Copy)]
pub(super) struct SamplingRequest<'r> {
    /// The name of the API.
    pub(super) api: &'r str,
    /// The name of the stage.
    pub(super) stage: &'r str,
    /// The ARN of the stage, which few rules ask for.
    pub(super) arn: &'r dyn Fn() -> String,
    pub(super) host: &'r [u8],
    pub(super) method: &'r [u8],
    pub(super) path: &'r [u8],
}

/// What a sampler says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sampled {
    /// The request is traced, because of a rule if it was one.
    Yes(Option<Arc<str>>),
    /// It is not.
    No,
}

/// Whether a pattern is for a text, which may come in pieces, as a whole. Takes time in the product of both lengths at most.
fn matches(pattern: &str, pieces: &[&[u8]]) -> bool {
    if pattern == "*" {
        return true;
    }
    if let [text] = pieces { glob(pattern.as_bytes(), text) } else { glob(pattern.as_bytes(), &pieces.concat()) }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || byte.eq_ignore_ascii_case(&text[seen]) => {
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

    #[test]
    fn patterns_have_wildcards_and_no_letter_case() {
        for (pattern, text, is_match) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a", "A", true),
            ("/pets/*", "/pets/7/toys", true),
            ("/pets/?", "/pets/7", true),
            ("/pets/?", "/pets/", false),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbx", false),
            ("a**", "a", true),
            ("?*", "", false),
        ] {
            assert_eq!(matches(pattern, &[text.as_bytes()]), is_match, "{pattern} {text}");
        }
        assert!(matches("pets/dev", &[b"Pets", b"/", b"dev"]));
    }
}
