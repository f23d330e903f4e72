//! Integration responses of MOCK and HTTP: status, mapped headers, literal templates.

use stagegate_http1::{Known, ResponseHead};
use stagegate_mapping::ResponseSource;
use stagegate_plan::{GatewayResponseType, ResponsePlan, ResponseTable};

use super::headers::{Outcome, REMAPPED, from_mapping};
use super::values::Lookup;
use crate::observe::{Escape, write_variable};
use crate::refusal::{Cause, Refusal};
use crate::respond::{ReplyHead, begin};

/// The integration response that takes a status, or fact 19's refusal.
pub(crate) fn select(table: &ResponseTable, status: u16) -> Result<&ResponsePlan, Refusal> {
    let missing = Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::NoIntegrationResponse);
    // A final response cannot be an interim one, whatever the document says: the client would wait for another.
    table.select(status).filter(|plan| plan.status >= 200).ok_or(missing)
}

/// Begins the answer that an integration response describes; `source` is the back end's head, if there is one.
/// Returns the template's body where one applies, else `None`: the integration's content passes through.
pub(crate) fn begin_mapped<'p>(
    lookup: Lookup<'_>,
    plan: &'p ResponsePlan,
    source: Option<&ResponseHead>,
) -> (ReplyHead, Option<&'p [u8]>) {
    let arrival = lookup.routed.addressed.arrival;
    let mut reply = begin(lookup.core, arrival, plan.status);
    let mut value = lookup.core.buffers.take();
    for (name, mapping) in &plan.headers {
        value.clear();
        if write(lookup, mapping, source, &mut value) {
            push(&mut reply, name.as_bytes(), &value);
        }
    }
    lookup.core.buffers.give(value);
    let accept = arrival.head.find(Known::Accept).map(|field| field.value);
    let template = plan.template(accept);
    if let Some((media_type, _)) = template {
        reply.content_type_unless_set(media_type.as_bytes());
    }
    (reply, template.map(|(_, body)| body))
}

/// Adds a mapped header under the name it may have.
fn push(reply: &mut ReplyHead, name: &[u8], value: &[u8]) {
    match from_mapping(Known::classify(name)) {
        Outcome::Keep => reply.push(name, value),
        Outcome::Remap => reply.push_prefixed(REMAPPED, name, value),
        Outcome::Drop => {}
    }
}

/// Appends the value of a response mapping.
fn write(lookup: Lookup<'_>, mapping: &ResponseSource, source: Option<&ResponseHead>, out: &mut Vec<u8>) -> bool {
    let values = |name: &str| {
        let name = name.to_owned();
        let fields = source.into_iter().flat_map(ResponseHead::fields);
        fields.filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes())).map(|field| field.value)
    };
    match mapping {
        ResponseSource::Static(text) => out.extend_from_slice(text.as_bytes()),
        ResponseSource::StageVariable(name) => match lookup.routed.addressed.stage.variables.get(name) {
            Some(value) => out.extend_from_slice(value.as_bytes()),
            None => return false,
        },
        ResponseSource::Header(name) => match values(name).last() {
            Some(value) => out.extend_from_slice(value),
            None => return false,
        },
        ResponseSource::MultiHeader(name) => {
            let all: Vec<&[u8]> = values(name).collect();
            if all.is_empty() {
                return false;
            }
            out.extend_from_slice(&all.join(&b','));
        }
        ResponseSource::Context(variable) => {
            let arrival = lookup.routed.addressed.arrival;
            if !write_variable(lookup.core, arrival, lookup.notes, *variable, Escape::Nothing, out) {
                return false;
            }
        }
        // Refused when the deployment was compiled.
        ResponseSource::Body(_) => return false,
    }
    // A static text or variable may hold anything; a header may not.
    !out.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f)
}
