//! Compiled Lambda proxy integrations, and the functions they name once a stage has bound its variables.

use std::fmt;
use std::sync::Arc;

use stagegate_mapping::RequestSource;

use crate::integration::ResponseTransferMode;

/// A compiled `AWS_PROXY` integration with a Lambda function. Its URI is bound by the stage: see [`FunctionTarget`].
#[derive(Debug)]
pub struct LambdaPlan {
    /// The integration URI as configured, with `${stageVariables.x}`.
    pub uri: Box<str>,
    /// The role as configured, with `${stageVariables.x}`; absent where the function's own policy decides.
    pub credentials: Option<Box<str>>,
    /// Where `X-Amz-Invocation-Type` is mapped from; absent means `RequestResponse`.
    pub invocation_type: Option<RequestSource>,
    /// Where `X-Amz-Client-Context` is mapped from.
    pub client_context: Option<RequestSource>,
    /// The integration timeout in milliseconds.
    pub timeout_ms: u32,
    /// Whether the response is held or passed on; it decides which of Lambda's two operations is called.
    pub transfer: ResponseTransferMode,
    /// What the function is told, and how its result is read.
    pub format: PayloadFormat,
}

/// The form of a proxy integration's event and of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PayloadFormat {
    /// 1.0 of REST APIs: names of headers as the client wrote them, every member there, null or not (facts 44 to 60).
    #[default]
    One,
    /// 1.0 of HTTP APIs: canonical names of headers, decoded parameters (facts H20 to H22, H27 and H29).
    OneCanonical,
    /// 2.0: lower-case names, absent members left out (facts 97 to 99 and H13 to H19).
    Two,
}

/// The function of a route, with stage variables bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionTarget {
    /// The function.
    pub function: Arc<FunctionArn>,
    /// As whom it is invoked; absent where API Gateway itself asks, so that the function's policy decides.
    pub credentials: Option<InvokeCredentials>,
}

/// As whom an integration calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvokeCredentials {
    /// A role that is assumed, by ARN.
    Role(Arc<str>),
    /// `arn:aws:iam::*:user/*`: the caller's own identity.
    Caller,
}

/// A Lambda function's ARN, taken apart: `arn:{partition}:lambda:{region}:{account}:function:{name}[:{qualifier}]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionArn {
    /// The partition, such as `aws`.
    pub partition: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// The owner: twelve digits.
    pub account: Box<str>,
    /// The function's name, at most 140 characters.
    pub name: Box<str>,
    /// A version or an alias.
    pub qualifier: Option<Box<str>>,
}

impl FunctionArn {
    /// Takes an ARN apart; `None` when it names no function.
    pub fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let mut next = || parts.next();
        if next()? != "arn" {
            return None;
        }
        let partition = next().filter(|part| is_word(part, 32, ""))?;
        if next()? != "lambda" {
            return None;
        }
        let region = next().filter(|part| is_word(part, 64, ""))?;
        let account = next().filter(|part| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        if next()? != "function" {
            return None;
        }
        let name = next().filter(|part| is_word(part, 140, "_"))?;
        let qualifier = match next() {
            None => None,
            Some("$LATEST") => Some("$LATEST".into()),
            Some(part) => Some(is_word(part, 128, "_").then_some(part)?.into()),
        };
        next().is_none().then(|| Self {
            partition: partition.into(),
            region: region.into(),
            account: account.into(),
            name: name.into(),
            qualifier,
        })
    }
}

/// Letters, digits, dashes and `more`, at least one and at most `limit` of them.
fn is_word(text: &str, limit: usize, more: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || more.as_bytes().contains(&byte);
    (1..=limit).contains(&text.len()) && text.bytes().all(fits)
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, name, qualifier } = self;
        write!(f, "arn:{partition}:lambda:{region}:{account}:function:{name}")?;
        qualifier.iter().try_for_each(|qualifier| write!(f, ":{qualifier}"))
    }
}

#[cfg(test)]
mod tests {
    use super::FunctionArn;

    #[test]
    fn arns_of_functions_print_as_they_were_read() {
        for arn in [
            "arn:aws:lambda:us-east-1:000000000000:function:pets",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:my_Fn-1:live",
            "arn:aws:lambda:us-east-1:000000000000:function:pets:$LATEST",
            "arn:aws:lambda:us-east-1:000000000000:function:pets:7",
        ] {
            assert_eq!(FunctionArn::parse(arn).map(|arn| arn.to_string()).as_deref(), Some(arn));
        }
    }

    #[test]
    fn whatever_names_no_function_is_refused() {
        for arn in [
            "",
            "pets",
            "arn:aws:lambda:us-east-1:000000000000:function:",
            "arn:aws:lambda:us-east-1:000000000000:layer:pets",
            "arn:aws:sqs:us-east-1:000000000000:function:pets",
            "arn:aws:lambda:us-east-1:00000000000:function:pets",
            "arn:aws:lambda:us-east-1:000000000000:function:pe ts",
            "arn:aws:lambda:us-east-1:000000000000:function:pets:",
            "arn:aws:lambda:us-east-1:000000000000:function:pets:live:2",
            "arn:aws:lambda:us-east-1:000000000000:function:../../x",
            "arn:aws:lambda:us/east:000000000000:function:pets",
        ] {
            assert_eq!(FunctionArn::parse(arn), None, "{arn}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(arn:|aws|lambda|:|function|0{12}|[a-z$/ ]){0,12}") {
            if let Some(arn) = FunctionArn::parse(&text) {
                proptest::prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
