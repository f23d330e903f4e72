//! The answer to a refusal: what the API's owner has set for its type, or the gateway's own words (facts 21–25).

use std::borrow::Cow;

use stagegate_http1::Known;
use stagegate_mapping::{RequestSource, Substitution, SubstitutionPart};
use stagegate_plan::{AuthorizationPlan, Envelope, GatewayResponsePlan, GatewayResponseType};

use super::{ReplyHead, begin, begin_plain, trace_root};
use crate::accept::Arrival;
use crate::core::Core;
use crate::cors;
use crate::integrate::{form_decode, push_mapped, query_pairs};
use crate::json;
use crate::observe::{Escape, Notes, noted_trace, write_variable};
use crate::refusal::{Refusal, Wording};

/// The head and the content.
pub(super) type Refused = (ReplyHead, Cow<'static, [u8]>);

/// What a mapping of a gateway response is read from.
#[derive(Clone, Copy)]
struct Values<'j> {
    core: &'j Core,
    arrival: &'j Arrival<'j>,
    notes: &'j Notes,
}

/// Begins the answer to a refusal that the notes know of.
pub(super) fn refused(
    core: &Core,
    arrival: &Arrival<'_>,
    notes: &Notes,
    refusal: Refusal,
    wording: &Wording,
) -> Refused {
    let values = Values { core, arrival, notes };
    let set = set_for(notes, refusal);
    let status = set.and_then(|set| set.status).unwrap_or(wording.status);
    let is_gateways = notes.function_url().is_none() && !matches!(refusal, Refusal::FunctionUrl(_));
    let mut head = if is_gateways { begin(core, arrival, status) } else { begin_plain(core, arrival, status) };
    let is_amzn = head.envelope() == Envelope::Amzn;
    head.keep_names();
    if !wording.error_type.is_empty() {
        head.push(b"x-amzn-ErrorType", wording.error_type.as_bytes());
    }
    if let Some(cors) = notes.function_url().and_then(|url| url.cors.as_ref()) {
        cors::allow(cors, arrival, &mut head);
    }
    // Errors raised in the integration phase carry the trace id, and what an authorizer refuses on a stage that is traced; others
    // do not (fact A2).
    if let (Refusal::Gateway(_, cause), Some(trace)) = (refusal, notes.trace.header())
        && cause.is_integration()
        && is_amzn
    {
        head.push(b"X-Amzn-Trace-Id", trace_root(trace));
    } else if is_traced_denial(notes, refusal) {
        head.push(b"X-Amzn-Trace-Id", trace_root(noted_trace(core, arrival, notes)));
    }
    let body = match set {
        None => stock(notes, wording),
        Some(set) => customised(values, set, wording, &mut head),
    };
    match notes.challenge.get() {
        // Captured without a content type (fact H6).
        Some(challenge) => head.push(b"www-authenticate", challenge.as_bytes()),
        None => head.default_content_type(),
    }
    if !is_amzn {
        head.push(b"apigw-requestid", arrival.ids.request());
    }
    (head, body)
}

/// Whether an authorizer of a stage that is traced refused the request.
fn is_traced_denial(notes: &Notes, refusal: Refusal) -> bool {
    use GatewayResponseType as G;
    let Some(stage) = notes.stage().filter(|stage| stage.is_traced) else { return false };
    let route = notes.route.get().and_then(|id| stage.deployment.route(id));
    let has_authorizer = route.is_some_and(|route| matches!(route.authorization, AuthorizationPlan::Authorizer { .. }));
    has_authorizer && matches!(refusal, Refusal::Gateway(G::Unauthorized | G::AccessDenied, _))
}

/// What the API's owner has set for a refusal.
fn set_for(notes: &Notes, refusal: Refusal) -> Option<&GatewayResponsePlan> {
    let Refusal::Gateway(response, _) = refusal else { return None };
    notes.stage()?.deployment.gateway_responses.get(response)
}

/// The gateway's own words.
fn stock(notes: &Notes, wording: &Wording) -> Cow<'static, [u8]> {
    let Some(message) = notes.told() else { return Cow::Borrowed(wording.body.as_bytes()) };
    // What policies and authorizers decide has a capital M (facts A10 to A14).
    let name = if wording.body.starts_with("{\"Message\"") { b"{\"Message\":" } else { b"{\"message\":" };
    let mut body = name.to_vec();
    json::string(message.as_bytes(), &mut body);
    body.push(b'}');
    Cow::Owned(body)
}

/// Adds the headers that were set, and writes the template's text, or the stock body where there is none.
fn customised(
    values: Values<'_>,
    set: &GatewayResponsePlan,
    wording: &Wording,
    head: &mut ReplyHead,
) -> Cow<'static, [u8]> {
    let mut value = values.core.buffers.take();
    for (name, source) in &set.headers {
        value.clear();
        if values.write(source, &mut value) && !value.iter().any(u8::is_ascii_control) {
            push_mapped(head, name.as_bytes(), &value);
        }
    }
    values.core.buffers.give(value);
    let Some((media_type, template)) = &set.template else { return stock(values.notes, wording) };
    head.content_type_unless_set(media_type.as_bytes());
    Cow::Owned(values.substituted(template))
}

impl Values<'_> {
    fn substituted(self, template: &Substitution) -> Vec<u8> {
        let mut text = Vec::new();
        for part in template.parts() {
            match part {
                SubstitutionPart::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                // What has no value leaves its place empty.
                SubstitutionPart::Source(source) => _ = self.write(source, &mut text),
            }
        }
        text
    }

    /// Appends a source's value; `false`, and nothing appended, when it has none. The request may not have a route yet, and
    /// its content was not read.
    fn write(self, source: &RequestSource, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        match source {
            RequestSource::Static(text) => out.extend_from_slice(text.as_bytes()),
            RequestSource::StageVariable(name) => {
                let value = self.notes.stage().and_then(|stage| stage.variables.get(name));
                out.extend_from_slice(value.map_or(b"", |value| value.as_bytes()));
            }
            RequestSource::Context(variable) => {
                _ = write_variable(self.core, self.arrival, self.notes, variable, Escape::Nothing, out);
            }
            RequestSource::Header(name) => {
                out.extend_from_slice(self.headers(name).last().copied().unwrap_or_default());
            }
            RequestSource::MultiHeader(name) => out.extend_from_slice(&self.headers(name).join(&b',')),
            RequestSource::Query(name) => {
                out.extend_from_slice(self.query(name).last().map_or(&b""[..], |value| &**value));
            }
            RequestSource::MultiQuery(name) => out.extend_from_slice(&self.query(name).join(&b',')),
            RequestSource::Path(name) => {
                out.extend_from_slice(self.notes.parameter(self.arrival, name).unwrap_or_default());
            }
            RequestSource::Body(_) => {}
        }
        out.len() > before
    }

    fn headers(&self, name: &str) -> Vec<&[u8]> {
        let is_named = |sent: &[u8]| match self.notes.envelope() {
            // Names of mappings are case-sensitive (fact 47).
            Envelope::Amzn => sent == name.as_bytes(),
            Envelope::Apigw => sent.eq_ignore_ascii_case(name.as_bytes()),
        };
        let fields = self.arrival.head.fields();
        let named = fields.filter(|field| is_named(field.name) && field.known != Known::TransferEncoding);
        named.map(|field| field.value).collect()
    }

    fn query(&self, name: &str) -> Vec<Cow<'_, [u8]>> {
        let pairs = query_pairs(self.arrival.head.query().unwrap_or_default());
        pairs.filter(|(key, _)| *form_decode(key) == *name.as_bytes()).map(|(_, value)| form_decode(value)).collect()
    }
}
