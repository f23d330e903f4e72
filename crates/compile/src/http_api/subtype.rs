//! Integrations with an `integrationSubtype`: the operation, its parameters, and where its service is.

use stagegate_mapping::{HttpDirection, HttpSource, HttpValuePart, parse_value};
use stagegate_model::http::{Integration, Subtype, SubtypeForm, SubtypeWire as Wire};
use stagegate_plan::{
    HttpKind, HttpPlan, JsonAction, ParameterForm, ResponseTransferMode, ServiceProtocol, ServiceTarget,
    SubtypeParameter, SubtypePlan, SubtypeWire, Verb, VerbChoice,
};

use super::integration::timeout_ms;
use crate::aws::endpoint;
use crate::aws_services::{host, json, query_version};
use crate::endpoint::Variables;
use crate::finding::{Refusal, Subject};
use crate::lambda::credentials;

/// The parameter that every operation has.
const REGION: &str = "Region";

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::Integration, why)
}

/// Compiles an integration with an operation of a service.
pub(super) fn subtype(document: &Integration, name: &str) -> Result<SubtypePlan, Refusal> {
    let subtype = Subtype::find(name).ok_or_else(|| refuse(format!("there is no integration subtype {name}")))?;
    let given = || document.request_parameters.iter().flatten();
    let value = |text: &str| {
        parse_value(HttpDirection::Request, text)
            .map_err(|error| Refusal::new(Subject::RequestParameter, error.to_string()))
    };
    let mut parameters = Vec::new();
    for (name, text) in given().filter(|(name, _)| *name != REGION) {
        let known = subtype.parameter(name);
        let known = known.ok_or_else(|| refuse(format!("{name} is no parameter of {}", subtype.name)))?;
        parameters.push(SubtypeParameter {
            name: known.name,
            wire_name: known.wire_name,
            form: form(known.form),
            value: value(text)?,
        });
    }
    let region = given().find(|(name, _)| *name == REGION).map(|(_, text)| value(text)).transpose()?;
    Ok(SubtypePlan {
        service: subtype.service,
        host: subtype.host,
        action: subtype.action,
        wire: match subtype.wire {
            Wire::Json => SubtypeWire::Json { entries: None },
            Wire::JsonList(name) => SubtypeWire::Json { entries: Some(name) },
            Wire::Form => SubtypeWire::Form,
            Wire::Path(template) => SubtypeWire::Path(template),
        },
        parameters: parameters.into(),
        region,
        credentials: document.credentials_arn.as_deref().filter(|arn| !arn.is_empty()).map(Box::from),
        call: call(document)?,
    })
}

const fn form(form: SubtypeForm) -> ParameterForm {
    match form {
        SubtypeForm::Text => ParameterForm::Text,
        SubtypeForm::Integer => ParameterForm::Integer,
        SubtypeForm::Time => ParameterForm::Time,
        SubtypeForm::Bytes => ParameterForm::Bytes,
        SubtypeForm::Texts => ParameterForm::Texts,
        SubtypeForm::Attributes => ParameterForm::Attributes,
    }
}

/// The call: a proxy's, whose answer passes through. What is sent is the operation's own.
fn call(document: &Integration) -> Result<HttpPlan, Refusal> {
    Ok(HttpPlan {
        kind: HttpKind::Proxy,
        verb: VerbChoice::Fixed(Verb::Post),
        uri: Box::default(),
        headers: Box::default(),
        query: Box::default(),
        path: Box::default(),
        content_handling: None,
        reads_body: false,
        takes_any_length: false,
        timeout_ms: timeout_ms(document)?,
        transfer: ResponseTransferMode::Buffered,
        accepts_any_issuer: false,
        forwarding: stagegate_plan::Forwarding::default(),
        private: None,
    })
}

/// Binds the service of an operation, in the API's region unless another is named. The error says why there is none.
pub(crate) fn subtype_service(
    plan: &SubtypePlan,
    variables: &Variables,
    own_region: &str,
) -> Result<ServiceTarget, String> {
    let region = plan.region.as_deref().map_or_else(|| Ok(own_region.to_owned()), |parts| bound(parts, variables))?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if region.is_empty() || region.len() > 64 || !region.bytes().all(is_word) {
        return Err(format!("`{region}` is no region"));
    }
    let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
    let (host, region) = host(partition, &region, plan.host, plan.service);
    Ok(ServiceTarget {
        endpoint: endpoint(host, Box::default(), None),
        service: plan.service.into(),
        subdomain: None,
        region: region.into(),
        signing_name: plan.service.into(),
        protocol: match plan.wire {
            SubtypeWire::Json { .. } => {
                let (prefix, content_type) = json(plan.service).ok_or("its service does not speak JSON")?;
                let target = format!("{prefix}.{}", plan.action).into();
                ServiceProtocol::Json(JsonAction { target, content_type })
            }
            SubtypeWire::Form => {
                ServiceProtocol::Query { version: query_version(plan.service).ok_or("its service takes no forms")? }
            }
            SubtypeWire::Path(_) => ServiceProtocol::Rest,
        },
        credentials: plan.credentials.as_deref().map(|arn| credentials(arn, variables)).transpose()?,
    })
}

/// A text of stage variables: a request must not choose the region that is signed for.
fn bound(parts: &[HttpValuePart], variables: &Variables) -> Result<String, String> {
    let part = |part: &HttpValuePart| match part {
        HttpValuePart::Literal(text) => Ok(text.to_string()),
        HttpValuePart::Source(HttpSource::StageVariable(name)) => {
            let value = variables.get(name).map(ToString::to_string);
            value.ok_or_else(|| format!("the stage has no variable `{name}` that the Region names"))
        }
        HttpValuePart::Source(_) => Err("the Region of an integration is fixed, or a stage variable".to_owned()),
    };
    parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use stagegate_model::rest::StringMap;

    use super::*;

    fn document(parameters: &[(&str, &str)]) -> Integration {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Integration { request_parameters: Some(parameters.collect::<StringMap>()), ..Integration::default() }
    }

    #[test]
    fn every_operation_has_a_service_in_the_region_of_its_api() {
        for known in Subtype::ALL {
            let plan = subtype(&document(&[]), known.name).expect("a plan");
            let target = subtype_service(&plan, &Variables::new(), "eu-west-1").expect("a service");
            assert_eq!((&*target.region, &*target.service), ("eu-west-1", known.service));
            assert_eq!(&*target.endpoint.host, format!("{}.eu-west-1.amazonaws.com", known.host));
        }
    }

    #[test]
    fn a_region_is_fixed_or_a_stage_variable() {
        let variables = Variables::from([("r".into(), "cn-north-1".into())]);
        for (region, expected) in [
            ("us-east-2", Ok("sqs.us-east-2.amazonaws.com")),
            ("$stageVariables.r", Ok("sqs.cn-north-1.amazonaws.com.cn")),
            ("${stageVariables.r}", Ok("sqs.cn-north-1.amazonaws.com.cn")),
            ("$stageVariables.q", Err("the stage has no variable `q` that the Region names")),
            ("$request.header.region", Err("the Region of an integration is fixed, or a stage variable")),
            ("evil.example/", Err("`evil.example/` is no region")),
        ] {
            let plan = subtype(&document(&[("Region", region)]), "SQS-PurgeQueue").expect("a plan");
            let bound = subtype_service(&plan, &variables, "eu-west-1").map(|target| target.endpoint.host.to_string());
            assert_eq!(bound.as_deref(), expected.map_err(str::to_owned).as_ref().copied(), "{region}");
        }
    }

    #[test]
    fn what_is_no_operation_or_parameter_is_refused() {
        assert!(subtype(&document(&[]), "SQS-ListQueues").is_err());
        assert!(subtype(&document(&[("Nonsense", "x")]), "SQS-PurgeQueue").is_err());
        assert!(subtype(&document(&[("QueueUrl", "$nonsense")]), "SQS-PurgeQueue").is_err());
    }
}
