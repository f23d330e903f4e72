//! What the function of an authorizer is told: by REST APIs (facts A18 and A19), and by HTTP APIs in either form (facts H43, H46a
//! and H46b).

use stagegate_plan::PayloadFormat;

use super::Asking;
use super::canonical::canonical;
use super::identity::Identity;
use crate::integrate::{Lookup, about, write_question, write_request_members};
use crate::json;

/// The event as JSON; `trace` is the trace header that the function gets.
pub(super) fn event(asking: Asking<'_>, identity: &Identity<'_>, method_arn: &str, trace: &[u8]) -> Vec<u8> {
    match asking.plan.invoke.format {
        PayloadFormat::One => one(asking, identity, method_arn, trace),
        PayloadFormat::OneCanonical => canonical(asking.lookup, identity, method_arn, trace),
        PayloadFormat::Two => two(asking.lookup, identity, method_arn, trace),
    }
}

/// What REST APIs say.
fn one(asking: Asking<'_>, identity: &Identity<'_>, method_arn: &str, trace: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(token) = identity.token() {
        // Exactly three keys, in this order.
        out.extend_from_slice(b"{\"type\":\"TOKEN\",\"authorizationToken\":");
        json::string(token.as_bytes(), &mut out);
        out.extend_from_slice(b",\"methodArn\":");
        json::string(method_arn.as_bytes(), &mut out);
    } else {
        out.extend_from_slice(b"{\"type\":\"REQUEST\",\"methodArn\":");
        json::string(method_arn.as_bytes(), &mut out);
        out.push(b',');
        // Collections without members are empty objects here.
        write_request_members(asking.lookup, trace, b"{}", &mut out);
    }
    out.push(b'}');
    out
}

/// Payload format 2.0.
fn two(lookup: Lookup<'_>, identity: &Identity<'_>, route_arn: &str, trace: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let sources: Vec<Vec<u8>> = identity.joined().collect();
    about(lookup, None, |about| {
        let arrival = lookup.routed.addressed.arrival;
        write_question(lookup.core, arrival, about, (route_arn, &sources), trace, &mut out);
    });
    out
}
