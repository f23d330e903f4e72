//! Integration responses of MOCK and HTTP: status, mapped headers, templates, overrides.

use stagegate_http1::{Known, ResponseHead};
use stagegate_mapping::{Body, BodyError, DocumentError, ResponseSource, is_token};
use stagegate_plan::{BodyTemplate, GatewayResponseType, ResponsePlan, ResponseTable};

use super::headers::{Outcome, REMAPPED, from_mapping};
use super::template::{self, Overrides};
use super::values::Lookup;
use crate::observe::{Escape, log_why, write_variable};
use crate::refusal::{Cause, Refusal};
use crate::respond::{ReplyHead, begin, trace_root};

/// The integration response that takes a status, or fact 19's refusal.
pub(crate) fn select(table: &ResponseTable, status: u16) -> Result<&ResponsePlan, Refusal> {
    usable(table.select(status))
}

/// An integration response that was chosen, or fact 19's refusal.
pub(crate) fn usable(chosen: Option<&ResponsePlan>) -> Result<&ResponsePlan, Refusal> {
    let missing = Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::NoIntegrationResponse);
    // A final response cannot be an interim one, whatever the document says: the client would wait for another.
    chosen.filter(|plan| plan.status >= 200).ok_or(missing)
}

/// What an integration answered, as its response's mappings and template see it.
pub(crate) struct Output<'o> {
    /// The back end's head, if there is one.
    pub(crate) head: Option<&'o ResponseHead>,
    /// The content, where the mappings or the template read it.
    pub(crate) body: &'o Body<'o>,
}

/// The template that a response applies for this client, if any.
pub(crate) fn template<'p>(lookup: Lookup<'_>, plan: &'p ResponsePlan) -> Option<(&'p str, &'p BodyTemplate)> {
    let accept = lookup.routed.addressed.arrival.head.find(Known::Accept).map(|field| field.value);
    plan.template(accept)
}

/// Whether a response's mappings or template read the integration's content.
pub(crate) fn reads_body(plan: &ResponsePlan, template: Option<(&str, &BodyTemplate)>) -> bool {
    plan.maps_body() || matches!(template, Some((_, BodyTemplate::Program(_))))
}

/// The head that an integration response describes, and its content where a template makes it; without one, the
/// integration's content passes through. What templates have overridden wins over what is mapped (fact 74).
///
/// # Errors
/// A template that fails.
pub(crate) fn mapped(
    lookup: Lookup<'_>,
    plan: &ResponsePlan,
    output: &Output<'_>,
) -> Result<(ReplyHead, Option<Vec<u8>>), Refusal> {
    let template = template(lookup, plan);
    let content = match template {
        Some((_, template)) => {
            let mut content = lookup.core.buffers.take();
            template::write(lookup, template, output.body.bytes(), &mut content)?;
            Some(content)
        }
        None => None,
    };
    let media_type = template.map_or("none", |(media_type, _)| media_type);
    lookup
        .notes
        .explain("integrate", format_args!("integration response {}; response template {media_type}", plan.status));
    let overrides = lookup.notes.set_overrides();
    let status = overrides.and_then(Overrides::status).unwrap_or(plan.status);
    let mut reply = begin(lookup.core, lookup.routed.addressed.arrival, status);
    let overridden = overrides.map(Overrides::response_headers).unwrap_or_default();
    write_headers(lookup, plan, output, &overridden, &mut reply)?;
    if let Some((media_type, _)) = template {
        reply.content_type_unless_set(media_type.as_bytes());
    }
    Ok((reply, content))
}

/// The same for an integration that was called: the answer shows the trace (fact 43).
///
/// # Errors
/// A template that fails.
pub(crate) fn traced(
    lookup: Lookup<'_>,
    plan: &ResponsePlan,
    output: &Output<'_>,
) -> Result<(ReplyHead, Option<Vec<u8>>), Refusal> {
    let (mut reply, content) = mapped(lookup, plan, output)?;
    if let Some(trace) = lookup.notes.trace.header() {
        reply.push(b"X-Amzn-Trace-Id", trace_root(trace));
    }
    Ok((reply, content))
}

/// Adds the mapped headers and those that templates have set in their place.
fn write_headers(
    lookup: Lookup<'_>,
    plan: &ResponsePlan,
    output: &Output<'_>,
    overridden: &[(String, String)],
    reply: &mut ReplyHead,
) -> Result<(), Refusal> {
    let mut value = lookup.core.buffers.take();
    for (name, mapping) in &plan.headers {
        value.clear();
        let is_overridden = overridden.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !is_overridden && write(lookup, mapping, output, &mut value)? {
            push(reply, name.as_bytes(), &value);
        }
    }
    lookup.core.buffers.give(value);
    for (name, value) in overridden {
        if !is_token(name) || !fits_header(value.as_bytes()) {
            return Err(super::configuration_error());
        }
        push(reply, name.as_bytes(), value.as_bytes());
    }
    Ok(())
}

/// Adds a mapped header under the name it may have.
pub(crate) fn push(reply: &mut ReplyHead, name: &[u8], value: &[u8]) {
    match from_mapping(Known::classify(name)) {
        Outcome::Keep => reply.push(name, value),
        Outcome::Remap => reply.push_prefixed(REMAPPED, name, value),
        Outcome::Drop => {}
    }
}

/// Appends the value of a response mapping; `false` when it has none.
fn write(
    lookup: Lookup<'_>,
    mapping: &ResponseSource,
    output: &Output<'_>,
    out: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    let values = |name: &str| {
        let name = name.to_owned();
        let fields = output.head.into_iter().flat_map(ResponseHead::fields);
        fields.filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes())).map(|field| field.value)
    };
    let mut put = |value: Option<&[u8]>| value.map(|value| out.extend_from_slice(value)).is_some();
    let has_value = match mapping {
        ResponseSource::Static(text) => put(Some(text.as_bytes())),
        ResponseSource::StageVariable(name) => {
            put(lookup.routed.addressed.stage.variables.get(name).map(|value| value.as_bytes()))
        }
        ResponseSource::Header(name) => put(values(name).last()),
        ResponseSource::MultiHeader(name) => {
            let all: Vec<&[u8]> = values(name).collect();
            !all.is_empty() && put(Some(&all.join(&b',')))
        }
        ResponseSource::Context(variable) => {
            let arrival = lookup.routed.addressed.arrival;
            write_variable(lookup.core, arrival, lookup.notes, variable, Escape::Nothing, out)
        }
        ResponseSource::Body(source) => source.write(output.body, out).map_err(|error| {
            tracing::debug!(%error, "a mapping cannot read the integration's content");
            if error == BodyError::Document(DocumentError::Memory) {
                return Refusal::OverBudget;
            }
            log_why(lookup.notes, Cause::Template, &error);
            Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Template)
        })?,
    };
    // A static text or variable may hold anything; a header may not.
    Ok(has_value && fits_header(out))
}

/// Whether a value can stand in a header line (RFC 9110 §5.5).
fn fits_header(value: &[u8]) -> bool {
    !value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f)
}
