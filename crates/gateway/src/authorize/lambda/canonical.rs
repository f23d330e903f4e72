//! Payload format 1.0 of HTTP APIs, for authorizers: canonical names of headers, decoded parameters (fact H46a).

use std::collections::BTreeMap;

use stagegate_http1::Known;

use super::Identity;
use crate::integrate::{Lookup, form_decode, method_headers, query_pairs, write_canonical_context};
use crate::json;

/// Names that stay in lower case, as they were captured.
const LOWER: [&[u8]; 2] = [b"accept-encoding", b"authorization"];

/// The event as JSON.
pub(super) fn canonical(lookup: Lookup<'_>, identity: &Identity<'_>, method_arn: &str, trace: &[u8]) -> Vec<u8> {
    let routed = lookup.routed;
    let arrival = routed.addressed.arrival;
    let sources: Vec<Vec<u8>> = identity.joined().collect();
    let source = (!sources.is_empty()).then(|| sources.join(&b','));
    let mut out = Vec::new();
    text(b"{\"version\":\"1.0\",\"type\":\"REQUEST\",\"methodArn\":", method_arn.as_bytes(), &mut out);
    out.extend_from_slice(b",\"identitySource\":");
    json::optional(source.as_deref(), &mut out);
    out.extend_from_slice(b",\"authorizationToken\":");
    json::optional(source.as_deref(), &mut out);
    text(b",\"resource\":\"\",\"path\":", lookup.notes.path(arrival), &mut out);
    text(b",\"httpMethod\":", routed.verb.as_str().as_bytes(), &mut out);
    object(b",\"headers\":", &headers(lookup, trace), &mut out);
    let query = query_pairs(arrival.head.query().unwrap_or_default());
    let query = query.map(|(name, value)| (form_decode(name).into_owned(), form_decode(value).into_owned()));
    object(b",\"queryStringParameters\":", &query.collect(), &mut out);
    out.extend_from_slice(b",\"requestContext\":");
    write_canonical_context(lookup, &mut out);
    let parameters = routed.route.parameters.iter();
    let parameters = parameters.filter_map(|name| Some((name.as_bytes().to_vec(), routed.parameter(name)?.to_vec())));
    object(b",\"pathParameters\":", &parameters.collect(), &mut out);
    let variables = routed.addressed.stage.variables.iter();
    let variables = variables.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    object(b",\"stageVariables\":", &variables.collect(), &mut out);
    out.push(b'}');
    out
}

/// Names with the last of their values.
type Texts = BTreeMap<Vec<u8>, Vec<u8>>;

fn headers(lookup: Lookup<'_>, trace: &[u8]) -> Texts {
    let length = lookup.routed.addressed.arrival.head.find(Known::ContentLength).map_or(&b"0"[..], |field| field.value);
    let headers = method_headers(lookup, crate::respond::trace_root(trace)).into_iter();
    let headers = headers.map(|(name, value)| (name_of(&name), value.into_owned()));
    // The content is not shown, and how long it is nevertheless.
    headers.chain([(b"Content-Length".to_vec(), length.to_vec())]).collect()
}

fn name_of(name: &[u8]) -> Vec<u8> {
    let mut name = name.to_ascii_lowercase();
    if !LOWER.contains(&&*name) {
        crate::respond::canonical(&mut name);
    }
    name
}

fn text(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json::string(value, out);
}

/// Appends a key and an object, which may be empty.
fn object(key: &[u8], members: &Texts, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    out.push(b'{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::string(name, out);
        out.push(b':');
        json::string(value, out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn fact_h46a_two_names_stay_in_lower_case() {
        for (name, expected) in
            [("ACCEPT-ENCODING", "accept-encoding"), ("Authorization", "authorization"), ("x-my-key", "X-My-Key")]
        {
            assert_eq!(name_of(name.as_bytes()), expected.as_bytes());
        }
    }
}
