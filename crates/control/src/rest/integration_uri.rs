//! The URI of an integration: an HTTP endpoint, or the ARN of an action or path of an AWS service.

use stagegate_model::rest::{ConnectionType, Integration, IntegrationType};

use crate::fault::Fault;

/// Checks the URI against the integration's type (facts 1.3 and 131).
pub(crate) fn check(integration: &Integration) -> Result<(), Fault> {
    let uri = integration.uri.as_deref().unwrap_or_default();
    match integration.r#type {
        IntegrationType::Mock => Ok(()),
        IntegrationType::Http | IntegrationType::HttpProxy => check_http(uri, integration.connection_type),
        IntegrationType::Aws | IntegrationType::AwsProxy => check_arn(uri, integration),
    }
}

/// An endpoint of the public network has a scheme and a host, unless a stage variable stands for them.
fn check_http(uri: &str, connection: Option<ConnectionType>) -> Result<(), Fault> {
    let refused = || Fault::bad_request("Invalid HTTP endpoint specified for URI");
    let whole = uri.starts_with("${stageVariables.");
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    let Some(rest) = rest else {
        let open = whole || (connection == Some(ConnectionType::VpcLink) && uri.is_empty());
        return if open { Ok(()) } else { Err(refused()) };
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let has_variable = authority.contains("${stageVariables.") || authority.starts_with('{');
    let is_clean = uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`".contains(&byte));
    if !is_clean || authority.is_empty() || authority.contains('@') {
        return Err(refused());
    }
    if has_variable {
        return Ok(());
    }
    let parsed: Result<http::uri::Authority, _> = authority.parse();
    parsed.ok().filter(|parsed| !parsed.host().is_empty()).map(drop).ok_or_else(refused)
}

/// `arn:{partition}:apigateway:{region}:{service}:{path|action}/{rest}`.
///
/// Lambda functions have permissions of their own; every other service is called with a role (terraform-provider-aws,
/// issue 7916, has the wording).
fn check_arn(uri: &str, integration: &Integration) -> Result<(), Fault> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", _, "apigateway", _, service, target] = parts[..] else {
        return Err(Fault::bad_request("Invalid ARN specified in the request"));
    };
    if !target.starts_with("path/") && !target.starts_with("action/") {
        return Err(Fault::bad_request("AWS ARN for integration must contain path or action"));
    }
    let service = service.rsplit('.').next().unwrap_or_default();
    let is_proxy = integration.r#type == IntegrationType::AwsProxy;
    if is_proxy && !matches!(service, "lambda" | "firehose") {
        return Err(Fault::bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ));
    }
    if !is_proxy && service != "lambda" && integration.credentials.is_none() {
        return Err(Fault::bad_request("Role ARN must be specified for AWS integrations"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(kind: IntegrationType, uri: &str) -> Result<(), String> {
        let credentials = Some("arn:aws:iam::000000000000:role/r".to_owned());
        let integration = Integration { uri: Some(uri.to_owned()), credentials, ..Integration::new(kind) };
        check(&integration).map_err(|fault| fault.message)
    }

    #[test]
    fn every_service_but_lambda_is_called_with_a_role() {
        let needs_role = Err("Role ARN must be specified for AWS integrations".to_owned());
        for (uri, expected) in [
            ("arn:aws:apigateway:us-east-1:sqs:action/SendMessage", needs_role),
            ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations", Ok(())),
        ] {
            let integration = Integration { uri: Some(uri.to_owned()), ..Integration::new(IntegrationType::Aws) };
            assert_eq!(check(&integration).map_err(|fault| fault.message), expected, "{uri}");
        }
    }

    #[test]
    fn http_endpoints_have_a_scheme_and_a_host() {
        for good in [
            "http://a.example/pets/{id}",
            "https://a.example:8443",
            "http://127.0.0.1:9000/x?y={z}",
            "http://[::1]:80/",
            "http://${stageVariables.host}/x",
            "${stageVariables.url}",
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
            "http://a b/",
            "http://u:p@a.example/",
            "http://a\n/",
        ] {
            assert_eq!(
                checked(IntegrationType::Http, bad),
                Err("Invalid HTTP endpoint specified for URI".to_owned()),
                "{bad}"
            );
        }
    }

    #[test]
    fn aws_uris_are_arns_of_a_path_or_an_action() {
        let lambda = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
        assert_eq!(checked(IntegrationType::AwsProxy, lambda), Ok(()));
        assert_eq!(checked(IntegrationType::Aws, "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"), Ok(()));
        let cases = [
            (IntegrationType::Aws, "lambda", "Invalid ARN specified in the request"),
            (
                IntegrationType::Aws,
                "arn:aws:apigateway:us-east-1:sqs:x",
                "AWS ARN for integration must contain path or action",
            ),
            (
                IntegrationType::AwsProxy,
                "arn:aws:apigateway:us-east-1:sqs:path/x",
                "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
            ),
        ];
        for (kind, uri, message) in cases {
            assert_eq!(checked(kind, uri), Err(message.to_owned()), "{uri}");
        }
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
