//! Integration responses: choice by status, header mappings, templates.

use std::collections::BTreeMap;

use stagegate_mapping::{ResponseSource, is_token, parse_response_target};
use stagegate_model::rest::{IntegrationResponse, StatusCode};
use stagegate_plan::{BodyTemplate, MessageTable, ResponsePlan, ResponseTable};

use crate::finding::{Refusal, Subject};
use crate::mock::content_handling;
use crate::parameters::is_field_value;
use crate::selection::{Patterns, choose, message_pattern};
use crate::template::body_template;

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::IntegrationResponse, why)
}

/// Compiles the responses of a Lambda function that is no proxy.
pub(crate) fn message_table(
    responses: Option<&BTreeMap<StatusCode, IntegrationResponse>>,
) -> Result<MessageTable, Refusal> {
    let responses = responses.into_iter().flat_map(BTreeMap::values);
    let rows = responses.map(|it| Ok((message_pattern(it).map_err(refuse)?, response(it)?)));
    rows.collect::<Result<_, _>>().map(MessageTable::new)
}

/// Compiles the responses of a MOCK or HTTP integration, or of a service of AWS's.
pub(crate) fn table(
    responses: Option<&BTreeMap<StatusCode, IntegrationResponse>>,
    patterns: &mut Patterns,
) -> Result<ResponseTable, Refusal> {
    let responses = || responses.into_iter().flat_map(BTreeMap::values);
    let selected = responses().map(|response| patterns.statuses(response));
    let selected = selected.collect::<Result<Vec<_>, _>>().map_err(refuse)?;
    let plans = responses().map(response).collect::<Result<Vec<_>, _>>()?;
    Ok(ResponseTable::new(plans, |status| choose(&selected, status)))
}

fn response(response: &IntegrationResponse) -> Result<ResponsePlan, Refusal> {
    let headers = response.response_parameters.iter().flatten();
    let templates = response.response_templates.iter().flatten();
    Ok(ResponsePlan {
        status: response.status_code.as_u16(),
        headers: headers.map(|(target, source)| header(target, source)).collect::<Result<_, _>>()?,
        content_handling: response.content_handling.map(content_handling),
        templates: templates.map(|(media_type, body)| template(media_type, body)).collect::<Result<_, _>>()?,
    })
}

fn header(target: &str, source: &str) -> Result<(Box<str>, ResponseSource), Refusal> {
    let name = parse_response_target(target).map_err(|error| refuse(error.to_string()))?;
    if !is_token(&name) {
        return Err(refuse(format!("`{name}` is not a header name")));
    }
    match ResponseSource::parse(source).map_err(|error| refuse(error.to_string()))? {
        ResponseSource::Static(text) if !is_field_value(&text) => {
            Err(refuse(format!("the static value of `{name}` has control characters")))
        }
        source => Ok((name, source)),
    }
}

fn template(media_type: &str, source: &str) -> Result<(Box<str>, BodyTemplate), Refusal> {
    if !is_field_value(media_type) {
        return Err(refuse("the media type of a response template has control characters"));
    }
    let template = body_template(source).map_err(|why| refuse(format!("the template for `{media_type}`: {why}")))?;
    Ok((media_type.into(), template))
}
