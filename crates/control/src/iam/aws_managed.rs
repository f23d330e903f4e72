//! AWS's own managed policies, those that users of API Gateway attach (AWS Managed Policy Reference).

use stagegate_model::rest::Timestamp;
use stagegate_sigv4::sha256_hex;

/// A managed policy of AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsManagedPolicy {
    /// Its ARN.
    pub arn: &'static str,
    /// Its document.
    pub document: &'static str,
}

const PREFIX: &str = "arn:aws:iam::aws:policy/";

impl AwsManagedPolicy {
    /// When they were made, as far as answers here say: API Gateway's first day.
    pub(crate) const DATE: Timestamp = Timestamp::from_epoch_seconds(1_436_400_000);

    /// The name.
    pub(crate) fn name(&self) -> &'static str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// The path.
    pub(crate) fn path(&self) -> String {
        let rest = self.arn.strip_prefix(PREFIX).unwrap_or_default();
        format!("/{}", rest.strip_suffix(self.name()).unwrap_or_default())
    }

    /// An id in the form of IAM's, the same everywhere.
    pub(crate) fn id(&self) -> String {
        format!("ANPA{}", &sha256_hex(self.arn.as_bytes()).to_ascii_uppercase()[..17])
    }
}

/// The policy of an ARN.
pub fn aws_managed(arn: &str) -> Option<&'static AwsManagedPolicy> {
    POLICIES.iter().find(|policy| policy.arn == arn)
}

/// Every policy of AWS's that is known here.
pub fn aws_managed_policies() -> &'static [AwsManagedPolicy] {
    POLICIES
}

macro_rules! policies {
    ($($name:literal: $statements:literal,)*) => {
        &[$(AwsManagedPolicy {
            arn: concat!("arn:aws:iam::aws:policy/", $name),
            document: concat!(r#"{"Version":"2012-10-17","Statement":["#, $statements, "]}"),
        },)*]
    };
}

static POLICIES: &[AwsManagedPolicy] = policies! {
    "AdministratorAccess": r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    "PowerUserAccess": r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization","account:ListRegions","account:GetAccountInformation"],"Resource":"*"}"#,
    "IAMFullAccess": r#"{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}"#,
    "IAMReadOnlyAccess": r#"{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}"#,
    "AmazonAPIGatewayAdministrator": r#"{"Effect":"Allow","Action":["apigateway:*"],"Resource":"arn:aws:apigateway:*::/*"}"#,
    "AmazonAPIGatewayInvokeFullAccess": r#"{"Effect":"Allow","Action":["execute-api:Invoke","execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}"#,
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs": r#"{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams","logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"*"}"#,
    "service-role/AWSLambdaBasicExecutionRole": r#"{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}"#,
    "service-role/AWSLambdaRole": r#"{"Effect":"Allow","Action":["lambda:InvokeFunction"],"Resource":["*"]}"#,
    "AWSXRayDaemonWriteAccess": r#"{"Effect":"Allow","Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Resource":["*"]}"#,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::document::check_identity;

    #[test]
    fn every_document_is_a_policy() {
        for policy in aws_managed_policies() {
            check_identity(policy.document).unwrap_or_else(|error| panic!("{}: {error}", policy.arn));
            assert_eq!(format!("{PREFIX}{}{}", &policy.path()[1..], policy.name()), policy.arn);
        }
    }
}
