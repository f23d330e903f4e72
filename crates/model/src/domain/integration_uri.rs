//! The URI of an integration: an HTTP endpoint, or the ARN of an action or path of an AWS service.

use std::net::Ipv6Addr;

use thiserror::Error;

use crate::rest::{ConnectionType, Integration, IntegrationType};

/// Why a URI does not fit its integration, in AWS's words (facts 1.3 and 131).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IntegrationUriError {
    /// No URL with a host.
    #[error("Invalid HTTP endpoint specified for URI")]
    Http,
    /// No ARN of API Gateway's form.
    #[error("Invalid ARN specified in the request")]
    Arn,
    /// An ARN that says neither what to do nor where.
    #[error("AWS ARN for integration must contain path or action")]
    NoOperation,
    /// A service that has no proxy integration.
    #[error(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
    )]
    NoProxy,
    /// No credentials. Lambda functions have permissions of their own, every other service is called with a role
    /// (terraform-provider-aws, issue 7916, has the wording).
    #[error("Role ARN must be specified for AWS integrations")]
    NoRole,
}

impl IntegrationUriError {
    /// What would have been right, for people.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Http => "a URL that begins with http:// or https://",
            Self::Arn | Self::NoOperation => "arn:aws:apigateway:{region}:{service}:{path|action}/{operation}",
            Self::NoProxy => "the ARN of a Lambda function's invocation",
            Self::NoRole => "`credentials` with the ARN of a role",
        }
    }
}

/// Checks an integration's URI against its type.
///
/// # Errors
/// The first rule that the URI breaks.
pub fn check_integration_uri(integration: &Integration) -> Result<(), IntegrationUriError> {
    let uri = integration.uri.as_deref().unwrap_or_default();
    match integration.r#type {
        IntegrationType::Mock => Ok(()),
        IntegrationType::Http | IntegrationType::HttpProxy => {
            let open = uri.is_empty() && integration.connection_type == Some(ConnectionType::VpcLink);
            if open || is_http_url(uri) { Ok(()) } else { Err(IntegrationUriError::Http) }
        }
        IntegrationType::Aws | IntegrationType::AwsProxy => check_arn(uri, integration),
    }
}

/// Whether a URL has a scheme, `http` or `https`, and a host, unless a stage variable stands for them.
#[must_use]
pub fn is_http_url(uri: &str) -> bool {
    let is_clean = uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`".contains(&byte));
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    match rest.and_then(|rest| rest.split(['/', '?']).next()) {
        Some(authority) => is_clean && is_authority(authority),
        None => is_clean && uri.starts_with("${stageVariables."),
    }
}

/// A host with or without a port, or one that is put together when it is called.
fn is_authority(authority: &str) -> bool {
    if authority.contains("${stageVariables.") || authority.starts_with('{') {
        return !authority.contains('@');
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
    };
    is_host && (port.is_empty() || port.parse::<u16>().is_ok())
}

/// `arn:{partition}:apigateway:{region}:{service}:{path|action}/{rest}`.
fn check_arn(uri: &str, integration: &Integration) -> Result<(), IntegrationUriError> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", _, owner, _, service, target] = parts[..] else { return Err(IntegrationUriError::Arn) };
    if !target.starts_with("path/") && !target.starts_with("action/") {
        return Err(IntegrationUriError::NoOperation);
    }
    if owner != "apigateway" {
        return Err(IntegrationUriError::Arn);
    }
    let service = service.rsplit('.').next().unwrap_or_default();
    match integration.r#type {
        IntegrationType::AwsProxy if !matches!(service, "lambda" | "firehose") => Err(IntegrationUriError::NoProxy),
        IntegrationType::Aws if service != "lambda" && integration.credentials.is_none() => {
            Err(IntegrationUriError::NoRole)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAMBDA: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

    fn checked(kind: IntegrationType, uri: &str) -> Result<(), IntegrationUriError> {
        check_integration_uri(&Integration { uri: Some(uri.to_owned()), ..Integration::new(kind) })
    }

    #[test]
    fn http_endpoints_have_a_scheme_and_a_host() {
        for good in [
            "http://a.example/pets/{id}",
            "https://a.example:8443",
            "https://a.example:",
            "http://127.0.0.1:9000/x?y={z}",
            "http://a.example?y=1:2",
            "http://[::1]:80/",
            "http://[::1]",
            "http://${stageVariables.host}/x",
            "${stageVariables.url}",
            "http://{host}/x",
            "http://a.example/${stageVariables.path}",
        ] {
            assert_eq!(checked(IntegrationType::HttpProxy, good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "http://",
            "http:///x",
            "http://:80/",
            "http://a.example:http/",
            "http://a.example:99999/",
            "http://[::g]/",
            "http://a b/",
            "http://u:p@a.example/",
            "http://u@${stageVariables.host}/",
            "http://a\n/",
            "${stageVariables.url} x",
        ] {
            assert_eq!(checked(IntegrationType::Http, bad), Err(IntegrationUriError::Http), "{bad}");
        }
    }

    #[test]
    fn aws_uris_are_arns_of_a_path_or_an_action() {
        let sqs = "arn:aws:apigateway:us-east-1:sqs:action/SendMessage";
        for (kind, uri, expected) in [
            (IntegrationType::AwsProxy, LAMBDA, Ok(())),
            (IntegrationType::Aws, LAMBDA, Ok(())),
            (IntegrationType::Aws, "lambda", Err(IntegrationUriError::Arn)),
            (IntegrationType::Aws, "arn:aws:sqs:us-east-1:000000000000:path/x", Err(IntegrationUriError::Arn)),
            (IntegrationType::Aws, "arn:aws:apigateway:us-east-1:sqs:x", Err(IntegrationUriError::NoOperation)),
            // A function's own ARN, the most common mistake.
            (
                IntegrationType::AwsProxy,
                "arn:aws:lambda:us-east-1:000000000000:function:f",
                Err(IntegrationUriError::NoOperation),
            ),
            (IntegrationType::Aws, sqs, Err(IntegrationUriError::NoRole)),
            (IntegrationType::AwsProxy, sqs, Err(IntegrationUriError::NoProxy)),
        ] {
            assert_eq!(checked(kind, uri), expected, "{uri}");
        }
        let credentials = Some("arn:aws:iam::000000000000:role/r".to_owned());
        let with_role =
            Integration { uri: Some(sqs.to_owned()), credentials, ..Integration::new(IntegrationType::Aws) };
        assert_eq!(check_integration_uri(&with_role), Ok(()));
    }

    proptest! {
        #[test]
        fn an_accepted_endpoint_has_no_blank_and_no_user(uri in "https?://.{0,20}") {
            if checked(IntegrationType::Http, &uri).is_ok() {
                prop_assert!(!uri.contains(char::is_whitespace));
                let authority = uri.split('/').nth(2).unwrap_or_default();
                prop_assert!(!authority.is_empty());
                prop_assert!(!authority.split('?').next().unwrap_or_default().contains('@'));
            }
        }
    }
}
