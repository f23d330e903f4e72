//! What the function of an authorizer is told (facts A18 and A19).

use super::Asking;
use super::identity::Identity;
use crate::integrate::write_request_members;
use crate::json;

/// The event as JSON; `trace` is the trace header that the function gets.
pub(super) fn event(asking: Asking<'_>, identity: &Identity<'_>, method_arn: &str, trace: &[u8]) -> Vec<u8> {
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
