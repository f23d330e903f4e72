//! Room 7: parameters and body, as far as the method's validator checks them (facts 4–6).

mod inflated;
mod words;

use jsonschema::Validator;
use stagegate_http1::Known;
use stagegate_mapping::{DocumentError, read_document};
use stagegate_plan::{GatewayResponseType, RequiredParameter};

use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::integrate::{form_decode, is_dropped_first, query_pairs};
use crate::observe::{Notes, log_invalid_body, log_missing_parameters, log_request_body, log_valid_body, log_why};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;
use crate::throttle::Admitted;

/// A request that its method's validator accepts.
#[derive(Debug)]
pub(crate) struct Validated<'j> {
    /// The request.
    pub(crate) admitted: Admitted<'j>,
    /// Its content, if it was read for the validator.
    pub(crate) payload: Option<Payload>,
}

/// Validates a request, whose content is inflated first where its client has compressed it.
pub(crate) async fn validate<'j, E: Exchange>(
    core: &Core,
    exchange: &mut E,
    mut admitted: Admitted<'j>,
    notes: &Notes,
) -> Result<Validated<'j>, Refusal> {
    let held = admitted.authorized.payload.take();
    let routed = &admitted.authorized.routed;
    let payload = inflated::inflated(core, exchange, routed, held).await?;
    let Some(plan) = &routed.route.validation else { return Ok(Validated { admitted, payload }) };
    check_parameters(routed, &plan.required, notes)?;
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    let Some(model) = plan.body.as_ref().and_then(|models| models.select(content_type)) else {
        return Ok(Validated { admitted, payload });
    };
    let payload = gather(core, exchange, payload, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    check_body(core, model, content_type, &payload.bytes, notes)?;
    log_valid_body(notes, content_type);
    notes.explain("validate", format_args!("parameters and body are valid"));
    Ok(Validated { admitted, payload: Some(payload) })
}

/// Refuses a request without a required parameter, or with a blank one; all that are missing are named (fact 4).
fn check_parameters(routed: &Routed<'_>, required: &[RequiredParameter], notes: &Notes) -> Result<(), Refusal> {
    let missing = required.iter().filter(|parameter| !has_value(routed, parameter));
    let missing: Vec<&str> = missing.map(RequiredParameter::name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Missing required request parameters: [{}]", missing.join(", "));
    log_missing_parameters(notes, &message);
    notes.validation_error.get_or_init(|| message.as_str().into());
    notes.message.get_or_init(|| message.into());
    Err(Refusal::Gateway(GatewayResponseType::BadRequestParameters, Cause::MissingParameters))
}

/// Whether a parameter is there and not blank.
fn has_value(routed: &Routed<'_>, parameter: &RequiredParameter) -> bool {
    let is_filled = |value: &[u8]| !value.trim_ascii().is_empty();
    let head = routed.addressed.arrival.head;
    match parameter {
        RequiredParameter::Header(name) => {
            let mut named = head.fields().filter(|field| field.name == name.as_bytes());
            named.any(|field| !is_dropped_first(field.known) && is_filled(field.value))
        }
        RequiredParameter::HeaderOfAnyCase(name) => {
            let mut named = head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
            named.any(|field| is_filled(field.value))
        }
        RequiredParameter::Path(name) => routed.parameter(name).is_some_and(is_filled),
        RequiredParameter::Query(name) => {
            let mut pairs = query_pairs(head.query().unwrap_or_default());
            pairs.any(|(key, value)| *form_decode(key) == *name.as_bytes() && is_filled(&form_decode(value)))
        }
    }
}

/// Refuses a body that its model does not describe; an empty one counts as `{}` (fact 6).
fn check_body(
    core: &Core,
    model: &Validator,
    content_type: Option<&[u8]>,
    body: &[u8],
    notes: &Notes,
) -> Result<(), Refusal> {
    let body = if body.is_empty() { &b"{}"[..] } else { body };
    let allows = core.budgets.document();
    let error = match read_document(body, &allows) {
        Ok(document) if model.is_valid(&document) => return Ok(()),
        Ok(document) => words::describe(model, &document),
        Err(DocumentError::Malformed) => words::UNPARSABLE.to_owned(),
        Err(DocumentError::Memory) => return Err(Refusal::OverBudget),
        Err(error @ DocumentError::Values) => {
            log_why(notes, Cause::PayloadTooLarge, error);
            return Err(Refusal::payload_too_large());
        }
    };
    log_invalid_body(notes, content_type, &error);
    notes.validation_error.get_or_init(|| error.into());
    Err(Refusal::Gateway(GatewayResponseType::BadRequestBody, Cause::InvalidBody))
}
