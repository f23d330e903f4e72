//! What sets AWS's services apart: the names they sign with, their hosts, and the actions of those that speak AWS JSON.
//!
//! From AWS's service endpoints page (General Reference) and the metadata of AWS's published service models.

/// Media types of the two versions of AWS JSON.
const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

/// Endpoints whose name in signatures is not the last label of their host's name.
const SIGNING_NAMES: [(&str, &str); 9] = [
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("data.iot", "iotdata"),
    ("data.jobs.iot", "iot-jobs-data"),
    ("data-ats.iot", "iotdata"),
    ("email", "ses"),
    ("entitlement.marketplace", "aws-marketplace"),
    ("metering.marketplace", "aws-marketplace"),
    ("pinpoint", "mobiletargeting"),
];

/// The name that a service signs with; `full` is the service with its subdomain.
pub(crate) fn signing_name<'s>(full: &'s str, service: &'s str) -> &'s str {
    SIGNING_NAMES.iter().find(|(name, _)| *name == full).map_or(service, |(_, signing)| signing)
}

/// Services with one endpoint for the whole partition, and the region that its signatures name.
const GLOBAL: [(&str, &str); 5] = [
    ("cloudfront", "us-east-1"),
    ("globalaccelerator", "us-west-2"),
    ("iam", "us-east-1"),
    ("organizations", "us-east-1"),
    ("route53", "us-east-1"),
];

/// The host of a service, with its subdomain, and the region to sign for.
pub(crate) fn host(partition: &str, region: &str, full: &str, service: &str) -> (String, String) {
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let global = GLOBAL.iter().find(|(name, _)| *name == service).filter(|_| partition == "aws");
    match global {
        // AWS's service endpoints page: `globalaccelerator` is global, and still has its region in its name.
        Some((_, signed)) if service != "globalaccelerator" => (format!("{full}.{suffix}"), (*signed).to_owned()),
        Some((_, signed)) => (format!("{full}.{signed}.{suffix}"), (*signed).to_owned()),
        None => (format!("{full}.{region}.{suffix}"), region.to_owned()),
    }
}

/// Services that speak AWS JSON: what `X-Amz-Target` starts with, and the protocol's version.
const JSON: [(&str, &str, &str); 33] = [
    ("athena", "AmazonAthena", JSON_1_1),
    ("application-autoscaling", "AnyScaleFrontendService", JSON_1_1),
    ("codebuild", "CodeBuild_20161006", JSON_1_1),
    ("codecommit", "CodeCommit_20150413", JSON_1_1),
    ("codedeploy", "CodeDeploy_20141006", JSON_1_1),
    ("codepipeline", "CodePipeline_20150709", JSON_1_1),
    ("cognito-identity", "AWSCognitoIdentityService", JSON_1_1),
    ("cognito-idp", "AWSCognitoIdentityProviderService", JSON_1_1),
    ("comprehend", "Comprehend_20171127", JSON_1_1),
    ("config", "StarlingDoveService", JSON_1_1),
    ("dynamodb", "DynamoDB_20120810", JSON_1_0),
    ("streams.dynamodb", "DynamoDBStreams_20120810", JSON_1_0),
    ("ecr", "AmazonEC2ContainerRegistry_V20150921", JSON_1_1),
    ("ecs", "AmazonEC2ContainerServiceV20141113", JSON_1_1),
    ("events", "AWSEvents", JSON_1_1),
    ("firehose", "Firehose_20150804", JSON_1_1),
    ("forecast", "AmazonForecast", JSON_1_1),
    ("fsx", "AWSSimbaAPIService_v20180301", JSON_1_1),
    ("glue", "AWSGlue", JSON_1_1),
    ("kinesis", "Kinesis_20131202", JSON_1_1),
    ("kms", "TrentService", JSON_1_1),
    ("logs", "Logs_20140328", JSON_1_1),
    ("personalize", "AmazonPersonalize", JSON_1_1),
    ("rekognition", "RekognitionService", JSON_1_1),
    ("secretsmanager", "secretsmanager", JSON_1_1),
    ("servicediscovery", "Route53AutoNaming_v20170314", JSON_1_1),
    ("ssm", "AmazonSSM", JSON_1_1),
    ("states", "AWSStepFunctions", JSON_1_0),
    ("sync-states", "AWSStepFunctions", JSON_1_0),
    ("swf", "SimpleWorkflowService", JSON_1_0),
    ("tagging", "ResourceGroupsTaggingAPI_20170126", JSON_1_1),
    ("textract", "Textract", JSON_1_1),
    ("translate", "AWSShineFrontendService_20170701", JSON_1_1),
];

/// The prefix of `X-Amz-Target` and the media type of a service that speaks AWS JSON; none for other protocols.
pub(crate) fn json(full: &str) -> Option<(&'static str, &'static str)> {
    JSON.iter().find(|(name, ..)| *name == full).map(|(_, target, media_type)| (*target, *media_type))
}

/// Services that speak AWS Query, and the versions of their APIs.
const QUERY: [(&str, &str); 15] = [
    ("autoscaling", "2011-01-01"),
    ("cloudformation", "2010-05-15"),
    ("docdb", "2014-10-31"),
    ("ec2", "2016-11-15"),
    ("elasticache", "2015-02-02"),
    ("elasticbeanstalk", "2010-12-01"),
    ("elasticloadbalancing", "2015-12-01"),
    ("email", "2010-12-01"),
    ("iam", "2010-05-08"),
    ("monitoring", "2010-08-01"),
    ("rds", "2014-10-31"),
    ("redshift", "2012-12-01"),
    ("sns", "2010-03-31"),
    ("sqs", "2012-11-05"),
    ("sts", "2011-06-15"),
];

/// The version of a service's Query API; none for services that do not speak it.
pub(crate) fn query_version(full: &str) -> Option<&'static str> {
    QUERY.iter().find(|(name, _)| *name == full).map(|(_, version)| *version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_signing_names() {
        for (partition, full, service, expected, region, signing) in [
            ("aws", "sqs", "sqs", "sqs.eu-west-1.amazonaws.com", "eu-west-1", "sqs"),
            ("aws", "pets.s3", "s3", "pets.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("aws", "iam", "iam", "iam.amazonaws.com", "us-east-1", "iam"),
            ("aws-cn", "sns", "sns", "sns.eu-west-1.amazonaws.com.cn", "eu-west-1", "sns"),
            ("aws", "data.iot", "iot", "data.iot.eu-west-1.amazonaws.com", "eu-west-1", "iotdata"),
            (
                "aws",
                "runtime.sagemaker",
                "sagemaker",
                "runtime.sagemaker.eu-west-1.amazonaws.com",
                "eu-west-1",
                "sagemaker",
            ),
            ("aws", "email", "email", "email.eu-west-1.amazonaws.com", "eu-west-1", "ses"),
        ] {
            assert_eq!(host(partition, "eu-west-1", full, service), (expected.to_owned(), region.to_owned()));
            assert_eq!(signing_name(full, service), signing, "{full}");
        }
        assert_eq!(json("states"), Some(("AWSStepFunctions", JSON_1_0)));
        assert_eq!(json("sns"), None);
    }
}
